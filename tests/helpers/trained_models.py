"""Labelled tracks, and a learner that is quick."""

import numpy as np

from perrin.learn import Trees
from perrin.simulate import simulate_fbm

SMALL = Trees(count=30)
"""Good enough where it matters how well it learns."""
FEW = Trees(count=3)
"""Where it does not."""
N = 160


def labelled(n=N, length=60, seed=2):
    rng = np.random.default_rng(seed)
    alpha = rng.uniform(0.2, 1.8, n)
    return simulate_fbm(n, length, hurst=alpha / 2, dimension=2, seed=seed).tracks, alpha
