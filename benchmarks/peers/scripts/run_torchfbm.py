"""torchfbm: fractional Gaussian noise by Davies and Harte's method in float32, all paths in one call."""

from __future__ import annotations

import numpy as np
import torch
from exchange import PeerTask, answer
from torchfbm import generate_davies_harte

torch.set_num_threads(1)


def fgn(hurst: np.ndarray, n: np.ndarray, paths: np.ndarray, seed: np.ndarray) -> PeerTask:
    """`increments` (1, paths, n) of unit variance; a negative `seed` leaves the package unseeded."""
    how = {"size": (int(paths),), "seed": int(seed) if seed >= 0 else None, "return_numpy": True}
    return PeerTask(lambda _: {"increments": generate_davies_harte(int(n), float(hurst), **how)}, 1, int(paths))


def twice(hurst: np.ndarray, n: np.ndarray) -> PeerTask:
    """`increments` (2, 1, n): two calls without a seed."""
    return PeerTask(lambda _: {"increments": generate_davies_harte(int(n), float(hurst), return_numpy=True)}, 2)


answer("torchfbm", {"fgn": fgn, "twice": twice})
