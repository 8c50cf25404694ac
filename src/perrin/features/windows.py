"""Windows of one number of positions: rolling ones, or whole tracks of one length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

_TIME_DECIMALS = 6
"""Steps are compared after rounding to this many decimals of a frame."""


@final
@dataclass(frozen=True)
class Windows:
    """`n` windows of m + 1 positions.

    Attributes:
        displacements: (n, m, d) increments.
        steps: (n, m) time steps in frames (multiples of the track's dt), rounded.
        dt: (n,) frame interval of the track each window belongs to.
        track: (n,) index of that track.
        first: (n,) index of the window's first point in the Tracks.
        errors: (n, m + 1, d) stated localisation errors, or None.
    """

    displacements: FloatArray
    steps: FloatArray
    dt: FloatArray
    track: IntArray
    first: IntArray
    errors: FloatArray | None = None

    def __len__(self) -> int:
        return len(self.track)

    @cached_property
    def patterns(self) -> tuple[FloatArray, IntArray]:
        """The distinct rows of `steps`, and for each window which of them it has."""
        if len(self) and np.all(self.steps == self.steps[0]):
            return self.steps[:1], np.zeros(len(self), dtype=np.int64)
        rows, inverse = np.unique(self.steps, axis=0, return_inverse=True)
        return rows, inverse.reshape(-1).astype(np.int64)

    def take(self, rows: IntArray) -> Windows:
        """The windows at `rows`."""
        return Windows(
            self.displacements[rows],
            self.steps[rows],
            self.dt[rows],
            self.track[rows],
            self.first[rows],
            None if self.errors is None else self.errors[rows],
        )


def cut_windows(tracks: Tracks, first: IntArray, track: IntArray, positions: int, dt: FloatArray) -> Windows:
    """Windows of `positions` points beginning at the points `first` of the tracks `track`."""
    rows = first[:, None] + np.arange(positions)
    place = tracks.positions[rows]
    steps = np.diff(tracks.times[rows], axis=1) / dt[track][:, None]
    whole = np.round(steps)
    steps = np.where(np.abs(steps - whole) < 1e-3, whole, np.round(steps, _TIME_DECIMALS))
    errors = None if tracks.sigma is None else tracks.sigma[rows]
    return Windows(np.diff(place, axis=1), steps, dt[track], track, first, errors)


def window_starts(lengths: IntArray, offsets: IntArray, window: int) -> tuple[IntArray, IntArray]:
    """First point and track of every full window of `window` consecutive positions, moved by one."""
    counts = np.maximum(lengths - window + 1, 0)
    track = np.repeat(np.arange(len(lengths)), counts)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return offsets[:-1][track] + within, track


def window_of_each_point(lengths: IntArray, offsets: IntArray, window: int) -> tuple[IntArray, BoolArray]:
    """For every point the index of the window that speaks for it (-1: none), and whether it is an edge.

    A window is stamped at its position number window // 2 (counted from 0); points nearer to an end take the
    nearest full window.
    """
    n_points = int(offsets[-1])
    track = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(n_points) - offsets[:-1][track]
    counts = np.maximum(lengths - window + 1, 0)
    first_window = np.cumsum(counts) - counts
    center = place - window // 2
    nearest = np.clip(center, 0, np.maximum(counts[track] - 1, 0))
    index = np.where(counts[track] > 0, first_window[track] + nearest, -1)
    return index, (counts[track] > 0) & (center != nearest)
