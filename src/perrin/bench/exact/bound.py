"""The Cramér-Rao bound of H: Fisher's information of Gaussian increments, what else is unknown with it."""

from __future__ import annotations

import numpy as np

from perrin.bench.exact.settings import Setting
from perrin.processes import increment_covariance, noise_covariance
from perrin.types import FloatArray

_HURST = (np.arange(12) + 0.5) / 12
_STEP = 1e-4


def cramer_rao(times: FloatArray, setting: Setting, d: int) -> float | None:
    """Mean over H of the bound on the mean absolute error of an unbiased, normal estimate; None for no one ratio.

    The information of parameters i, j is ½ tr(C⁻¹ ∂ᵢC C⁻¹ ∂ⱼC), d times over for d axes. Unknown are H and s², and
    sigma where the estimators are not told. Estimators that know where H can lie may be below it.
    """
    if setting.ratio is None:
        return None
    noise = noise_covariance(np.ones(len(times)))
    bounds = []
    for hurst in _HURST:
        around = np.array([hurst - _STEP, hurst, hurst + _STEP])
        below, motion, above = increment_covariance(times, around, setting.exposure)
        directions = [(above - below) / (2 * _STEP), motion]
        if setting.told == "nothing":
            directions.append(setting.ratio**2 * noise)
        inverse = np.linalg.inv(motion + setting.ratio**2 * noise)
        relative = [inverse @ direction for direction in directions]
        information = np.array([[0.5 * d * np.sum(a * b.T) for b in relative] for a in relative])
        bounds.append(np.sqrt(np.linalg.inv(information)[0, 0]))
    return round(float(np.mean(bounds) * np.sqrt(2 / np.pi)), 5)
