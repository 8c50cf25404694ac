"""Where an unknown steady velocity is allowed for, a track that moves at one velocity has no motion left to tell of."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.features import Windows
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray

ADVICE: Final = "the track moves at constant velocity; apart from this drift, alpha and D cannot be estimated"
_ROUNDING: Final = 1e-9
"""Of a step: deviations from one velocity below this are what rounding leaves."""


def tracks_at_constant_velocity(tracks: Tracks) -> BoolArray:
    """(n_tracks,) whether a track of three positions or more moves at one velocity."""
    found = np.zeros(len(tracks), dtype=bool)
    for index in np.flatnonzero(tracks.lengths > 2):
        mine = slice(int(tracks.offsets[index]), int(tracks.offsets[index + 1]))
        steps = np.diff(tracks.times[mine])
        found[index] = _at_constant_velocity(np.diff(tracks.positions[mine], axis=0)[None], steps[None])[0]
    return found


def windows_at_constant_velocity(part: Windows) -> BoolArray:
    """(n,) whether a stretch moves at one velocity."""
    return _at_constant_velocity(part.displacements, part.steps)


def axes_at_constant_velocity(steps: FloatArray, times: FloatArray) -> BoolArray:
    """(d,) whether increments (d, m) over times (m,) are those of one velocity along each axis, or of none."""
    return _at_constant_velocity(steps[:, :, None], np.broadcast_to(times, steps.shape))


def _at_constant_velocity(displacements: FloatArray, steps: FloatArray) -> BoolArray:
    """(n,) of increments (n, m, d) over times (n, m)."""
    velocity = displacements.sum(axis=1) / steps.sum(axis=1)[:, None]
    rest = np.abs(displacements - velocity[:, None] * steps[..., None]).max(axis=(1, 2))
    return np.asarray(rest <= _ROUNDING * np.abs(displacements).max(axis=(1, 2)))
