"""fbm: fractional Gaussian noise by Davies and Harte's, Hosking's and Cholesky's method, one path a call."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from fbm import FBM


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray, method: np.ndarray) -> PeerTask:
    """`increments` (paths, n) of unit variance and the `method` each was drawn by, after the package's own choice."""
    np.random.seed(int(seed))  # noqa: NPY002
    length = int(n)
    source = FBM(length, float(hurst), length=length, method=str(method))
    return PeerTask(lambda _: {"increments": source.fgn(), "method": source.method}, int(paths))


answer("fbm", {"fgn": fgn})
