"""A shape like the paper's Fig. 5, which belongs to no family of the training prior."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.simulate.mfbm_cases import Case
from perrin.types import FloatArray

_NOT_PUBLISHED: Final = (np.nan, np.nan)


def steps_with_sine(u: FloatArray) -> FloatArray:
    """Piecewise constant with a sine upon it."""
    return np.select([u < 0.35, u < 0.7], [0.3, 0.7], 0.45) + 0.1 * np.sin(20 * u)


UNSEEN: Final = Case("steps with a sine", 512, steps_with_sine, _NOT_PUBLISHED, _NOT_PUBLISHED)
