"""How time runs in each track: its frame interval, whether it keeps to it, and its gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

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


def clock(tracks: Tracks) -> Clock:
    """Frame interval, regularity and gaps of every track."""
    n = len(tracks)
    dt, regular, gaps = np.full(n, np.nan), np.ones(n, dtype=bool), np.zeros(n, dtype=np.int64)
    known = {p.source: (1.0 if tracks.units.time == "frame" else p.frame_interval) for p in tracks.provenance}
    sources = tracks.info["source"].to_list()
    for i in range(n):
        steps = np.diff(tracks.times[tracks.offsets[i] : tracks.offsets[i + 1]])
        if len(steps) == 0:
            continue
        for candidate in (known.get(sources[i]), float(steps.min())):
            if candidate is not None and _multiples(steps, candidate):
                dt[i] = candidate
                gaps[i] = int((steps > 1.5 * candidate).sum())
                break
        else:
            dt[i], regular[i] = float(np.median(steps)), False
    return Clock(dt, regular, gaps)


def _multiples(steps: FloatArray, unit: float) -> bool:
    ratio = steps / unit
    whole = np.round(ratio)
    return bool(np.all(whole >= 1) and np.all(np.abs(ratio - whole) < 1e-4 * np.maximum(1.0, whole * 1e-3)))
