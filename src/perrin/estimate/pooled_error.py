"""The localisation error that all tracks share: the maximum of their joint likelihood.

Every track keeps an H of its own, H ~ U(0, 1), and a scale s of its own; how the scales are spread over the tracks is
left free and found along with the error (the mixing distribution that maximises the likelihood: Kiefer & Wolfowitz,
Ann. Math. Statist. 27, 887, 1956). With a fixed flat prior of log s the estimate would be biased for short tracks,
however many there are. Tracks are looked at in pieces, since the error shows at short lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from scipy.interpolate import CubicSpline

from perrin.estimate.cells import direct
from perrin.estimate.likelihood import RHO_RANGE, Forms, Observation
from perrin.represent import Clock, Segments, stretches
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

PIECE: Final = 32
"""Positions in a piece of a track; longer pieces add next to nothing about the error."""
SHORTEST: Final = 8
MOST: Final = 128
"""Pieces of one chunk that are looked at, evenly over its tracks."""
FEW: Final = 10
"""Tracks below which no common error is looked for."""

_FINE: Final = 0.1
"""Spacing of the lattice of log sigma, and of log rho."""
_COARSE: Final = 0.2
"""Spacing of log s; typical steps are rounded to it."""
_ERRORS: Final = np.arange(-40, 13)
"""Lattice of log sigma about a piece's typical step: from 1/50 of it to three times it."""
_SCALES: Final = np.arange(-20, 9)
"""Lattice of log s about it."""
_RATIOS: Final = np.arange(round(float(np.log(RHO_RANGE[0])) / _FINE), round(float(np.log(RHO_RANGE[1])) / _FINE) + 1)
"""Lattice of log rho; smaller ratios are as the smallest one."""
_TOGETHER: Final = 64
_ROUNDS: Final = 60
_DROP: Final = 1.92
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
    """The likelihood of some pieces of tracks, H marginalised.

    Attributes:
        place: (n,) logarithm of each piece's typical step, in coarse spacings.
        log_likelihood: (n, errors, scales) over log sigma and log s, on lattices about that step.
        size: (n,) increments of each piece in all axes.
        tracks: from how many tracks the pieces are.
    """

    place: IntArray
    log_likelihood: FloatArray
    size: IntArray
    tracks: int


def merged(parts: Sequence[ErrorEvidence]) -> ErrorEvidence:
    """The evidence of several chunks of tracks together."""
    return ErrorEvidence(
        np.concatenate([part.place for part in parts]),
        np.concatenate([part.log_likelihood for part in parts]),
        np.concatenate([part.size for part in parts]),
        sum(part.tracks for part in parts),
    )


def shared_error(evidence: ErrorEvidence) -> SharedError | None:
    """The most likely shared error; None where fewer than FEW tracks have a say."""
    if evidence.tracks < FEW or len(evidence.place) == 0:
        return None
    ratio = round(_COARSE / _FINE)
    # no error is larger than what the stillest pieces allow
    first = int(np.quantile(evidence.place, 0.1)) * ratio + _ERRORS[0]
    last = int(np.quantile(evidence.place, 0.5)) * ratio + _ERRORS[-1]
    lattice = np.arange(first, last + 1)
    weights: FloatArray | None = None
    curve = np.empty(len(lattice))
    for i, error in enumerate(lattice):
        curve[i], weights = _profile(evidence, int(error), weights)
    fine = np.arange(0, len(lattice) - 1 + 1e-9, 0.01)
    smooth = CubicSpline(np.arange(len(lattice)), curve)(fine)
    best = int(smooth.argmax())
    likely = np.flatnonzero(smooth > smooth[best] - _DROP)
    sigma = np.exp(_FINE * (first + fine))
    none = likely[0] == 0
    return SharedError(
        0.0 if best == 0 else float(sigma[best]), 0.0 if none else float(sigma[likely[0]]), float(sigma[likely[-1]])
    )


def _profile(evidence: ErrorEvidence, error: int, weights: FloatArray | None) -> tuple[float, FloatArray]:
    """Log-likelihood of log sigma = error · spacing, maximised over how scales are spread; and that spread."""
    ratio = round(_COARSE / _FINE)
    at = error - ratio * evidence.place - _ERRORS[0]
    beyond = np.maximum(at - (len(_ERRORS) - 1), 0)
    here = evidence.log_likelihood[np.arange(len(at)), np.clip(at, 0, len(_ERRORS) - 1)]
    low, high = int(evidence.place.min()) + _SCALES[0], int(evidence.place.max()) + _SCALES[-1]
    peak = here.max(axis=1)
    likelihood = np.zeros((len(at), high - low + 1), dtype=np.float32)
    columns = evidence.place[:, None] + _SCALES - low
    likelihood[np.arange(len(at))[:, None], columns] = np.exp(np.maximum(here - peak[:, None], -60))
    if weights is None:
        weights = np.full(likelihood.shape[1], 1 / likelihood.shape[1])
    weights = 0.99 * weights + 0.01 / len(weights)
    for _ in range(_ROUNDS):
        mixture = likelihood @ weights.astype(np.float32)
        weights = weights * ((1 / mixture) @ likelihood) / len(at)
    mixture = (likelihood @ weights.astype(np.float32)).astype(np.float64)
    total = np.sum(np.log(mixture) + peak - evidence.size * _FINE * beyond)
    return float(total), weights


def error_evidence(tracks: Tracks, time: Clock, rows: IntArray, *, blur: float, drift: bool) -> ErrorEvidence:
    """What the tracks at `rows` say about an error that all tracks share."""
    first, track, length = _thinned(*_pieces(tracks, rows))
    found = [nothing()]
    for positions in np.unique(length):
        some = np.flatnonzero(length == positions)
        cells = direct((int(positions) - 1 - drift) * tracks.dimension, "unknown")
        watched = Observation(cells.hurst[:, 0], np.exp(_FINE * _RATIOS), blur, drift)
        for at in range(0, len(some), _TOGETHER):
            part = some[at : at + _TOGETHER]
            piece = stretches(tracks, first[part], track[part], int(positions), time.dt)
            found.append(_of_pieces(piece, watched, cells.log_prior[:, 0, 0]))
    whole = merged(found)
    return ErrorEvidence(whole.place, whole.log_likelihood, whole.size, len(np.unique(track)))


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


def _thinned(first: IntArray, track: IntArray, length: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """At most MOST pieces, evenly over all."""
    some = np.unique(np.linspace(0, len(first) - 1, MOST).astype(np.int64)) if len(first) > MOST else slice(None)
    return first[some], track[some], length[some]


def _of_pieces(part: Segments, watched: Observation, log_prior: FloatArray) -> ErrorEvidence:
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
    forms = forms.take(sound)
    size = np.full(len(sound), forms.size, dtype=np.int64)
    return ErrorEvidence(place[sound], _likelihood(forms, log_prior), size, 0)


def nothing() -> ErrorEvidence:
    """Of no tracks."""
    none = np.zeros(0, dtype=np.int64)
    return ErrorEvidence(none, np.zeros((0, len(_ERRORS), len(_SCALES)), dtype=np.float32), none, 0)


def _likelihood(forms: Forms, log_prior: FloatArray) -> FloatArray:
    """(n, errors, scales) log-likelihood of each piece, H marginalised."""
    n = forms.q.shape[-1]
    log_det = forms.log_det[:, :, forms.pattern] if forms.log_det.shape[-1] > 1 else forms.log_det
    base = log_prior[:, None, None] - 0.5 * log_det
    found = np.full((n, len(_ERRORS), len(_SCALES)), _NEVER, dtype=np.float32)
    for column, scale in enumerate(_SCALES):
        log_s2 = 2 * _COARSE * scale
        ratio = np.maximum(_ERRORS - round(_COARSE / _FINE) * scale - _RATIOS[0], 0)
        rows = np.flatnonzero(ratio < len(_RATIOS))
        log_p = base[:, ratio[rows]] - 0.5 * (forms.size * log_s2 + forms.q[:, ratio[rows]] * np.exp(-log_s2))
        peak = log_p.max(axis=0)
        found[:, rows, column] = (peak + np.log(np.exp(np.maximum(log_p - peak, -60)).sum(axis=0))).T
    return np.asarray(found)
