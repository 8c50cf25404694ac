"""andi-datasets: the fractional Gaussian noise behind its FBM tracks, one path a call."""

from __future__ import annotations

import numpy as np
import stochastic.random
from andi_datasets.models_phenom import models_phenom
from exchange import Job, answer


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> Job:
    """`increments` (paths, n) of unit variance; `hurst` is one number or one a path."""
    stochastic.random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002
    alphas, length = (2 * np.broadcast_to(hurst, int(paths))).tolist(), int(n)
    return Job(lambda i: {"increments": models_phenom.disp_fbm(alphas[i], 0.5, length)}, int(paths))


answer("andi_datasets", {"fgn": fgn})
