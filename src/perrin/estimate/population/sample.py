"""The tracks that speak for the population: all of them, or a fair sample whose size does not grow with their number.

Every track draws a number from the SHA-256 of its source and id, and the tracks with the smallest numbers stay. Which
ones these are depends neither on the order of the tracks nor on how they are divided into chunks, so samples of chunks
merge to the sample of the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, final

import numpy as np

from perrin.features import frame_clock
from perrin.tracks import Tracks
from perrin.tracks.model import concatenate
from perrin.tracks.sampling import hash_numbers, sampled
from perrin.types import BoolArray, FloatArray, IntArray

MOST_INCREMENTS: Final = 256
"""Increments used of a track: they tell D to 6 % in 2-D, half a step of the grid; long tracks speak for themselves."""


_FARTHEST: Final = 1e4


@final
@dataclass(frozen=True, eq=False)
class Sample:
    """Tracks of two or more positions, and what was counted on the way.

    Attributes:
        tracks: the sampled tracks, none with more than MOST_INCREMENTS increments.
        jumps: (n,) increments of each, including those cut off.
        most: no more tracks than this are kept.
        counts: `tracks` (of all), `bad_input`, `single` (one position, or fewer than are needed), `eligible`, `jumps`
            (of the eligible tracks), and where some were left out `beyond` (see `within_reach`).
    """

    tracks: Tracks
    jumps: IntArray
    most: int
    counts: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.tracks)

    @classmethod
    def of(cls, tracks: Tracks, *, most: int, shortest: int = 2, share: float = 1.0) -> Self:
        """The sample of `tracks`, of those that have `shortest` positions or more and do not contradict themselves.

        Of these only the `share` with the smallest numbers is looked at: so much of each chunk is enough where there
        are so many tracks in all.
        """
        sound = tracks.info["flaw"].is_null().to_numpy()
        rows = np.flatnonzero(sound & (tracks.lengths >= shortest))
        jumps = tracks.lengths[rows] - 1
        counts = {
            "tracks": len(tracks), "bad_input": int((~sound).sum()),
            "single": int(sound.sum()) - len(rows), "eligible": len(rows), "jumps": int(jumps.sum()),
        }  # fmt: skip
        kept = _smallest(tracks, rows[sampled(tracks.info[rows.tolist()], share)], most)
        return cls(_beginnings(tracks, kept), tracks.lengths[kept] - 1, most, counts)

    @classmethod
    def merged(cls, samples: Sequence[Self]) -> Self:
        """The sample of all tracks from the samples of its chunks, in their order."""
        counts: Counter[str] = Counter()
        for sample in samples:
            counts.update(sample.counts)
        first = samples[0]
        filled = [sample.tracks for sample in samples if len(sample)] or [first.tracks]
        origins = {origin.source: origin for part in filled for origin in part.provenance}
        tracks = replace(concatenate(filled), provenance=tuple(origins.values()))
        kept = _smallest(tracks, np.arange(len(tracks)), first.most)
        jumps = np.concatenate([sample.jumps for sample in samples])
        return cls(tracks.select(kept), jumps[kept], first.most, dict(counts))

    def within_reach(self) -> Self:
        """Those whose steps are at most 10,000 times as long as those of the median track that moves.

        Nothing tracked in one movie spans more; coordinates of a damaged row or in another unit do, and one such
        track would make all others seem to rest.
        """
        variances = self.step_variances()
        moving = variances[variances > 0]
        kept = np.flatnonzero(variances <= _FARTHEST**2 * (np.median(moving) if len(moving) else 1.0))
        if len(kept) == len(self):
            return self
        counts = {**self.counts, "beyond": len(self) - len(kept)}
        return replace(self, tracks=self.tracks.select(kept), jumps=self.jumps[kept], counts=counts)

    def time_step(self) -> float:
        """The frame interval that D_frame refers to: the median of those of the tracks, each found as by `clock`."""
        return float(np.quantile(frame_clock(self.tracks).dt, 0.5, method="lower"))

    def step_variances(self) -> FloatArray:
        """(n,) mean squared increment of each track and axis, whatever the time it took."""
        squares = (np.diff(self.tracks.positions, axis=0) ** 2).mean(axis=1)
        squares = np.append(squares, 0.0)
        squares[self.tracks.offsets[1:] - 1] = 0.0  # from one track to the next
        return np.add.reduceat(squares, self.tracks.offsets[:-1]) / (self.tracks.lengths - 1)

    def still(self) -> BoolArray:
        """(n,) tracks without a single step."""
        still: BoolArray = self.step_variances() == 0
        return still


def _smallest(tracks: Tracks, rows: IntArray, most: int) -> IntArray:
    """Those of `rows` that have the `most` smallest numbers, in their order."""
    if len(rows) <= most:
        return rows
    numbers = hash_numbers(tracks.info[rows.tolist()])
    return np.sort(rows[np.argsort(numbers, kind="stable")[:most]])


def _beginnings(tracks: Tracks, rows: IntArray) -> Tracks:
    """The first positions of the tracks at `rows`."""
    chosen = tracks.select(rows)
    if chosen.lengths.max(initial=0) <= MOST_INCREMENTS + 1:
        return chosen
    lengths = np.minimum(chosen.lengths, MOST_INCREMENTS + 1)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    keep = np.arange(offsets[-1]) + np.repeat(chosen.offsets[:-1] - offsets[:-1], lengths)
    return replace(
        chosen,
        positions=chosen.positions[keep], times=chosen.times[keep], frames=chosen.frames[keep],
        sigma=None if chosen.sigma is None else chosen.sigma[keep], offsets=offsets.astype(np.int64),
    )  # fmt: skip
