"""Tracks that scatter less than their stated localisation error alone would make them: the error cannot be right."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import gammaincinv

from perrin.estimate.exact.localization_error import LocalizationError
from perrin.tracks import Tracks
from perrin.types import BoolArray

_CHANCE: Final = 1e-4
"""That error alone scatters a particle at rest so little; motion only adds to it."""


def error_overstated(tracks: Tracks, errors: LocalizationError) -> BoolArray:
    """(n_tracks,) by the chi-square of positions about their weighted mean; False where no error was stated."""
    quiet = np.zeros(len(tracks), dtype=bool)
    if errors.source not in ("given", "per_point") or not tracks.n_points:
        return quiet
    d, n = tracks.dimension, len(tracks)
    code = np.repeat(np.arange(n), tracks.lengths)
    sizes = np.broadcast_to(errors.on_axes(d), (tracks.n_points, d))
    if errors.stated and tracks.sigma is not None:
        sizes = tracks.sigma
    chi_square = np.zeros(n)
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        weights = 1 / sizes**2
        for axis in range(d):
            place, weight = (
                tracks.positions[:, axis] - tracks.positions[tracks.offsets[:-1][code], axis],
                weights[:, axis],
            )
            mean = np.bincount(code, weight * place, n) / np.bincount(code, weight, n)
            chi_square += np.bincount(code, weight * (place - mean[code]) ** 2, n)
    several = tracks.lengths > 1
    freedom = (tracks.lengths[several] - 1) * d
    least = {int(f): 2 * gammaincinv(f / 2, _CHANCE) for f in np.unique(freedom)}
    quiet[several] = chi_square[several] < np.array([least[int(f)] for f in freedom])
    return quiet
