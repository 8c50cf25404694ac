"""The Cramér-Rao bound of H for a setting of the benchmark."""

from __future__ import annotations

import numpy as np

from benchmarks.exact.settings import Setting
from perrin.processes import hurst_bound
from perrin.types import FloatArray

_HURST = (np.arange(12) + 0.5) / 12


def cramer_rao(times: FloatArray, setting: Setting, d: int) -> float | None:
    """Mean over H of the bound on the mean absolute error of an unbiased, normal estimate; None for no one ratio.

    Unknown are H and s², and sigma where the estimators are not told. Estimators that know where H can lie may be
    below it.
    """
    if setting.ratio is None:
        return None
    known = setting.error_given != "nothing"
    bounds = [hurst_bound(times, hurst, setting.ratio, d, error_known=known, blur=setting.exposure) for hurst in _HURST]
    return round(float(np.mean(bounds) * np.sqrt(2 / np.pi)), 5)
