"""Tracks as networks see them: on the grid of frames, from their first position, in units of a typical step."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.types import BoolArray, FloatArray

_GAUSSIAN_MEDIAN: Final = 0.6744897501960817
"""Median of |N(0, 1)|: the typical step of Brownian motion is its standard deviation."""


def typical_step(positions: FloatArray, observed: BoolArray) -> FloatArray:
    """(n,) robust scale of one-frame steps, per axis: their median absolute value over .6745.

    Args:
        positions: (n, d, T); values at missing frames are not looked at.
        observed: (n, T).

    Where no two neighbouring frames are observed, or the median step is zero, steps between successive
    observations count, each divided by the square root of its frames; zero only for a track that never moves.
    """
    both = observed[:, 1:] & observed[:, :-1]
    steps = np.abs(np.diff(positions, axis=2))
    values = np.where(both[:, None, :], steps, np.nan).reshape(len(positions), -1)
    scale = np.zeros(len(positions))
    some = both.any(axis=1)
    if some.any():
        scale[some] = np.nanmedian(values[some], axis=1) / _GAUSSIAN_MEDIAN
    for i in np.flatnonzero(scale == 0):
        frames = np.flatnonzero(observed[i])
        moved = np.diff(positions[i][:, frames], axis=1) / np.sqrt(np.diff(frames))
        scale[i] = np.sqrt(np.mean(moved**2)) if len(frames) > 1 else 0.0
    return scale


def scale_free(positions: FloatArray, observed: BoolArray, scale: FloatArray) -> FloatArray:
    """(n, d, T) positions from the first frame on in units of `scale`, zero at missing frames; float32.

    The first frame must be observed.
    """
    centered = (positions - positions[:, :, :1]) / scale[:, None, None]
    return np.where(observed[:, None, :], centered, 0.0).astype(np.float32)


def error_features(errors: FloatArray, known: BoolArray) -> FloatArray:
    """(n, d, 3) what is told of the localisation error of each axis: is it known, is it zero, its logarithm.

    Args:
        errors: (n, d) standard deviations in units of the typical step.
        known: (n,) whether they are told; where not, all three are zero.
    """
    zero = errors == 0
    logarithm = np.log(np.where(zero, 1.0, errors))
    features = np.stack([np.ones_like(errors), zero, logarithm], axis=2) * known[:, None, None]
    return features.astype(np.float32)
