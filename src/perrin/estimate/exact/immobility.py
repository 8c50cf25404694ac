"""Which windows do not move at all: those that localisation error alone explains better than motion does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from perrin.estimate.exact.immobile_likelihood import immobile_log_likelihood
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.rescaled_windows import LEAST_ERROR, typical_step
from perrin.features import Windows
from perrin.types import BoolArray, FloatArray, IntArray

IMMOBILE_EVIDENCE: Final = 3.0
"""Log Bayes factor of no motion against motion above which a window counts as immobile."""

_HARDLY_MOVING: Final = float(np.log(2))
"""Mean log rho above which no motion at all is considered: evidence for that comes with rho near its upper end."""


def hardly_moving(mean_log_rho: FloatArray) -> BoolArray:
    """(n,) whether the error is so much larger than the steps that there may be no motion."""
    return np.asarray(mean_log_rho > _HARDLY_MOVING)


def immobile(
    parts: Sequence[Windows], errors: LocalizationError, doubtful: BoolArray, motion: FloatArray, *, drift: bool
) -> IntArray:
    """Rows of the windows that do not move.

    Args:
        parts: n windows together, or one window in blocks.
        errors: their known localisation error.
        doubtful: (n,) which of them are asked about.
        motion: (n,) logarithm of the marginal likelihood of motion, in units of length.
        drift: whether an unknown constant velocity is marginalised.
    """
    rows = np.flatnonzero(doubtful)
    if len(rows) == 0:
        return rows
    if len(motion) == 1:
        still = np.array([sum(float(_log_likelihood(part, errors, drift=drift).sum()) for part in parts)])
    else:
        still = _log_likelihood(parts[0].take(rows), errors, drift=drift)
    return rows[still - motion[rows] > IMMOBILE_EVIDENCE]


def _log_likelihood(part: Windows, errors: LocalizationError, *, drift: bool) -> FloatArray:
    """(n,) of no motion at all."""
    sigma = np.maximum(errors.sizes(part), LEAST_ERROR * typical_step(part.displacements))
    return immobile_log_likelihood(part, errors.profile(part) * sigma[:, None, None], drift=drift)
