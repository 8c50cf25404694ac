"""Continuous-time random walk: normal jumps after waiting times with P(> t) = t^-alpha.

Scher & Montroll, Phys. Rev. B 12, 2455 (1975). In one and two dimensions the jump along each axis is normal; in three
a normal length goes in any direction. A walk begins with a wait.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.simulate.andi_models.renewal import gather, heavy_tailed, interval_at, on_sphere
from perrin.types import FloatArray

RANGE: Final = (0.0, 1.0)
"""Exponents that the model can have, the lower end excluded."""


def paths(alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, n, dimension) positions at n frames, the first of them 0, for the exponents `alpha` (k,)."""
    waits = heavy_tailed(alpha, n, rng)
    ends = np.minimum(np.cumsum(waits, axis=1), 2.0 * n).astype(np.int64)
    jumps = rng.standard_normal((len(alpha), n + 1, min(dimension, 2)))
    if dimension == 3:
        jumps = on_sphere(jumps[:, :, 0], rng)
    places = np.cumsum(jumps, axis=1)
    walk = gather(places, interval_at(ends, n))
    return walk - walk[:, :1]
