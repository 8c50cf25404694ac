"""hurst-estimators: fractional Gaussian noise by Davies and Harte's method, each path scaled to unit power."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from hurst_estimators.simulators import generate_fgn


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`increments` (paths, n)."""
    np.random.seed(int(seed))  # noqa: NPY002
    length, exponent = int(n), float(hurst)
    return PeerTask(lambda _: {"increments": generate_fgn(length, exponent)}, int(paths))


answer("hurst-estimators", {"fgn": fgn})
