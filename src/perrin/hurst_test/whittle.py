"""H and localisation error of many regular tracks at once: the debiased Whittle likelihood on a grid.

The periodogram of n increments is compared with its own expectation for n increments, not with the spectral density,
so that neither leakage nor aliasing biases the fit. Sykulski, Olhede, Guillaumin, Lilly & Early, Biometrika 106, 251
(2019).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np

from perrin.processes import increment_autocovariance
from perrin.types import FloatArray, IntArray

HURST: Final = np.linspace(0.02, 0.98, 49)
ANGLE: Final = np.linspace(0.0, 1.35, 19)
"""sin² of it is the share of the error in the variance of a one-frame step: tan(angle) = √2 rho."""


def error_ratio(angle: FloatArray) -> FloatArray:
    """rho = sigma/s of an angle."""
    ratio: FloatArray = np.tan(angle) / np.sqrt(2.0)
    return ratio


def fit(steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The most likely H and angle of each series of increments; the scale is free.

    Args:
        steps: (n, m) increments one frame apart, not all 0.

    Returns:
        (n,) H in [.02, .98] and (n,) angle in [0, 1.35].
    """
    n, m = steps.shape
    periodogram = np.abs(np.fft.rfft(steps, axis=1)[:, 1:]) ** 2
    inverse, log_mean = _expectations(m)
    misfit = np.log(periodogram @ inverse.T) + log_mean
    misfit = misfit.reshape(n, len(HURST), len(ANGLE))
    best = misfit.reshape(n, -1).argmin(axis=1)
    i, j = np.divmod(best, len(ANGLE))
    hurst = HURST[i] + (HURST[1] - HURST[0]) * _offset(misfit[np.arange(n), :, j], i)
    angle = ANGLE[j] + (ANGLE[1] - ANGLE[0]) * _offset(misfit[np.arange(n), i, :], j)
    return hurst, angle


def _offset(misfit: FloatArray, at: IntArray) -> FloatArray:
    """Where between its neighbours the lowest point of each row lies, by a parabola; 0 at the ends of the grid."""
    row = np.arange(len(at))
    inside = np.clip(at, 1, misfit.shape[1] - 2)
    before, here, after = (misfit[row, inside + k] for k in (-1, 0, 1))
    bend = before - 2 * here + after
    offset = np.divide(0.5 * (before - after), bend, out=np.zeros(len(at)), where=bend > 0)
    return np.where(inside == at, np.clip(offset, -0.5, 0.5), 0.0)


@lru_cache(maxsize=32)
def _expectations(m: int) -> tuple[FloatArray, FloatArray]:
    """Inverse of the expected periodogram (grid points, frequencies), and the mean of its logarithm."""
    motion = _expected(increment_autocovariance(HURST, m))
    error = np.zeros(m)
    error[:2] = 2.0, -1.0
    rho2 = error_ratio(ANGLE) ** 2
    expected = (motion[:, None] + rho2[:, None] * _expected(error)).reshape(-1, motion.shape[-1])[:, 1:]
    return 1 / expected, np.log(expected).mean(axis=1)


def _expected(covariance: FloatArray) -> FloatArray:
    """Expectation of the periodogram of a stationary series with this covariance at lags 0 to m - 1."""
    m = covariance.shape[-1]
    tapered = covariance * (1 - np.arange(m) / m)
    expected: FloatArray = 2 * np.fft.rfft(tapered, axis=-1).real - tapered[..., :1]
    return expected
