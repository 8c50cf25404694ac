"""The localisation error that all tracks share: the maximum of their joint likelihood.

Every track keeps an H and a scale s of its own; how these are spread over the tracks is left free and found along
with the error (the mixing distribution that maximises the likelihood: Kiefer & Wolfowitz, Ann. Math. Statist. 27, 887,
1956). With the prior of a single track in its place the estimate would be biased for short tracks, however many there
are.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import Final, Self, final

import numpy as np
from scipy.interpolate import PchipInterpolator

from perrin.estimate.exact.error_evidence import FINE, RATIOS, ErrorEvidence
from perrin.types import FloatArray, IntArray

FEW: Final = 10
"""Tracks below which no common error is looked for."""

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
_TOGETHER: Final = 64
_ROUNDS: Final = 60
_DROP: Final = 1.92
_TOLD: Final = 0.1
_NEVER: Final = -1e4


@final
@dataclass(frozen=True)
class PooledError:
    """A localisation error with its 95 % interval, in units of length; 0 where the tracks show none."""

    sigma: float
    low: float
    high: float

    def __post_init__(self) -> None:
        if not all(0 <= value < np.inf for value in (self.low, self.sigma, self.high)):
            raise ArithmeticError(
                f"the shared localization error was estimated as {self.sigma} ({self.low} to {self.high})"
            )


def pooled_error(evidence: ErrorEvidence) -> PooledError | None:
    """The most likely shared error; None where fewer than FEW tracks have a say, or where they do not tell it.

    They tell it where its variance is known to a tenth of that of a usual step: then alpha of a track is bent by it
    less than the track's own uncertainty.
    """
    if evidence.tracks < FEW or len(evidence) == 0:
        return None
    unit = float(np.quantile(evidence.log_step, 0.5, method="lower"))
    found = _pooled_in_steps(_LatticeEvidence.of(evidence, unit))
    return None if found is None else PooledError(*(float(np.exp(unit)) * value for value in astuple(found)))


@final
@dataclass(frozen=True, eq=False)
class _LatticeEvidence:
    """Evidence on a lattice of log s, which begins at the usual step of the tracks: no unit of length moves it.

    Attributes:
        place: (n,) logarithm of each piece's typical step, in coarse spacings.
        q, log_det, size: as in `ErrorEvidence`, q in units of the place.
    """

    place: IntArray
    q: FloatArray
    log_det: FloatArray
    size: IntArray

    @classmethod
    def of(cls, evidence: ErrorEvidence, unit: float) -> Self:
        order = np.argsort(evidence.log_step, kind="stable")  # sums in single precision know no other order
        step = evidence.log_step[order] - unit
        place = np.round(step / _COARSE).astype(np.int64)
        q = evidence.q[order] * np.exp(2 * (step - _COARSE * place)).astype(np.float32)[:, None, None]
        return cls(place, q, evidence.log_det[order], evidence.size[order])

    def __len__(self) -> int:
        return len(self.place)


def _pooled_in_steps(evidence: _LatticeEvidence) -> PooledError | None:
    """`pooled_error` in units of the usual step."""
    ratio = round(_COARSE / FINE)
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


def _maximum(curve: dict[int, float], first: int) -> PooledError:
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
    low = 0.0 if likely[0] <= first else float(np.exp(FINE * likely[0]))
    return PooledError(float(np.exp(FINE * best)) if top else 0.0, low, float(np.exp(FINE * likely[-1])))


def _profile(evidence: _LatticeEvidence, error: int, weights: FloatArray | None) -> tuple[float, FloatArray]:
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


def _log_likelihood(evidence: _LatticeEvidence, some: slice, error: int) -> FloatArray:
    """(pieces, scales, h) logarithm of the likelihood at each s and H; ratios above the prior's are impossible."""
    ratio = error - round(_COARSE / FINE) * (evidence.place[some, None] + _SCALES) - RATIOS[0]
    at = np.clip(ratio, 0, len(RATIOS) - 1)
    rows = np.arange(len(evidence))[some, None]
    log_s2 = 2 * _COARSE * _SCALES[:, None]
    log_p = -0.5 * (
        evidence.log_det[rows, :, at]
        + evidence.size[some, None, None] * log_s2
        + evidence.q[rows, :, at] * np.exp(-log_s2, dtype=np.float32)
    )
    log_p[ratio >= len(RATIOS)] = _NEVER
    return np.asarray(log_p, dtype=np.float64)
