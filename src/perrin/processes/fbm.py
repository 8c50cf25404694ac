"""Fractional Brownian motion observed at any times: gaps, irregular times, motion blur, localisation error.

One function carries the motion, the variance of a displacement over a lag (the structure function g); every
covariance of increments follows from it, and the localisation error adds a matrix of its own:

    Cov(x_b - x_a, x_d - x_c) = [g(|d - a|) + g(|c - b|) - g(|c - a|) - g(|d - b|)] / 2.

Mandelbrot & Van Ness, SIAM Rev. 10, 422 (1968); blur: Berglund, Phys. Rev. E 82, 011917 (2010).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import binom

from perrin.types import FloatArray

_TAYLOR_BEYOND: Final = 20.0
"""Lags beyond this many exposures use the even Taylor series: the closed form cancels catastrophically there."""
_TAYLOR_ORDER: Final = 5
_ZONES: Final = ((48, 6), (512, 3), (32_768, 2))
"""From this lag in frames on, so many terms of the asymptotic series give covariances of increments in full."""


def structure_function(lags: FloatArray, hurst: FloatArray, blur: float = 0.0) -> FloatArray:
    """Variance of a displacement over each lag, in units of the one-frame variance s² of the unblurred motion.

    Args:
        lags: non-negative lags in frames, any shape.
        hurst: Hurst exponents in (0, 1), broadcast against `lags`.
        blur: exposure as a fraction of the frame interval, 0 to 1; positions are averages over the exposure.

    Returns:
        lag^2H without blur; else [(lag + b)^p + |lag - b|^p - 2 lag^p - 2 b^p] / (b² (p - 1) p), p = 2H + 2.
    """
    lags, hurst = np.asarray(lags, dtype=np.float64), np.asarray(hurst, dtype=np.float64)
    if blur == 0:
        return lags ** (2 * hurst)
    power = 2 * hurst + 2
    scale = power * (power - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = (lags + blur) ** power + np.abs(lags - blur) ** power - 2 * lags**power - 2 * blur**power
        near = np.where(lags > 0, closed / (blur**2 * scale), 0.0)
    ratio = np.divide(blur, lags, out=np.zeros_like(lags), where=lags > 0)
    series = sum(2 * binom(power, 2 * k) / scale * ratio ** (2 * k - 2) for k in range(2, _TAYLOR_ORDER + 1))
    far = lags ** (2 * hurst) * (1 + series) - 2 * blur ** (2 * hurst) / scale
    return np.where(lags > _TAYLOR_BEYOND * blur, far, near)


def increment_covariance(times: FloatArray, hurst: FloatArray, blur: float = 0.0) -> FloatArray:
    """Covariance of the increments between successive `times`, in units of s², without localisation error.

    Args:
        times: (m + 1,) or (p, m + 1) increasing times in frames.
        hurst: (k,) Hurst exponents.
        blur: exposure as a fraction of the frame interval.

    Returns:
        (k, m, m), or (p, k, m, m) for several patterns of times.
    """
    lags = np.abs(times[..., :, None] - times[..., None, :])
    whole = np.round(lags)
    if lags.size and np.array_equal(lags, whole) and whole.max() < 4 * lags.shape[-1] + 64:
        # Few distinct lags: powers are dear, a look-up is cheap.
        table = structure_function(np.arange(whole.max() + 1), np.asarray(hurst)[:, None], blur)
        g = np.moveaxis(table[:, whole.astype(np.int64)], 0, -3)
    else:
        g = structure_function(lags[..., None, :, :], np.asarray(hurst)[:, None, None], blur)
    return 0.5 * (g[..., :-1, 1:] + g[..., 1:, :-1] - g[..., :-1, :-1] - g[..., 1:, 1:])


def increment_autocovariance(hurst: FloatArray, n: int, blur: float = 0.0) -> FloatArray:
    """Covariance of increments 0, 1, …, n - 1 frames apart, in units of s², to full precision at every lag.

    The second difference of the structure function cancels at long lags (at H = .99 and a lag of 10⁶ nothing is
    left of it), so at long lags its asymptotic series in 1/lag² is summed instead.

    Args:
        hurst: Hurst exponents in (0, 1), any shape.
        n: number of lags.
        blur: exposure as a fraction of the frame interval.

    Returns:
        (..., n); without blur [(k + 1)^2H + |k - 1|^2H - 2 k^2H] / 2.
    """
    hurst = np.asarray(hurst, dtype=np.float64)[..., None]
    near = min(n, _ZONES[0][0])
    g = structure_function(np.arange(near + 1.0), hurst, blur)
    r = np.empty((*hurst.shape[:-1], n))
    r[..., 0] = g[..., 1]
    r[..., 1:near] = 0.5 * (g[..., 2:] + g[..., :-2] - 2 * g[..., 1:-1])
    if n == near:
        return r
    log_lag = np.log(np.arange(near, n))
    inverse_square = np.exp(-2 * log_lag)
    coefficients = _series(hurst, blur, _ZONES[0][1])
    for (begin, terms), end in zip(_ZONES, (*(zone[0] for zone in _ZONES[1:]), n), strict=True):
        far = r[..., begin:end]
        inside = slice(begin - near, end - near)
        far[:] = 0
        for coefficient in coefficients[terms - 1 :: -1]:
            far += coefficient
            far *= inverse_square[inside]
        far *= np.exp(2 * hurst * log_lag[inside])
    return r


def _series(hurst: FloatArray, blur: float, terms: int) -> list[FloatArray]:
    """c_m of the covariance Σ_m c_m k^(2H - 2m), m = 1 …: half the second difference of each power of the lag in g."""
    power = 2 * hurst + 2
    weights = [blur ** (2 * j) * 2 / (power * (power - 1)) for j in range(terms)]
    g = [weight * _choose(power, 2 * j + 2) for j, weight in enumerate(weights)] if blur else [np.ones_like(hurst)]
    return [
        np.sum([g[m - i] * _choose(2 * hurst - 2 * (m - i), 2 * i) for i in range(1, m + 1) if m - i < len(g)], axis=0)
        for m in range(1, terms + 1)
    ]


def _choose(upper: FloatArray, lower: int) -> FloatArray:
    """Binomial coefficient of any real number, negative whole ones included."""
    product: FloatArray = np.prod([(upper - i) / (i + 1) for i in range(lower)], axis=0)
    return product


def error_covariance(variances: FloatArray) -> FloatArray:
    """Covariance that independent errors of the positions give to the increments: A diag(variances) Aᵀ.

    Args:
        variances: (..., m + 1) error variance of each position.

    Returns:
        (..., m, m) tridiagonal matrices; A is the differencing matrix.
    """
    m = variances.shape[-1] - 1
    matrix = np.zeros((*variances.shape[:-1], m, m))
    i = np.arange(m)
    matrix[..., i, i] = variances[..., :-1] + variances[..., 1:]
    matrix[..., i[:-1], i[1:]] = matrix[..., i[1:], i[:-1]] = -variances[..., 1:-1]
    return matrix
