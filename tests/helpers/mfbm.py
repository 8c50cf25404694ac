"""Exact multifractional Brownian motion for the tests, and the cases of Szarek et al. (2022)."""

import numpy as np
from scipy.special import gammaln


def paths(rng, hurst, n):
    """(n, T) paths at t = 1 … T, one factorisation of the textbook covariance."""
    x, y = hurst[:, None], hurst[None, :]
    t = np.arange(1.0, len(hurst) + 1)
    total, gap = x + y, np.abs(t[:, None] - t)
    log_d = 0.5 * (gammaln(2 * x + 1) + gammaln(2 * y + 1)) - gammaln(total + 1)
    d = np.exp(log_d) * np.sqrt(np.sin(np.pi * x) * np.sin(np.pi * y)) / (2 * np.sin(np.pi * total / 2))
    covariance = d * (t[:, None] ** total + t**total - gap**total)
    size = np.sqrt(np.diag(covariance))
    correlation = covariance / size / size[:, None] + 1e-10 * np.eye(len(t))
    return rng.standard_normal((n, len(t))) @ (np.linalg.cholesky(correlation) * size[:, None]).T


def grid(n):
    return np.arange(1, n + 1) / n


U = grid(512)
TABLE_IV = {
    "1a": (np.full(512, 0.2), 0.0460, 0.0578),
    "1b": (np.full(512, 0.8), 0.0681, 0.0855),
    "2": (0.2 + 0.6 * U, 0.0621, 0.0793),
    "3a": (0.2 + 0.6 / (1 + np.exp(-15 * (U - 0.5))), 0.0684, 0.0872),
    "3b": (0.2 + 0.6 / (1 + np.exp(-250 * (U - 0.5))), 0.2679, 0.4248),
    "4": (0.3 * np.sin(10 * U) + 0.5, 0.1231, 0.1475),
}
"""H(t), and MAE and RMSE of Coeurjolly's estimator as the paper prints them."""


def logistic(n):
    return 0.3 + 0.3 / (1 + np.exp(-100 * (grid(n) - 0.7)))


TABLE_III = {
    "linear, 256": (0.1 + 0.8 * grid(256), 101, 0.0971, 0.1237),
    "linear, 2560": (0.1 + 0.8 * grid(2560), 201, 0.0560, 0.0710),
    "logistic, 256": (logistic(256), 81, 0.1052, 0.1293),
    "logistic, 2560": (logistic(2560), 201, 0.0549, 0.0691),
}
"""H(t), window, MAE and RMSE."""
