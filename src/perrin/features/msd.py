"""Mean squared displacement by time, not by row: a gap takes pairs away, it never bends the curve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perrin.features.clock import time_steps
from perrin.features.pairs import lagged_pairs
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray


def time_step(tracks: Tracks) -> float | None:
    """The median positive step between successive positions, in `units.time`; None without any step."""
    steps = time_steps(tracks)
    return float(np.median(steps)) if len(steps) else None


def mean_squared_displacement(tracks: Tracks, lags: Sequence[int] | IntArray) -> tuple[FloatArray, IntArray]:
    """Time-averaged mean squared displacement of each track at lags of k steps.

    MSD_i(k dt) = mean over all pairs of positions of track i with t' - t = k dt of |r(t') - r(t)|²

    where dt is `time_step(tracks)`. Pairs are found by their times, so missing frames and irregular times
    cost pairs but add no bias. The localisation error is still in it.

    Returns:
        (n_tracks, n_lags) values in `units.length`², nan where a track has no such pair, and the number of
        pairs behind each value.
    """
    steps = np.asarray(lags, dtype=np.int64)
    msd = np.full((len(tracks), len(steps)), np.nan)
    pairs = np.zeros((len(tracks), len(steps)), dtype=np.int64)
    dt = time_step(tracks)
    if dt is None:
        return msd, pairs
    code = np.repeat(np.arange(len(tracks)), tracks.lengths)
    for column, lag in enumerate(steps):
        start, end = lagged_pairs(tracks, np.full(len(tracks), dt), int(lag))
        with np.errstate(over="ignore"):
            squared = ((tracks.positions[end] - tracks.positions[start]) ** 2).sum(axis=1)
        count = np.bincount(code[start], minlength=len(tracks))
        total = np.bincount(code[start], weights=squared, minlength=len(tracks))
        pairs[:, column] = count
        np.divide(total, count, out=msd[:, column], where=count > 0)
    return msd, pairs
