"""The Cramér-Rao bound of the Hurst exponent: Fisher's information of Gaussian increments.

The information of parameters i, j is ½ tr(C⁻¹ ∂ᵢC C⁻¹ ∂ⱼC), d times over for d axes. Unknown with H is always s², the
one-frame variance, and where it must be found as well the variance of the localisation error.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.processes.fbm import error_covariance, increment_covariance
from perrin.types import FloatArray

_STEP: Final = 1e-4


def hurst_bound(
    times: FloatArray, hurst: float, ratio: float, dimension: int, *, error_known: bool, blur: float = 0.0
) -> float:
    """Smallest standard deviation of an unbiased estimate of H.

    Args:
        times: of the positions, in frames.
        hurst: the true exponent, in (0, 1).
        ratio: standard deviation of the localisation error over that of the one-frame step along an axis.
        dimension: independent axes.
        error_known: whether the error is known beforehand.
        blur: exposure as a fraction of the frame interval.
    """
    around = np.array([hurst - _STEP, hurst, hurst + _STEP])
    below, motion, above = increment_covariance(times, around, blur)
    noise = error_covariance(np.ones(len(times)))
    directions = [(above - below) / (2 * _STEP), motion]
    if not error_known:
        directions.append(ratio**2 * noise)
    inverse = np.linalg.inv(motion + ratio**2 * noise)
    relative = [inverse @ direction for direction in directions]
    information = np.array([[0.5 * dimension * np.sum(a * b.T) for b in relative] for a in relative])
    return float(np.sqrt(np.linalg.inv(information)[0, 0]))
