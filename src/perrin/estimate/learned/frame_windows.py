"""Windows as models see them: n observed positions, laid on the grid of their frames, small gaps bridged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.features import Clock
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

MOST_FRAMES: Final = 1.25
"""A window of n positions that spans more than this many times n frames has too many gaps."""


@final
@dataclass(frozen=True, eq=False)
class FrameWindows:
    """Stretches of tracks, in groups that span the same number of frames.

    Attributes:
        groups: for each number of frames T the rows (k,) of its windows and their positions (k, d, T).
        size: number of windows asked for; those that are in no group have too many gaps or do not move at all.
        shape: axes and frames (d, n) of a window without gaps; no window spans fewer frames.
    """

    groups: tuple[tuple[IntArray, FloatArray], ...]
    size: int
    shape: tuple[int, int]

    @property
    def usable(self) -> IntArray:
        """Rows of the windows that are in a group, rising."""
        return np.sort(np.concatenate([rows for rows, _ in self.groups] or [np.zeros(0, dtype=np.int64)]))


def cut_on_frames(tracks: Tracks, time: Clock, first: IntArray, track: IntArray, window: int) -> FrameWindows:
    """Windows of `window` positions that begin at the points `first` of the tracks `track`.

    Frames without the particle are interpolated linearly. Tracks with irregular times give no windows.
    """
    rows = np.flatnonzero(time.regular[track] & np.isfinite(time.dt[track]))
    start, dt = first[rows], time.dt[track[rows]]
    span = np.rint((tracks.times[start + window - 1] - tracks.times[start]) / dt).astype(np.int64)
    groups = []
    for frames in np.unique(span[span + 1 <= MOST_FRAMES * window]):
        some = rows[span == frames]
        index = first[some][:, None] + np.arange(window)
        places = tracks.positions[index].swapaxes(1, 2)
        if frames + 1 != window:
            clock = (tracks.times[index] - tracks.times[index[:, :1]]) / time.dt[track[some]][:, None]
            places = _bridged(places, np.rint(clock), int(frames) + 1)
        moves = (np.diff(places, axis=2) != 0).any(axis=(1, 2))
        if moves.any():
            groups.append((some[moves], places[moves]))
    return FrameWindows(tuple(groups), len(first), (tracks.dimension, window))


def _bridged(places: FloatArray, clock: FloatArray, frames: int) -> FloatArray:
    """(k, d, frames) positions at every frame from those (k, d, n) at the frames `clock` (k, n)."""
    every = np.arange(float(frames))
    return np.stack(
        [[np.interp(every, at, axis) for axis in each] for at, each in zip(clock, places, strict=True)]
    )  # fmt: skip
