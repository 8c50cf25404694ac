"""The localisation error that all tracks share: the maximum of their joint likelihood.

Every track keeps an H and a scale s of its own; how these are spread over the tracks is left free and found along
with the error (the mixing distribution that maximises the likelihood: Kiefer & Wolfowitz, Ann. Math. Statist. 27, 887,
1956). With the prior of a single track in its place the estimate would be biased for short tracks, however many there
are. Tracks are looked at in pieces, since the error shows at short lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, final

import numpy as np
from scipy.interpolate import PchipInterpolator

from perrin.estimate.cells import direct
from perrin.estimate.likelihood import RHO_RANGE, Observation
from perrin.represent import Clock, Segments, stretches
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

PIECE: Final = 32
"""Positions in a piece of a track; longer pieces add next to nothing about the error."""
SHORTEST: Final = 8
MOST: Final = 128
"""Pieces of one chunk that are looked at, evenly over its tracks; fewer where there are very many chunks."""
MOST_IN_ALL: Final = 2_048
"""Pieces that the maximum is looked for with."""
FEW: Final = 10
"""Tracks below which no common error is looked for."""

_FINE: Final = 0.1
"""Spacing of the lattice of log sigma, and of log rho."""
_COARSE: Final = 0.2
"""Spacing of log s; typical steps are rounded to it."""
_LEAST: Final = -40
"""Errors are looked for down to exp of so many fine spacings of a typical step: 1/50 of it."""
_MOST_STEPS: Final = 6
"""And up to so many above the typical step of half of the pieces."""
_FIRST_LOOK: Final = 4
"""Fine spacings from one error to the next in the first look."""
_SCALES: Final = np.arange(-20, 9)
"""Lattice of log s about it."""
_RATIOS: Final = np.arange(round(float(np.log(RHO_RANGE[0])) / _FINE), round(float(np.log(RHO_RANGE[1])) / _FINE) + 1)
"""Lattice of log rho; smaller ratios are as the smallest one."""
_TOGETHER: Final = 64
_LEAST_HURST: Final = 0.05
_ROUNDS: Final = 60
_DROP: Final = 1.92
_TOLD: Final = 0.1
_NEVER: Final = -1e4


@final
@dataclass(frozen=True)
class SharedError:
    """A localisation error with its 95 % interval, in units of length; 0 where the tracks show none."""

    sigma: float
    low: float
    high: float


@final
@dataclass(frozen=True, eq=False)
class ErrorEvidence:
    """What the likelihood of some pieces of tracks needs, in units of their typical steps.

    Attributes:
        place: (n,) logarithm of each piece's typical step, in coarse spacings.
        q: (n, h, r) quadratic forms over H and the lattice of rho, in single precision.
        log_det: (n, h, r) of the covariance, all axes together.
        size: (n,) increments of each piece in all axes.
        tracks: from how many tracks the pieces are.
    """

    place: IntArray
    q: FloatArray
    log_det: FloatArray
    size: IntArray
    tracks: int

    def __len__(self) -> int:
        return len(self.place)

    def thinned(self, most: int) -> Self:
        """At most so many pieces, evenly over all."""
        if len(self) <= most:
            return self
        some = np.linspace(0, len(self) - 1, most).astype(np.int64)
        return type(self)(self.place[some], self.q[some], self.log_det[some], self.size[some], self.tracks)


def merged(parts: Sequence[ErrorEvidence]) -> ErrorEvidence:
    """The evidence of several chunks of tracks together; at most MOST_IN_ALL pieces are kept, evenly."""
    share = max(1, MOST_IN_ALL // max(1, len(parts)))
    kept = [part.thinned(share) if sum(map(len, parts)) > MOST_IN_ALL else part for part in parts]
    place, q, log_det, size = (
        np.concatenate([getattr(part, name) for part in kept]) for name in ("place", "q", "log_det", "size")
    )
    return ErrorEvidence(place, q, log_det, size, sum(part.tracks for part in parts))


def shared_error(evidence: ErrorEvidence) -> SharedError | None:
    """The most likely shared error; None where fewer than FEW tracks have a say, or where they do not tell it.

    They tell it where its variance is known to a tenth of that of a usual step: then alpha of a track is bent by it
    less than the track's own uncertainty.
    """
    if evidence.tracks < FEW or len(evidence) == 0:
        return None
    ratio = round(_COARSE / _FINE)
    # no error is larger than what the stillest pieces allow
    first = int(np.quantile(evidence.place, 0.1)) * ratio + _LEAST
    last = int(np.quantile(evidence.place, 0.5)) * ratio + _MOST_STEPS
    curve: dict[int, float] = {}
    weights: FloatArray | None = None
    for spacing in (_FIRST_LOOK, 1):
        best = max(curve, key=curve.__getitem__) if curve else None
        around = range(first, last + 1, spacing) if best is None else range(best - _FIRST_LOOK, best + _FIRST_LOOK + 1)
        for error in around:
            if first <= error <= last and error not in curve:
                curve[error], weights = _profile(evidence, error, weights)
    found = _maximum(curve, first)
    usual = np.exp(_COARSE * float(np.median(evidence.place)))
    return found if found.high**2 - found.low**2 <= _TOLD * usual**2 else None


def _maximum(curve: dict[int, float], first: int) -> SharedError:
    """The error at the top of the log-likelihood over lattice points, and where it has fallen by chi²(1) / 2."""
    lattice = np.array(sorted(curve))
    values = np.array([curve[error] for error in lattice])
    fine = np.arange(first, lattice[-1] + 1e-9, 0.01)
    smooth = PchipInterpolator(lattice, values)(fine)
    likely = fine[smooth > values.max() - _DROP]
    top = int(values.argmax())
    best = float(lattice[top])
    if 0 < top < len(lattice) - 1 and lattice[top + 1] - lattice[top] == lattice[top] - lattice[top - 1]:
        before, here, after = values[top - 1 : top + 2]
        best += 0.5 * (before - after) / (before - 2 * here + after) * (lattice[top + 1] - lattice[top])
    low = 0.0 if likely[0] <= first else float(np.exp(_FINE * likely[0]))
    return SharedError(float(np.exp(_FINE * best)) if top else 0.0, low, float(np.exp(_FINE * likely[-1])))


def _profile(evidence: ErrorEvidence, error: int, weights: FloatArray | None) -> tuple[float, FloatArray]:
    """Log-likelihood of log sigma = error · spacing, maximised over how H and s are spread; and that spread."""
    low, high = int(evidence.place.min()) + _SCALES[0], int(evidence.place.max()) + _SCALES[-1]
    likelihood = np.zeros((len(evidence), high - low + 1, evidence.q.shape[1]), dtype=np.float32)
    peak = np.empty(len(evidence))
    for at in range(0, len(evidence), _TOGETHER):
        some = slice(at, at + _TOGETHER)
        log_p = _log_likelihood(evidence, some, error)
        peak[some] = log_p.max(axis=(1, 2))
        columns = evidence.place[some, None] + _SCALES - low
        rows = np.arange(len(evidence))[some, None]
        likelihood[rows, columns] = np.exp(np.maximum(log_p - peak[some, None, None], -60))
    flat = likelihood.reshape(len(evidence), -1)
    used = np.flatnonzero(flat.max(axis=0) > 0)
    flat = np.ascontiguousarray(flat[:, used])
    start = np.full(len(used), 1 / len(used)) if weights is None else weights[used] + 0.01 / len(used)
    spread = start / start.sum()
    for _ in range(_ROUNDS):
        mixture = flat @ spread.astype(np.float32)
        spread = spread * ((1 / mixture) @ flat) / len(evidence)
    mixture = (flat @ spread.astype(np.float32)).astype(np.float64)
    found = np.zeros(likelihood[0].size)
    found[used] = spread
    return float(np.sum(np.log(mixture) + peak)), found


def _log_likelihood(evidence: ErrorEvidence, some: slice, error: int) -> FloatArray:
    """(pieces, scales, h) logarithm of the likelihood at each s and H; ratios above the prior's are impossible."""
    ratio = error - round(_COARSE / _FINE) * (evidence.place[some, None] + _SCALES) - _RATIOS[0]
    at = np.clip(ratio, 0, len(_RATIOS) - 1)
    rows = np.arange(len(evidence))[some, None]
    log_s2 = 2 * _COARSE * _SCALES[:, None]
    log_p = -0.5 * (
        evidence.log_det[rows, :, at]
        + evidence.size[some, None, None] * log_s2
        + evidence.q[rows, :, at] * np.exp(-log_s2, dtype=np.float32)
    )
    log_p[ratio >= len(_RATIOS)] = _NEVER
    return np.asarray(log_p, dtype=np.float64)


def error_evidence(
    tracks: Tracks, time: Clock, rows: IntArray, *, blur: float, drift: bool, chunks: int = 1
) -> ErrorEvidence:
    """What the tracks at `rows` say about an error that all tracks share; they are one of so many `chunks`."""
    most = max(1, min(MOST, MOST_IN_ALL // chunks))
    first, track, length = _thinned(*_pieces(tracks, rows), most)
    found = [nothing()]
    for positions in np.unique(length):
        some = np.flatnonzero(length == positions)
        watched = Observation(_hurst(), np.exp(_FINE * _RATIOS), blur, drift)
        for at in range(0, len(some), _TOGETHER):
            part = some[at : at + _TOGETHER]
            found.append(_of_pieces(stretches(tracks, first[part], track[part], int(positions), time.dt), watched))
    whole = merged(found)
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


def _of_pieces(part: Segments, watched: Observation) -> ErrorEvidence:
    """The evidence of pieces of one length, each rescaled to the lattice point next to its typical step."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        log_step = 0.5 * np.log(np.mean(part.displacements**2, axis=(1, 2)))
    moving = np.flatnonzero(np.isfinite(log_step))
    part, place = part.take(moving), np.round(log_step[moving] / _COARSE).astype(np.int64)
    if len(moving) == 0:
        return nothing()
    scaled = part.displacements / np.exp(_COARSE * place)[:, None, None]
    forms = watched.forms(replace(part, displacements=scaled, errors=None))
    sound = np.flatnonzero(np.isfinite(forms.q).all(axis=(0, 1)))
    q, log_det = (_by_piece(forms.q[:, :, sound]), _by_piece(forms.log_det[:, :, forms.pattern[sound]]))
    return ErrorEvidence(place[sound], q, log_det, np.full(len(sound), forms.size, dtype=np.int64), 0)


def _hurst() -> FloatArray:
    """(h,) values of H that tracks may have; towards 0 the increments of the motion become those of its error."""
    hurst = direct(PIECE, "unknown").hurst[:, 0]
    return np.asarray(hurst[hurst > _LEAST_HURST])


def _by_piece(values: FloatArray) -> FloatArray:
    """(n, h, r) in single precision from (h, r, n)."""
    return np.asarray(np.ascontiguousarray(np.moveaxis(values, -1, 0), dtype=np.float32))


def nothing() -> ErrorEvidence:
    """Of no tracks."""
    none = np.zeros(0, dtype=np.int64)
    empty = _by_piece(np.zeros((len(_hurst()), len(_RATIOS), 0)))
    return ErrorEvidence(none, empty, empty, none, 0)
