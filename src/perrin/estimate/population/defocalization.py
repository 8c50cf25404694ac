"""What the depth of focus does: fast particles leave it between two frames, so they make fewer jumps than they are.

Of particles spread evenly over a slab of depth z, the fraction that is in the slab one frame later, having moved by a
normal step of standard deviation s along the axis, is

    erf(a / √2) - √(2/π) (1 - exp(-a²/2)) / a,    a = z / s.

Jumps per kind of motion divided by it are proportional to the particles in focus (Kues & Kubitscheck, Single Mol. 3,
218 (2002); Hansen et al., eLife 7, e33125 (2018), who treat the tracks' whole length). Particles that leave and come
back between two frames are in focus in both, so nothing is absorbed at the borders.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import erf

from perrin.types import FloatArray

_FAR: Final = 1e6


def still_in_focus(step: FloatArray, depth: float) -> FloatArray:
    """Probability that a particle in focus is in focus one frame later, for axial steps of sd `step` (any shape)."""
    a = depth / np.maximum(step, depth / _FAR)
    return erf(a / np.sqrt(2)) - np.sqrt(2 / np.pi) * -np.expm1(-0.5 * a * a) / a  # type: ignore[no-any-return]
