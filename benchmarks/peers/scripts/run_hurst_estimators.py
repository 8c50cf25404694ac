"""hurst-estimators: fractional Gaussian noise by Davies and Harte's method, each path scaled to unit power."""

from __future__ import annotations

import numpy as np
from exchange import Job, answer
from hurst_estimators.simulators import generate_fgn


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> Job:
    """`increments` (paths, n)."""
    np.random.seed(int(seed))  # noqa: NPY002
    length, exponent = int(n), float(hurst)
    return Job(lambda _: {"increments": generate_fgn(length, exponent)}, int(paths))


answer("hurst-estimators", {"fgn": fgn})
