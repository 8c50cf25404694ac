"""A track on the grid of its frames, with a mask for those in which it was not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from perrin.features.clock import Clock
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True, eq=False)
class FrameGrid:
    """One track, frame by frame.

    Attributes:
        positions: (d, T) positions, 0 at frames in which the track was not seen.
        observed: (T,) in which frames it was seen; the first and the last always.
        frames: (n,) the frame of each of its n positions, from 0 on.
    """

    positions: FloatArray
    observed: BoolArray
    frames: IntArray


def frame_numbers(tracks: Tracks, clock: Clock, index: int) -> IntArray:
    """(n,) frame of each position of track `index`, counted from its first; the track must be regular."""
    times = tracks.times[tracks.offsets[index] : tracks.offsets[index + 1]]
    frames: IntArray = np.rint((times - times[0]) / clock.dt[index]).astype(np.int64)
    return frames


def frame_grid(tracks: Tracks, clock: Clock, index: int) -> FrameGrid:
    """Track `index` on the grid of its frames; the track must be regular and have two positions or more."""
    frames = frame_numbers(tracks, clock, index)
    positions = np.zeros((tracks.dimension, int(frames[-1]) + 1))
    observed = np.zeros(positions.shape[1], dtype=bool)
    positions[:, frames] = tracks.positions[tracks.offsets[index] : tracks.offsets[index + 1]].T
    observed[frames] = True
    return FrameGrid(positions, observed, frames)
