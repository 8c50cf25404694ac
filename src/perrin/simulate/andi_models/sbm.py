"""Scaled Brownian motion: independent normal steps whose variance follows MSD(t) = t^alpha.

Lim & Muniandy, Phys. Rev. E 66, 021114 (2002). A track begins one frame after the process.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.types import FloatArray

RANGE: Final = (0.0, 2.0)
"""Exponents that the model can have, the lower end excluded."""


def paths(alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, n, dimension) positions at n frames, the first of them 0, for the exponents `alpha` (k,)."""
    variance = np.diff(np.arange(1.0, n + 1) ** alpha[:, None], axis=1)
    steps = np.sqrt(variance)[..., None] * rng.standard_normal((len(alpha), n - 1, dimension))
    return np.concatenate([np.zeros((len(alpha), 1, dimension)), np.cumsum(steps, axis=1)], axis=1)
