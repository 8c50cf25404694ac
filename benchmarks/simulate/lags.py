"""Lag correlations of a million increments.

The mean square of x(i+k) − x(i) is 2 (1 − r(k)). These differences forget quickly, whatever H, so the mean's standard
deviation is small, and it is known: for a stationary Gaussian sequence y with covariances γ it is the root of
2/N² Σ (N − |j|) γ(j)². The variance of x itself is shown; at large H long memory lets it scatter.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.progress import steps
from benchmarks.simulate.covariance import correlation
from benchmarks.simulate.generators import OURS, noise
from perrin.processes import increment_autocovariance
from perrin.types import FloatArray, Json

LENGTH: Final = 1_000_000
PATHS: Final = 8
HURST: Final = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 0.99, 0.999)
LAGS: Final = (1, 2, 5, 10, 100, 1000)
GENERATORS: Final = (OURS, "stochastic", "fracbm", "torchfbm")
FURTHEST: Final = 4.5
"""Standard deviations; a correct generator passes this in one of 2,700 runs of its 54 correlations."""


def run() -> Json:
    """One row a generator and H; `agrees` where every correlation is within FURTHEST standard deviations."""
    rows = []
    for i, hurst in steps(list(enumerate(HURST)), "lags"):
        expected, deviation = mean_squares(hurst, LENGTH)
        for name in GENERATORS:
            drawn = noise(name, hurst, LENGTH, PATHS, seed=i)
            row: Json = {"generator": name, "H": hurst, "remark": drawn.remark}
            if drawn.increments is None or not np.all(np.isfinite(drawn.increments)):
                rows.append(row | {"agrees": False, "remark": drawn.remark or "values that are not numbers"})
                continue
            squares = np.array([_mean_square(drawn.increments, k) for k in LAGS])
            z = (squares - expected) / deviation * np.sqrt(PATHS)
            rows.append(
                row
                | {
                    "variance": float(np.mean(drawn.increments**2)),
                    "correlation": dict(zip(map(str, LAGS), (1 - squares / 2).tolist(), strict=True)),
                    "expected": dict(zip(map(str, LAGS), (1 - expected / 2).tolist(), strict=True)),
                    "standard deviations off": dict(zip(map(str, LAGS), z.round(2).tolist(), strict=True)),
                    "agrees": bool(np.all(np.abs(z) < FURTHEST)),
                }
            )
    return {
        "asked": f"correlations at lags {', '.join(map(str, LAGS))} within {FURTHEST} standard deviations, n = 10^6",
        "paths": PATHS,
        "cells": rows,
        "met": all(row["agrees"] for row in rows if row["generator"] == OURS),
    }


def mean_squares(hurst: float, n: int) -> tuple[FloatArray, FloatArray]:
    """Expectation and standard deviation of the mean square of x(i+k) − x(i) over a path, at every one of LAGS."""
    expected = 2 * (1 - correlation(hurst, max(LAGS) + 1)[list(LAGS)])
    reach = n + max(LAGS)
    r = increment_autocovariance(np.array([hurst]), reach, 0.0)[0]
    deviations = []
    for k in LAGS:
        terms = n - k
        j = np.arange(terms)
        gamma = 2 * r[j] - r[j + k] - r[np.abs(j - k)]
        weights = np.where(j == 0, 1.0, 2.0) * (terms - j)
        deviations.append(np.sqrt(2 * np.sum(weights * gamma**2)) / terms)
    return expected, np.array(deviations)


def _mean_square(increments: FloatArray, k: int) -> float:
    return float(np.mean((increments[:, k:] - increments[:, :-k]) ** 2))
