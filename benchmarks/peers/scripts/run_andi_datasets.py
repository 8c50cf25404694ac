"""andi-datasets: the fractional Gaussian noise behind its FBM tracks, and the five models of its first challenge."""

from __future__ import annotations

import numpy as np
import stochastic.random
from andi_datasets.models_phenom import models_phenom
from andi_datasets.models_theory import models_theory
from exchange import PeerTask, answer


def _seed(seed: np.ndarray) -> None:
    stochastic.random.seed(int(seed))
    np.random.seed(int(seed))  # noqa: NPY002


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`increments` (paths, n) of unit variance; `hurst` is one number or one a path."""
    _seed(seed)
    alphas, length = (2 * np.broadcast_to(hurst, int(paths))).tolist(), int(n)
    return PeerTask(lambda i: {"increments": models_phenom.disp_fbm(alphas[i], 0.5, length)}, int(paths))


def model(
    name: np.ndarray, alpha: np.ndarray, n: np.ndarray, dimension: np.ndarray, paths: np.ndarray, seed: np.ndarray
) -> PeerTask:
    """`positions` (paths, dimension, n) of one model with one exponent."""
    _seed(seed)
    make = getattr(models_theory(), str(name))
    length, d, exponent = int(n), int(dimension), float(alpha)
    return PeerTask(lambda _: {"positions": make(length, exponent, d).reshape(d, length)}, int(paths))


answer("andi_datasets", {"fgn": fgn, "model": model})
