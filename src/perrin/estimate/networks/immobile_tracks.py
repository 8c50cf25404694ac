"""Which tracks do not move beyond their known localisation error: asked of the exact likelihood by every network."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.motion_parameters import StringArray
from perrin.result import status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

_DEVIATIONS: Final = 3.0
"""Of the mean squared step: so far above its mean for error alone is a track still asked about."""


def mark_immobile(
    tracks: Tracks, errors: LocalizationError, outcome: StringArray, exact: Exact, rng: np.random.Generator
) -> StringArray:
    """`outcome` with the tracks immobile that `exact`, told the same, finds so; it is asked only where in doubt."""
    asked = np.flatnonzero(_perhaps_immobile(tracks, errors, outcome))
    if len(asked):
        answers = exact.estimate(tracks.select(asked), rng=rng).tracks["status"].to_numpy()
        outcome = outcome.copy()
        outcome[asked[answers == status.IMMOBILE]] = status.IMMOBILE
    return outcome


def error_over_steps(tracks: Tracks, errors: LocalizationError, rows: IntArray) -> FloatArray:
    """(k,) squared localisation error over mean squared step of the tracks `rows`: one half for error alone."""
    found = np.empty(len(rows))
    for place, index in enumerate(rows):
        mine = slice(int(tracks.offsets[index]), int(tracks.offsets[index + 1]))
        square = float(np.mean(np.diff(tracks.positions[mine], axis=0) ** 2))
        size = errors.typical**2
        if errors.stated and tracks.sigma is not None:
            size = float(np.mean(tracks.sigma[mine] ** 2))
        found[place] = size / square if square > 0 else np.inf
    return found


def _perhaps_immobile(tracks: Tracks, errors: LocalizationError, outcome: StringArray) -> BoolArray:
    """(n_tracks,) whether the steps could be error alone: the mean of m d squared ones deviates by sqrt(3 / (m d))."""
    doubt = np.zeros(len(tracks), dtype=bool)
    if errors.knowledge == "known":
        rows = np.flatnonzero(outcome == status.OK)
        deviation = np.sqrt(3 / ((tracks.lengths[rows] - 1) * tracks.dimension))
        doubt[rows] = error_over_steps(tracks, errors, rows) > 0.5 / (1 + _DEVIATIONS * deviation)
    return doubt
