"""Multifractional Brownian motion: the exact covariance, for any Hurst function.

    E[X(t) X(s)] = D(H(t), H(s)) [t^(H(t)+H(s)) + s^(H(t)+H(s)) - |t-s|^(H(t)+H(s))],
    D(x, y) = sqrt(Γ(2x+1) Γ(2y+1) sin πx sin πy) / (2 Γ(x+y+1) sin(π(x+y)/2)),

in units of the variance at t = 1. The process is not self-similar: its grid of times is part of the model, and
here, as in the paper, time runs over t = 1, 2, …, T frames.

Ayache, Cohen & Lévy Véhel, ICASSP 6, 3810 (2000); Szarek, Jabłoński, Krapf & Wyłomańska, Chaos 32, 083148 (2022).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from scipy.special import gamma, gammaln

from perrin.errors import InputError
from perrin.types import FloatArray
from perrin.validate import check_hurst_exponents

_DEGREE: Final = 15
"""Of the polynomial of z = x + y in D(x, y); relative error 4e-14."""
_ROWS: Final = 64
_JITTER: Final = 1e-10
"""Added to the unit diagonal before a factorisation: the matrix is positive, its rounded entries may not be."""


def covariance(times: FloatArray, hurst: FloatArray) -> FloatArray:
    """Covariance matrix of X at `times`, in units of the variance at t = 1.

    Args:
        times: (n,) positive times in frames.
        hurst: (n,) Hurst exponent at each of them, in (0, 1).

    Returns:
        (n, n), symmetric and positive semi-definite for every function H.

    Raises:
        InputError: where a Hurst exponent is not inside (0, 1), or a time is not positive.
    """
    times, hurst = check_hurst(times, hurst)
    logs = np.log(times)
    factor = np.exp(0.5 * (gammaln(2 * hurst + 1) + np.log(np.sin(np.pi * hurst))))
    matrix = np.zeros((len(times), len(times)))
    for start in range(0, len(times), _ROWS):  # the lower triangle, in pieces that stay in the cache
        rows, columns = slice(start, start + _ROWS), slice(0, start + _ROWS)
        total = hurst[rows, None] + hurst[columns]
        with np.errstate(divide="ignore"):
            lags = np.log(np.abs(times[rows, None] - times[columns]))
        powers = np.exp(total * logs[rows, None]) + np.exp(total * logs[columns]) - np.exp(total * lags)
        matrix[rows, columns] = powers * _joint(total) * factor[rows, None] * factor[columns]
    lower = np.tril(matrix, -1)
    return lower + lower.T + np.diag(np.diag(matrix))


def factor(times: FloatArray, hurst: FloatArray) -> FloatArray:
    """(n, n) lower triangle L with L Lᵀ the covariance; times may begin at 0, where X is 0.

    It always exists: the rows are brought to unit variance and 1e-10 is added to it.
    """
    times, hurst = np.asarray(times, dtype=np.float64), np.asarray(hurst, dtype=np.float64)
    later = times > 0
    matrix = covariance(times[later], hurst[later])
    size = np.sqrt(np.diag(matrix))
    matrix /= size[:, None] * size
    matrix[np.diag_indices_from(matrix)] += _JITTER
    triangle = np.zeros((len(times), len(times)))
    triangle[np.ix_(later, later)] = np.linalg.cholesky(matrix) * size[:, None]
    return triangle


def check_hurst(times: FloatArray, hurst: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both as float64 arrays (n,); raises InputError where the model does not exist."""
    times, hurst = np.asarray(times, dtype=np.float64), np.asarray(hurst, dtype=np.float64)
    if times.shape != hurst.shape or times.ndim != 1:
        raise InputError(f"Hurst exponents of shape {hurst.shape} do not match times of shape {times.shape}")
    check_hurst_exponents(hurst)
    if not (np.isfinite(times).all() and (times > 0).all()):
        raise InputError("times must be finite and positive")
    return times, hurst


def _joint(total: FloatArray) -> FloatArray:
    """1 / (2 Γ(z+1) sin(πz/2)) for z = x + y in (0, 2)."""
    return np.asarray(np.polynomial.polynomial.polyval(total - 1, _smooth_part()) / (total * (2 - total)))


@cache
def _smooth_part() -> FloatArray:
    """Coefficients, in z - 1, of z (2 - z) / (2 Γ(z+1) sin(πz/2)), which is smooth on all of [0, 2]."""
    place = np.cos(np.pi * (np.arange(_DEGREE + 1) + 0.5) / (_DEGREE + 1))
    z = 1 + place
    values = z * (2 - z) / (2 * gamma(z + 1) * np.sin(np.pi * z / 2))
    chebyshev = np.polynomial.chebyshev.chebfit(place, values, _DEGREE)
    return np.asarray(np.polynomial.chebyshev.cheb2poly(chebyshev))
