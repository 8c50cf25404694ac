"""How time runs in each track: its frame interval, whether it keeps to it, and its gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True)
class Clock:
    """How time runs in each track.

    Attributes:
        dt: (n_tracks,) the frame interval: of the source where the track keeps to it, else the smallest step
            where all steps are multiples of it, else the median step. NaN for tracks of fewer than 2 points.
        regular: (n_tracks,) whether all steps are whole numbers of dt.
        gaps: (n_tracks,) number of steps longer than dt, for regular tracks (0 otherwise).
    """

    dt: FloatArray
    regular: BoolArray
    gaps: IntArray


def frame_clock(tracks: Tracks) -> Clock:
    """Frame interval, regularity and gaps of every track."""
    n = len(tracks)
    dt, regular, gaps = np.full(n, np.nan), np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64)
    moving = np.flatnonzero(tracks.lengths > 1)
    if len(moving) == 0:
        return Clock(dt, regular, gaps)
    steps, first = _steps(tracks, moving)
    known = {p.source: (1.0 if tracks.units.time == "frame" else p.frame_interval) for p in tracks.provenance}
    stated = tracks.info["source"].replace_strict(known, default=None, return_dtype=pl.Float64).to_numpy()[moving]
    open_ = np.ones(len(moving), dtype=bool)
    for candidate in (stated, np.minimum.reduceat(steps, first)):
        met = open_ & np.isfinite(candidate)
        ratio = steps / np.repeat(np.where(met, candidate, 1.0), np.diff(np.append(first, len(steps))))
        met &= np.logical_and.reduceat(_multiples(ratio), first)
        dt[moving[met]] = candidate[met]
        gaps[moving[met]] = np.add.reduceat((ratio > 1.5).astype(np.int64), first)[met]
        open_ &= ~met
    ends = np.append(first[1:], len(steps))
    for i in np.flatnonzero(open_):
        dt[moving[i]], regular[moving[i]] = float(np.median(steps[first[i] : ends[i]])), False
    return Clock(dt, regular, gaps)


def time_steps(tracks: Tracks) -> FloatArray:
    """All steps from one position to the next of a track, in `units.time`, one track after the other."""
    inside = np.ones(max(tracks.n_points - 1, 0), dtype=bool)
    borders = tracks.offsets[1:-1]
    inside[borders[(borders > 0) & (borders < tracks.n_points)] - 1] = False
    return np.diff(tracks.times)[inside]


def _steps(tracks: Tracks, moving: IntArray) -> tuple[FloatArray, IntArray]:
    """All steps of the tracks `moving`, one track after the other, and where those of each begin."""
    counts = tracks.lengths[moving] - 1
    return time_steps(tracks), np.cumsum(counts) - counts


def _multiples(ratio: FloatArray) -> BoolArray:
    """Which steps, in units of a frame interval, are whole numbers of it."""
    whole = np.round(ratio)
    return np.asarray((whole >= 1) & (np.abs(ratio - whole) < 1e-4 * np.maximum(1.0, whole * 1e-3)))
