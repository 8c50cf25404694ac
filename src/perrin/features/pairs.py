"""Pairs of positions exactly a lag apart: by time, never by row, so that a gap costs pairs but adds no bias."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

TIME_TOLERANCE: Final = 1e-3
"""Two positions count as exactly one lag apart within this part of a frame; it absorbs rounding of times."""


def lagged_pairs(tracks: Tracks, dt: FloatArray, lag: int) -> tuple[IntArray, IntArray]:
    """First and second row of every pair of positions of one track that are `lag` frames apart.

    Args:
        tracks: where to look.
        dt: (n_tracks,) frame interval of each track; tracks with NaN have no pairs.
        lag: in frames.

    Returns:
        Two arrays of rows, both increasing.
    """
    code = np.repeat(np.arange(len(tracks)), tracks.lengths)
    usable = np.isfinite(dt)
    frame = np.where(usable, dt, 1.0)
    begin, duration = np.zeros(len(tracks)), np.zeros(len(tracks))
    filled = tracks.lengths > 0
    begin[filled] = tracks.times[tracks.offsets[:-1][filled]]
    duration[filled] = (tracks.times[tracks.offsets[1:][filled] - 1] - begin[filled]) / frame[filled]
    # tracks laid one after the other, so that one sorted search serves all of them
    room = duration + lag + 1
    clock = (tracks.times - begin[code]) / frame[code] + (np.cumsum(room) - room)[code]
    target = clock + lag
    end = np.minimum(np.searchsorted(clock, target - TIME_TOLERANCE), max(len(clock) - 1, 0))
    met = (np.abs(clock[end] - target) <= TIME_TOLERANCE) & usable[code] if len(clock) else np.zeros(0, dtype=bool)
    return np.flatnonzero(met), end[met]


def frame_steps(tracks: Tracks, dt: FloatArray) -> tuple[FloatArray, BoolArray]:
    """(n_points, d) the displacement from each position over one frame, and (n_points,) where there is one.

    `dt` is (n_tracks,), the frame interval of each track; displacements across gaps are none.
    """
    start, end = lagged_pairs(tracks, dt, 1)
    steps = np.full(tracks.positions.shape, np.nan)
    steps[start] = tracks.positions[end] - tracks.positions[start]
    return steps, np.isfinite(steps).all(axis=1)
