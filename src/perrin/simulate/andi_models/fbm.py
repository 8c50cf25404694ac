"""Fractional Brownian motion over the unit of time that the whole track takes.

Mandelbrot & Van Ness, SIAM Rev. 10, 422 (1968).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.simulate.fgn import fractional_brownian_motion
from perrin.types import FloatArray

RANGE: Final = (0.0, 1.99)
"""Exponents that the model can have, the lower end excluded."""


def paths(alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, n, dimension) positions at n frames, the first of them 0, for the exponents `alpha` (k,)."""
    hurst = alpha / 2
    flat = fractional_brownian_motion(np.repeat(hurst, dimension), n, paths=len(alpha) * dimension, rng=rng)
    walk = flat.reshape(len(alpha), dimension, n).swapaxes(1, 2)
    return np.asarray(walk / (n - 1.0) ** hurst[:, None, None])
