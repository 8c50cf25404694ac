"""Lévy walk: flights at one speed in directions drawn anew, of durations with P(> t) = t^-(3 - alpha).

Shlesinger, Klafter & Wong, J. Stat. Phys. 27, 499 (1982). The speed of a walk is uniform between 0 and 10; at alpha = 2
the exponent of the durations is itself uniform between 0 and 1 (ballistic).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.simulate.andi_models.renewal import gather, heavy_tailed, interval_at, on_sphere
from perrin.types import FloatArray

RANGE: Final = (1.0, 2.0)
"""Exponents that the model can have."""


def paths(alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, n, dimension) positions at n frames, the first of them 0, for the exponents `alpha` (k,)."""
    k = len(alpha)
    tail = np.where(alpha == 2, rng.random(k), 3 - alpha)
    durations = np.minimum(np.floor(heavy_tailed(np.maximum(tail, 1e-3), n, rng)), n + 1)
    speed = np.broadcast_to(10 * rng.random((k, 1)), (k, n + 1))
    velocity = gather(_directions(speed, dimension, rng), interval_at(np.cumsum(durations, axis=1).astype(np.int64), n))
    return np.cumsum(velocity, axis=1) - velocity[:, :1]


def _directions(speed: FloatArray, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, flights, dimension) velocities."""
    if dimension == 1:
        return np.asarray((speed * rng.choice([-1.0, 1.0], speed.shape))[..., None])
    if dimension == 3:
        return on_sphere(speed, rng)
    angle = 2 * np.pi * rng.random(speed.shape)
    return np.asarray(speed[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1))
