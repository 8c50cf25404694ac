"""What pieces of tracks say about a localisation error that all tracks share: chunks gather it, and it merges.

Tracks are looked at in pieces, since the error shows at short lags; each is kept in units of its own typical step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, final

import numpy as np

from perrin.estimate.exact.grid import whole_prior_at_midpoints
from perrin.estimate.exact.likelihood import RHO_RANGE, LikelihoodGrid
from perrin.features import Clock, Windows, cut_windows
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

PIECE: Final = 32
"""Positions in a piece of a track; longer pieces add next to nothing about the error."""
SHORTEST: Final = 8
MOST: Final = 128
"""Pieces of one chunk that are looked at, evenly over its tracks; fewer where there are very many chunks."""
MOST_IN_ALL: Final = 2_048
"""Pieces that the maximum is looked for with."""

FINE: Final = 0.1
"""Spacing of the lattice of log sigma, and of log rho."""
RATIOS: Final = np.arange(round(float(np.log(RHO_RANGE[0])) / FINE), round(float(np.log(RHO_RANGE[1])) / FINE) + 1)
"""Lattice of log rho; smaller ratios are as the smallest one."""
_TOGETHER: Final = 64
_LEAST_HURST: Final = 0.05


@final
@dataclass(frozen=True, eq=False)
class ErrorEvidence:
    """What the likelihood of some pieces of tracks needs, in units of their typical steps.

    Attributes:
        log_step: (n,) logarithm of each piece's typical step.
        q: (n, h, r) quadratic forms over H and the lattice of rho, in single precision.
        log_det: (n, h, r) of the covariance, all axes together.
        size: (n,) increments of each piece in all axes.
        tracks: from how many tracks the pieces are.
    """

    log_step: FloatArray
    q: FloatArray
    log_det: FloatArray
    size: IntArray
    tracks: int

    def __len__(self) -> int:
        return len(self.log_step)

    def thinned(self, most: int) -> Self:
        """At most so many pieces, evenly over all."""
        if len(self) <= most:
            return self
        some = np.linspace(0, len(self) - 1, most).astype(np.int64)
        return type(self)(self.log_step[some], self.q[some], self.log_det[some], self.size[some], self.tracks)


def merged_evidence(parts: Sequence[ErrorEvidence]) -> ErrorEvidence:
    """The evidence of several chunks of tracks together; at most MOST_IN_ALL pieces are kept, evenly."""
    share = max(1, MOST_IN_ALL // max(1, len(parts)))
    kept = [part.thinned(share) if sum(map(len, parts)) > MOST_IN_ALL else part for part in parts]
    log_step, q, log_det, size = (
        np.concatenate([getattr(part, name) for part in kept]) for name in ("log_step", "q", "log_det", "size")
    )
    return ErrorEvidence(log_step, q, log_det, size, sum(part.tracks for part in parts))


def error_evidence(
    tracks: Tracks, time: Clock, rows: IntArray, *, blur: float, drift: bool, chunks: int = 1
) -> ErrorEvidence:
    """What the tracks at `rows` say about an error that all tracks share; they are one of so many `chunks`."""
    most = max(1, min(MOST, MOST_IN_ALL // chunks))
    first, track, length = _thinned(*_pieces(tracks, rows), most)
    found = [no_evidence()]
    for positions in np.unique(length):
        some = np.flatnonzero(length == positions)
        watched = LikelihoodGrid(_hurst(), np.exp(FINE * RATIOS), blur, drift)
        for at in range(0, len(some), _TOGETHER):
            part = some[at : at + _TOGETHER]
            found.append(_of_pieces(cut_windows(tracks, first[part], track[part], int(positions), time.dt), watched))
    whole = merged_evidence(found)
    return replace(whole, tracks=len(np.unique(track)))


def _pieces(tracks: Tracks, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """First point, track and length of consecutive pieces that share no increment."""
    none = np.zeros(0, dtype=np.int64)
    first, track, length = [none], [none], [none]
    for row in rows.tolist():
        n, start = int(tracks.lengths[row]), int(tracks.offsets[row])
        at = np.arange(0, n - 1, PIECE - 1)
        size = np.minimum(PIECE, n - at)
        keep = size >= min(SHORTEST, n)
        first.append(start + at[keep])
        length.append(size[keep])
        track.append(np.full(int(keep.sum()), row))
    return np.concatenate(first), np.concatenate(track), np.concatenate(length)


def _thinned(first: IntArray, track: IntArray, length: IntArray, most: int) -> tuple[IntArray, IntArray, IntArray]:
    """At most so many pieces, evenly over all."""
    some = np.unique(np.linspace(0, len(first) - 1, most).astype(np.int64)) if len(first) > most else slice(None)
    return first[some], track[some], length[some]


def _of_pieces(part: Windows, watched: LikelihoodGrid) -> ErrorEvidence:
    """The evidence of pieces of one length, each in units of its typical step."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_step = 0.5 * np.log(np.mean(part.displacements**2, axis=(1, 2)))
    moving = np.flatnonzero(np.isfinite(log_step))
    part, log_step = part.take(moving), log_step[moving]
    if len(moving) == 0:
        return no_evidence()
    scaled = part.displacements / np.exp(log_step)[:, None, None]
    forms = watched.forms(replace(part, displacements=scaled, errors=None))
    sound = np.flatnonzero(np.isfinite(forms.q).all(axis=(0, 1)))
    q, log_det = (_by_piece(forms.q[:, :, sound]), _by_piece(forms.log_det[:, :, forms.pattern[sound]]))
    return ErrorEvidence(log_step[sound], q, log_det, np.full(len(sound), forms.size, dtype=np.int64), 0)


def _hurst() -> FloatArray:
    """(h,) values of H that tracks may have; towards 0 the increments of the motion become those of its error."""
    hurst = whole_prior_at_midpoints(PIECE, "unknown").hurst[:, 0]
    return np.asarray(hurst[hurst > _LEAST_HURST])


def _by_piece(values: FloatArray) -> FloatArray:
    """(n, h, r) in single precision from (h, r, n)."""
    return np.asarray(np.ascontiguousarray(np.moveaxis(values, -1, 0), dtype=np.float32))


def no_evidence() -> ErrorEvidence:
    """Of no tracks."""
    empty = _by_piece(np.zeros((len(_hurst()), len(RATIOS), 0)))
    return ErrorEvidence(np.zeros(0), empty, empty, np.zeros(0, dtype=np.int64), 0)
