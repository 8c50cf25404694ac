"""Filtered variations: what is left of a track when a filter has taken its trend away, and their local means.

    V(t) = Σ_q a_q X(t + o_q),

taps a_q at offsets o_q in frames. All is found by time: a variation that would reach over a gap is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from perrin.features.clock import Clock
from perrin.features.pairs import TIME_TOLERANCE, lagged_pairs
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

SECOND_DIFFERENCE: Final = (1.0, -2.0, 1.0)
DAUBECHIES_8: Final = (
    -0.010597401784997278, -0.032883011666982945, 0.030841381835986965, 0.18703481171888114,
    -0.02798376941698385, -0.6308807679295904, 0.7148465705525415, -0.23037781330885523,
)  # fmt: skip
"""The wavelet of Daubechies with 8 taps: Σ a_q q^j = 0 for j < 4. Ten Lectures on Wavelets (1992), table 6.1."""


def squared_variations(tracks: Tracks, time: Clock, taps: Sequence[float], offsets: Sequence[int]) -> FloatArray:
    """V² averaged over the axes.

    Args:
        tracks: where to look.
        time: their clock; tracks without regular times have no variations.
        taps: of the filter; they sum to 0.
        offsets: where each tap stands, in frames relative to the position that V belongs to.

    Returns:
        (n_points,) in `units.length`², NaN where a position under the filter was not observed.
    """
    filtered = _filtered if _gapless(time) else _filtered_by_time
    total, complete = filtered(tracks, time, taps, offsets)
    with np.errstate(over="ignore"):
        return np.where(complete, (total**2).mean(axis=1), np.nan)


def _filtered(
    tracks: Tracks, time: Clock, taps: Sequence[float], offsets: Sequence[int]
) -> tuple[FloatArray, BoolArray]:
    """Σ a_q X(t + o_q) of tracks without gaps, by rows, and where the filter fits."""
    del time
    n, before, behind = tracks.n_points, max(0, -min(offsets)), max(0, *offsets)
    total = np.zeros(tracks.positions.shape)
    if n > before + behind:
        inner = total[before : n - behind]
        for weight, here, there in _steps(taps, offsets):
            moved = tracks.positions[before + here : n - behind + here]
            inner += weight * (moved - tracks.positions[before + there : n - behind + there])
    row = np.arange(n)
    start, stop = _track_ends(tracks)
    return total, (row - before >= start) & (row + behind < stop)


def _filtered_by_time(
    tracks: Tracks, time: Clock, taps: Sequence[float], offsets: Sequence[int]
) -> tuple[FloatArray, BoolArray]:
    """The same for any tracks."""
    total, complete = np.zeros(tracks.positions.shape), np.ones(tracks.n_points, dtype=bool)
    rows = {offset: _rows_at(tracks, time, int(offset)) for offset in offsets}
    for found in rows.values():
        complete &= found >= 0
    for weight, here, there in _steps(taps, offsets):
        total += weight * (tracks.positions[rows[here]] - tracks.positions[rows[there]])
    return total, complete


def _steps(taps: Sequence[float], offsets: Sequence[int]) -> Iterator[tuple[float, int, int]]:
    """The filter as one of steps, which are 0 where nothing moves: their weights, where they end and where they begin.

    Taps that sum to 0 leave of a particle at rest the rounding of its position.
    """
    return zip(np.cumsum(taps)[:-1].tolist(), offsets[:-1], offsets[1:], strict=True)


def _track_ends(tracks: Tracks) -> tuple[IntArray, IntArray]:
    """(n_points,) first row, and the row behind the last, of the track of each position."""
    start, stop = (np.repeat(ends, tracks.lengths) for ends in (tracks.offsets[:-1], tracks.offsets[1:]))
    return start, stop


def neighborhoods(tracks: Tracks, time: Clock, half_width: int | IntArray) -> tuple[IntArray, IntArray]:
    """First row, and the row behind the last, of the positions near each position.

    Args:
        tracks: where to look.
        time: their clock.
        half_width: how many frames are near, one for all tracks or (n_tracks,).

    Returns:
        Two arrays (n_points,).
    """
    near = np.broadcast_to(half_width, (len(tracks),))
    reach = np.repeat(near, tracks.lengths)
    if _gapless(time):
        rows, (start, stop) = np.arange(tracks.n_points), _track_ends(tracks)
        return np.maximum(rows - reach, start), np.minimum(rows + reach + 1, stop)
    frame = _frames(tracks, time, room=int(near.max(initial=0)) + 1)
    return (
        np.searchsorted(frame, frame - reach - TIME_TOLERANCE),
        np.searchsorted(frame, frame + reach + TIME_TOLERANCE, side="right"),
    )


def local_sums(values: FloatArray, first: IntArray, stop: IntArray) -> tuple[FloatArray, IntArray]:
    """Sum and number of the values that are not NaN, along the last axis in rows first to stop (exclusive).

    Each sum is made of those of 1, 2, 4, … rows. The difference of two running sums would lose the digits of quiet rows
    behind a loud one, and hang on what comes before them.
    """
    there = np.isfinite(values)
    count = np.pad(np.cumsum(there, axis=-1), [(0, 0)] * (values.ndim - 1) + [(1, 0)])
    block = np.where(there, values, 0.0)
    length, row = stop - first, first.copy()
    total = np.zeros((*values.shape[:-1], len(first)))
    for power in range(int(length.max(initial=0)).bit_length()):
        size = 1 << power
        if power:
            block = block[..., : -(size // 2)] + block[..., size // 2 :]
        some = np.flatnonzero(length & size)
        total[..., some] += block[..., row[some]]
        row[some] += size
    return total, count[..., stop] - count[..., first]


def track_sums(values: FloatArray, tracks: Tracks) -> tuple[FloatArray, IntArray]:
    """Sum and number (…, n_tracks) of the values (…, n_points) that are not NaN, of each track by itself.

    In a running sum over all tracks one that is far larger than the others would take their digits.
    """
    there = np.isfinite(values)
    filled = tracks.lengths > 0
    starts = tracks.offsets[:-1][filled]
    total, count = np.zeros((*values.shape[:-1], len(tracks))), np.zeros((*values.shape[:-1], len(tracks)), np.int64)
    if len(starts):
        total[..., filled] = np.add.reduceat(np.where(there, values, 0.0), starts, axis=-1)
        count[..., filled] = np.add.reduceat(there.astype(np.int64), starts, axis=-1)
    return total, count


def frames_from_ends(tracks: Tracks, time: Clock) -> tuple[FloatArray, FloatArray]:
    """(n_points,) frames since the first and until the last position of the track, whole numbers where so meant."""
    dt = np.repeat(np.where(np.isfinite(time.dt), time.dt, 1.0), tracks.lengths)
    first, last = tracks.offsets[:-1], np.maximum(tracks.offsets[1:] - 1, 0)
    filled = tracks.lengths > 0
    begin, end = (np.repeat(tracks.times[rows[filled]], tracks.lengths[filled]) for rows in (first, last))
    return _whole((tracks.times - begin) / dt), _whole((end - tracks.times) / dt)


def _whole(frames: FloatArray) -> FloatArray:
    nearest = np.round(frames)
    return np.where(np.abs(frames - nearest) <= TIME_TOLERANCE, nearest, frames)


def _rows_at(tracks: Tracks, time: Clock, offset: int) -> IntArray:
    """(n_points,) row of the position of the same track `offset` frames later, -1 where there is none."""
    if offset == 0:
        return np.arange(tracks.n_points)
    found = np.full(tracks.n_points, -1, dtype=np.int64)
    earlier, later = lagged_pairs(tracks, np.where(time.regular, time.dt, np.nan), abs(offset))
    if offset > 0:
        found[earlier] = later
    else:
        found[later] = earlier
    return found


def _gapless(time: Clock) -> bool:
    return bool(np.all(time.regular & (time.gaps == 0)))


def _frames(tracks: Tracks, time: Clock, room: int) -> FloatArray:
    """(n_points,) increasing times in frames, tracks laid one after the other at least `room` frames apart."""
    dt = np.where(np.isfinite(time.dt), time.dt, 1.0)
    code = np.repeat(np.arange(len(tracks)), tracks.lengths)
    begin, end = np.zeros(len(tracks)), np.zeros(len(tracks))
    filled = tracks.lengths > 0
    begin[filled] = tracks.times[tracks.offsets[:-1][filled]]
    end[filled] = tracks.times[tracks.offsets[1:][filled] - 1]
    span = (end - begin) / dt + room + 1
    return (tracks.times - begin[code]) / dt[code] + (np.cumsum(span) - span)[code]
