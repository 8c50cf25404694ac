"""stochastic: fractional Gaussian noise by Davies and Harte's method, one path a call."""

from __future__ import annotations

import numpy as np
import stochastic.random
from exchange import Job, answer
from stochastic.processes.noise import FractionalGaussianNoise


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> Job:
    """`increments` (paths, n) of unit variance; `hurst` is one number or one a path."""
    stochastic.random.seed(int(seed))
    length = int(n)
    if hurst.ndim == 0:
        process = FractionalGaussianNoise(hurst=float(hurst), t=length)  # keeps its eigenvalues
        return Job(lambda _: {"increments": process.sample(length)}, int(paths))
    exponents = hurst.tolist()
    return Job(
        lambda i: {"increments": FractionalGaussianNoise(hurst=exponents[i], t=length).sample(length)}, int(paths)
    )


answer("stochastic", {"fgn": fgn})
