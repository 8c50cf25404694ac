"""fracbm: fractional Gaussian noise by Davies and Harte's method, one path a call."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from fracbm import daviesharte


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`increments` (paths, n) of unit variance."""
    np.random.seed(int(seed))  # noqa: NPY002
    length, exponent = int(n), float(hurst)
    return PeerTask(lambda _: {"increments": daviesharte.noise(length, exponent)}, int(paths))


answer("fracbm", {"fgn": fgn})
