"""What is compared of the five models: statistics of single tracks, and how they are distributed."""

import numpy as np

CASES = [
    (name, alpha, dimension)
    for name, exponents in {
        "attm": (0.3, 0.7, 1.0),
        "ctrw": (0.3, 0.7, 1.0),
        "fbm": (0.5, 1.5),
        "lw": (1.2, 1.7, 2.0),
        "sbm": (0.4, 1.6),
    }.items()
    for alpha in exponents
    for dimension in (1, 2, 3)
]
LENGTH = 100
LEVELS = np.linspace(0.02, 0.98, 25)


def statistics(paths):
    """One row a statistic for paths (k, n, d): scale, kurtosis, rests, spread over lags, energy in time, end."""
    steps = np.diff(paths, axis=1)
    first = steps[:, :, 0]
    square = (steps**2).sum(axis=2)
    total = square.sum(axis=1)
    safe = np.where(total > 0, total, 1.0)
    far = ((paths[:, 10:] - paths[:, :-10]) ** 2).sum(axis=2).mean(axis=1)
    centred = first - first.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1)
    fourth = (centred**4).mean(axis=1)
    return {
        "log variance of steps": np.log10(np.maximum(variance, 1e-12)),
        "kurtosis of steps": np.where(variance > 0, fourth / np.where(variance > 0, variance, 1) ** 2, 0.0),
        "share of rests": (square == 0).mean(axis=1),
        "MSD over 10 frames over MSD over 1": far / safe * steps.shape[1],
        "energy in the first half": square[:, : steps.shape[1] // 2].sum(axis=1) / safe,
        "end": np.sign(paths[:, -1, 0]) * paths[:, -1, 0] ** 2 / safe,
        "correlation of neighbours": (steps[:, 1:] * steps[:, :-1]).sum(axis=(1, 2)) / safe,
    }


def summary(values):
    """Some values of a sample, and the shares of the sample at or below them."""
    at = np.quantile(values, LEVELS, method="inverted_cdf")
    at = np.unique([float(f"{v:.7g}") for v in at])
    return {"at": at.tolist(), "below": [round(float((values <= a + 1e-9 + 1e-6 * abs(a)).mean()), 5) for a in at]}
