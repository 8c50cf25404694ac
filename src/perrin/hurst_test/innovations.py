"""What the past does not predict: whitened increments of FBM with localisation error, one law a series.

Regular times: the recursion of Durbin and Levinson, many series side by side. Any times: one factorisation.
Brockwell & Davis, Time Series: Theory and Methods (1991), section 5.2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np
from scipy.linalg import solve_triangular

from perrin.processes import error_covariance, increment_autocovariance, increment_covariance
from perrin.types import FloatArray

BLOCK: Final = 512
"""Series at irregular times are factorised in blocks of at most so many increments."""

Whiten: TypeAlias = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(hurst, rho) → innovations (n, m) over their sd (in units of s), and the logarithm of their variance (n, m)."""


def whiten_regular(steps: FloatArray) -> Whiten:
    """Whitening of increments (n, m) one frame apart, each series under a law of its own."""
    backwards = np.ascontiguousarray(steps[:, ::-1])
    m = steps.shape[1]

    def whiten(hurst: FloatArray, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
        covariance = increment_autocovariance(hurst, m)
        covariance[:, 0] += 2 * rho**2
        if m > 1:
            covariance[:, 1] -= rho**2
        return _durbin_levinson(covariance, steps, backwards)

    return whiten


def whiten_at_times(times: FloatArray, steps: FloatArray) -> Whiten:
    """Whitening of increments (n, m) between the same times (m + 1,), under one law: the first of those given."""

    def whiten(hurst: FloatArray, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
        white, log_variance = np.empty_like(steps), np.empty(steps.shape[1])
        for part, lower in _factors(times, float(hurst[0]), float(rho[0])):
            white[:, part] = solve_triangular(lower, steps[:, part].T, lower=True, check_finite=False).T
            log_variance[part] = 2 * np.log(np.diagonal(lower))
        return white, np.broadcast_to(log_variance, white.shape)

    return whiten


def draw_increments(times: FloatArray, hurst: float, rho: float, samples: int, rng: np.random.Generator) -> FloatArray:
    """(samples, m) increments between `times` of simulated series, in units of s."""
    steps = np.empty((samples, len(times) - 1))
    for part, lower in _factors(times, hurst, rho):
        steps[:, part] = rng.standard_normal((samples, len(lower))) @ lower.T
    return steps


def increment_sizes(times: FloatArray, hurst: float, rho: float) -> FloatArray:
    """(m,) standard deviations of the increments between `times`, in units of s."""
    return np.sqrt(np.diff(times) ** (2 * hurst) + 2 * rho**2)


def _factors(times: FloatArray, hurst: float, rho: float) -> Iterator[tuple[slice, FloatArray]]:
    """Cholesky factors of the covariance of the increments, in blocks that are taken as independent."""
    m = len(times) - 1
    size = -(-m // -(-m // BLOCK))
    for start in range(0, m, size):
        stretch = times[start : min(start + size, m) + 1]
        covariance = increment_covariance(stretch, np.array([hurst]))[0]
        covariance += rho**2 * error_covariance(np.ones(len(stretch)))
        yield slice(start, start + len(stretch) - 1), np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)


def _durbin_levinson(covariance: FloatArray, steps: FloatArray, backwards: FloatArray) -> tuple[FloatArray, FloatArray]:
    n, m = steps.shape
    lags = np.ascontiguousarray(covariance[:, ::-1])
    weights, variance = np.zeros((n, m)), covariance[:, 0].copy()
    innovation, variances = np.empty((n, m)), np.empty((n, m))
    innovation[:, 0], variances[:, 0] = steps[:, 0], variance
    for k in range(1, m):
        past = weights[:, : k - 1]
        reflection = (covariance[:, k] - np.einsum("ij,ij->i", past, lags[:, m - k : m - 1])) / variance
        weights[:, : k - 1] = past - reflection[:, None] * past[:, ::-1]
        weights[:, k - 1] = reflection
        variance = variance * (1 - reflection**2)
        innovation[:, k] = steps[:, k] - np.einsum("ij,ij->i", weights[:, :k], backwards[:, m - k :])
        variances[:, k] = variance
    return innovation / np.sqrt(variances), np.log(variances)
