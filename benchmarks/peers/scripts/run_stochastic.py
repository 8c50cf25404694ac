"""stochastic: fractional Gaussian noise by Davies and Harte's method, one path a call."""

from __future__ import annotations

import numpy as np
import stochastic.random
from exchange import PeerTask, answer
from stochastic.processes.continuous import FractionalBrownianMotion
from stochastic.processes.noise import FractionalGaussianNoise


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`increments` (paths, n) of unit variance; `hurst` is one number or one a path."""
    return _paths(FractionalGaussianNoise, "increments", hurst, int(n), int(paths), int(seed))


def fbm(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`positions` (paths, n + 1), one-frame steps of unit variance; `hurst` is one number or one a path."""
    return _paths(FractionalBrownianMotion, "positions", hurst, int(n), int(paths), int(seed))


def _paths(process: type, name: str, hurst: np.ndarray, n: int, paths: int, seed: int) -> PeerTask:
    stochastic.random.seed(seed)
    if hurst.ndim == 0:
        shared = process(hurst=float(hurst), t=n)  # keeps its eigenvalues
        return PeerTask(lambda _: {name: shared.sample(n)}, paths)
    exponents = hurst.tolist()
    return PeerTask(lambda i: {name: process(hurst=exponents[i], t=n).sample(n)}, paths)


answer("stochastic", {"fgn": fgn, "fbm": fbm})
