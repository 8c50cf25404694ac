"""The whole covariance of simulated noise against the formula, for H from .02 to .98 and up to 4,096 increments.

Paths x with covariance C = L Lᵀ become innovations z = L⁻¹ x, which are independent standard normal numbers if and only
if the covariance of x is C. Three exact statements about them are tested, each with a p-value:

- the quadratic form xᵀ C⁻¹ x, summed over paths: χ² with as many degrees of freedom as there are increments;
- the correlations of innovations at lags 1 to 20: the sum of their squares, in units of their variance, is χ²(20);
- the displacement from end to end, where long correlations add up: its squares over n^2H are χ² with one a path.
"""

from __future__ import annotations

from itertools import product
from typing import Final

import numpy as np
from scipy.linalg import cholesky, solve_triangular, toeplitz
from scipy.stats import chi2

from benchmarks.progress import steps
from benchmarks.simulate.generators import OURS, noise
from perrin.simulate import fractional_gaussian_noise
from perrin.types import FloatArray, Json

HURST: Final = (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.98)
LENGTHS: Final = (20, 512, 4096)
NUMBERS: Final = 2**20
"""Increments drawn a cell: the scale is known to .07 %."""
MOST_PATHS: Final = 10_000
GENERATORS: Final = (OURS, "stochastic", "andi-datasets", "fracbm", "fbm", "hurst-estimators", "torchfbm")
FEWER: Final = {"fbm": 64}
"""Its loops in Python: so many times fewer increments."""
TIMEOUT: Final = 60.0
SMALLEST: Final = 1e-5
"""The 48 cells of 3 p-values that are perrin's have one below this in 700 runs, if all is right."""

_LAGS: Final = 20


def run() -> Json:
    """One row a generator, length and H; `agrees` where no p-value is below SMALLEST."""
    rows = []
    for n, (i, hurst) in steps(list(product(LENGTHS, enumerate(HURST))), "covariance"):
        factor = cholesky(toeplitz(correlation(hurst, n)), lower=True)
        rows.append(_row("perrin, own H each", hurst, n, _own(n)[i :: len(HURST)], factor, ""))
        for name in GENERATORS:
            paths = max(2, _paths(n) // FEWER.get(name, 1))
            drawn = noise(name, hurst, n, paths, seed=1000 * n + i, timeout=TIMEOUT)
            rows.append(_row(name, hurst, n, drawn.increments, factor, drawn.remark))
    return {
        "asked": f"no p-value below {SMALLEST:g} in any cell",
        "cells": rows,
        "met": all(row["agrees"] for row in rows if row["generator"].startswith(OURS)),
    }


def correlation(hurst: float, n: int) -> FloatArray:
    """r_H(0 … n-1) by the bare formula in the longest floating-point numbers there are; no code of the generators."""
    k = np.arange(n, dtype=np.longdouble)
    p = 2 * np.longdouble(hurst)
    return np.asarray(((k + 1) ** p - 2 * k**p + abs(k - 1) ** p) / 2, dtype=np.float64)


def p_values(increments: FloatArray, hurst: float, factor: FloatArray) -> tuple[float, dict[str, float]]:
    """The mean of z² (1 if the covariance is right) and the three p-values of the module's head.

    Args:
        increments: (paths, n).
        hurst: their Hurst exponent.
        factor: (n, n) lower Cholesky factor of their covariance.
    """
    paths, n = increments.shape
    z = solve_triangular(factor, increments.T, lower=True, check_finite=False).T
    power = float(np.sum(z**2))
    products = [np.sum(z[:, k:] * z[:, :-k]) ** 2 / (paths * (n - k)) for k in range(1, min(_LAGS, n - 1) + 1)]
    ends = float(np.sum(increments.sum(axis=1) ** 2)) / n ** (2 * hurst)
    return power / z.size, {
        "quadratic form": _two_sided(power, z.size),
        "innovations uncorrelated": float(chi2.sf(np.sum(products), len(products))),
        "end to end": _two_sided(ends, paths),
    }


def _row(name: str, hurst: float, n: int, increments: FloatArray | None, factor: FloatArray, remark: str) -> Json:
    row: Json = {"generator": name, "H": hurst, "n": n, "paths": 0 if increments is None else len(increments)}
    if increments is None or not np.all(np.isfinite(increments)):
        return row | {"agrees": False, "remark": remark or "values that are not numbers"}
    power, p = p_values(increments, hurst, factor)
    known = {"variance": float(np.mean(increments**2)), "x' C^-1 x / n": power, "p": p}
    return row | known | {"agrees": min(p.values()) >= SMALLEST, "remark": remark}


def _paths(n: int) -> int:
    return min(MOST_PATHS, NUMBERS // n)


def _own(n: int) -> FloatArray:
    """Paths of all exponents from one call with an exponent of its own for each path, H by H in turn."""
    exponents = np.tile(HURST, _paths(n))
    rng = np.random.Generator(np.random.SFC64(n))
    return fractional_gaussian_noise(exponents, n, paths=len(exponents), rng=rng)


def _two_sided(value: float, degrees: int) -> float:
    return float(min(1.0, 2 * min(chi2.cdf(value, degrees), chi2.sf(value, degrees))))
