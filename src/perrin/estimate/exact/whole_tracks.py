"""One law for each whole track: tracks of all lengths, shared work where tracks are regular, blocks where long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np

from perrin.estimate.exact.goodness_of_fit import Block, FittedMotion, goodness_of_fit
from perrin.estimate.exact.inference import infer, infer_blocks, infer_regular
from perrin.estimate.exact.likelihood import QuadraticForms, joined_forms
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.rescaled_windows import typical_step
from perrin.estimate.exact.stationary import stationary_forms
from perrin.estimate.motion_parameters import MotionParameters, StringArray
from perrin.features import Clock, Windows, cut_windows
from perrin.problems import cause_of
from perrin.result import status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

BLOCK: Final = 512
"""Whole tracks of more increments are taken in blocks of about this many, independent given the law."""

_MANY: Final = 8
"""About so many tracks of one length are worth matrices of their own."""
_CELLS: Final = 300_000
"""Cells of posteriors that are held at once: few enough to stay in the cache."""


@final
@dataclass(frozen=True)
class WholeTrackParameters:
    """The laws of all tracks, and what is to be said of some of them.

    Attributes:
        parameters: one a track.
        neglected: (n_tracks,) where a known error was neglected.
        reasons: what is off, where the fit is bad.
        untested: why the fit could not be tested, where it could not.
    """

    parameters: MotionParameters
    neglected: BoolArray
    reasons: dict[int, str] = field(default_factory=dict)
    untested: dict[int, str] = field(default_factory=dict)


@final
@dataclass(frozen=True)
class WholeTracks:
    """Tracks and how they were observed.

    `grids` gives the grids for a number of increments in all axes; `test_fit` is whether the fit is tested as well.
    """

    tracks: Tracks
    time: Clock
    errors: LocalizationError
    grids: Callable[[int], MotionModel]
    test_fit: bool = True

    def estimate(self, outcome: StringArray) -> WholeTrackParameters:
        """The law of every track whose `outcome` is ok; the others keep their status."""
        found = WholeTrackParameters(MotionParameters.empty(len(self.tracks)), np.zeros(len(self.tracks), dtype=bool))
        found.parameters.status[:] = outcome
        lengths = self.tracks.lengths
        good = np.flatnonzero(outcome == status.OK)
        forms = self._shared_forms(good)
        for length in np.unique(lengths[good]):
            alike = self._by_pattern(good[lengths[good] == length])
            grids = self._grids(int(length))
            for rows in portions(alike, grids.n_cells):
                if length - 1 > BLOCK:
                    for row in rows:
                        self._in_blocks(grids, int(row), forms, found)
                else:
                    self._in_one_block(grids, rows, forms, found)
        return found

    def _by_pattern(self, rows: IntArray) -> IntArray:
        """The tracks of one length, those with the same times next to each other: they share matrices."""
        if ((self.time.gaps[rows] == 0) & self.time.regular[rows]).all():
            return rows
        patterns = self._as_windows(rows).patterns[1]
        return rows[np.argsort(patterns, kind="stable")]

    def _grids(self, length: int) -> MotionModel:
        return self.grids((length - 1) * self.tracks.dimension)

    def _in_one_block(
        self, model: MotionModel, rows: IntArray, forms: dict[int, QuadraticForms], whole: WholeTrackParameters
    ) -> None:
        """Tracks of one length in one block each: those with shared factors, then the others."""
        shared = np.array([int(row) in forms for row in rows])
        regular = self.time.regular[rows] & (self.time.gaps[rows] == 0) & ~shared
        if self.errors.stated:
            regular[:] = False
        for kind in (shared, regular, ~shared & ~regular):
            if not kind.any():
                continue
            some = rows[kind]
            part = self._as_windows(some)
            if kind is regular:
                points = infer_regular(model, part, whole.parameters, some)
            else:
                ready = _stacked_forms([forms[int(row)] for row in some]) if kind is shared else None
                points = infer(model, part, whole.parameters, some, ready)
            whole.neglected[some] = points.neglected
            if self.test_fit:
                for i, block in enumerate(self._blocks([part])):
                    self._test([block], points.fitted_motion(i, model), int(some[i]), whole)

    def _in_blocks(
        self, model: MotionModel, row: int, forms: dict[int, QuadraticForms], whole: WholeTrackParameters
    ) -> None:
        """A track beyond one block."""
        parts = list(_cut(self.tracks, row, self.time.dt))
        points = infer_blocks(model, parts, whole.parameters, np.array([row]), forms.get(row))
        whole.neglected[row] = points.neglected[0]
        if self.test_fit:
            self._test(self._blocks(parts), points.fitted_motion(0, model), row, whole)

    def _blocks(self, parts: Sequence[Windows]) -> list[Block]:
        """Windows one by one, for the test of the fit."""
        return [
            Block(*each)
            for part in parts
            for each in zip(part.steps, part.displacements, self.errors.profile(part), strict=True)
        ]

    def _test(self, blocks: Sequence[Block], fitted: FittedMotion, row: int, whole: WholeTrackParameters) -> None:
        if whole.parameters.status[row] == status.OK:
            try:
                fit = goodness_of_fit(blocks, fitted)
            except Exception as error:  # the law of the track does not depend on it
                whole.untested[row] = cause_of(error)
                return
            whole.parameters.fit_p[row] = fit.p
            whole.reasons[row] = fit.reason

    def _as_windows(self, rows: IntArray) -> Windows:
        first = self.tracks.offsets[:-1][rows]
        return cut_windows(self.tracks, first, rows, int(self.tracks.lengths[rows[0]]), self.time.dt)

    def _shared_forms(self, rows: IntArray) -> dict[int, QuadraticForms]:
        """Quadratic forms of tracks without gaps, of all lengths together, where all coordinates have the same error.

        Lengths that many tracks have are left to the matrices of their own that those tracks share.
        """
        if self.errors.stated or self.errors.axes:
            return {}
        regular = rows[self.time.regular[rows] & (self.time.gaps[rows] == 0)]
        lengths = self.tracks.lengths[regular]
        rare = np.bincount(lengths, minlength=1)[lengths] < _MANY + lengths / 16
        # matrices of their own interpolate otherwise where there is no error: no other track may decide on them
        rare &= not (len(regular) and self._grids(int(lengths[0])).noise_free)
        regular = regular[rare | (lengths - 1 > BLOCK)]
        classes: dict[int, list[int]] = {}
        for row in regular.tolist():
            classes.setdefault(len(self._grids(int(self.tracks.lengths[row])).nodes.values), []).append(row)
        forms: dict[int, QuadraticForms] = {}
        for members in classes.values():
            forms |= self._stationary(members)
        return forms

    def _stationary(self, rows: list[int]) -> dict[int, QuadraticForms]:
        """Quadratic forms of regular tracks whose grids share their nodes of H; long ones as sums of their blocks."""
        pieces: list[FloatArray] = []
        owner: list[int] = []
        for row in rows:
            steps = np.diff(self.tracks.positions[slice(*self.tracks.offsets[row : row + 2])], axis=0)
            scaled = steps / typical_step(steps.reshape(1, -1, 1))[0]
            blocks = _in_block_steps(scaled)
            pieces.extend(blocks)
            owner.extend([row] * len(blocks))
        observation = self._grids(int(self.tracks.lengths[rows[0]])).likelihood
        found: dict[int, list[QuadraticForms]] = {row: [] for row in rows}
        for row, form in zip(owner, stationary_forms(observation, pieces), strict=True):
            found[row].append(form)
        return {row: forms[0] if len(forms) == 1 else joined_forms(forms) for row, forms in found.items()}


def _in_block_steps(steps: FloatArray) -> list[FloatArray]:
    """The increments of a track in blocks, as `_cut` makes them."""
    size = _block_size(len(steps))
    return [steps[start : start + size] for start in range(0, len(steps), size)]


def _block_size(increments: int) -> int:
    """Increments in a block: the track in the least number of blocks, nearly equal; the last may be shorter."""
    return -(-increments // -(-increments // BLOCK))


def _stacked_forms(forms: Sequence[QuadraticForms]) -> QuadraticForms:
    """Quadratic forms of regular tracks of one length, which share their determinants, as one."""
    q = np.concatenate([f.q for f in forms], axis=-1)
    return QuadraticForms(q, forms[0].log_det, np.zeros(len(forms), dtype=np.int64), forms[0].size)


def portions(rows: IntArray, cells: int) -> Iterator[IntArray]:
    """`rows` in portions whose posteriors of `cells` grid points each fit into memory."""
    size = max(1, _CELLS // cells)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _cut(tracks: Tracks, row: int, dt: FloatArray) -> Iterator[Windows]:
    """A long track as windows that share their end points; all but the last have the same length."""
    increments = int(tracks.lengths[row]) - 1
    size = _block_size(increments)
    start = int(tracks.offsets[row])
    first = start + size * np.arange(increments // size)
    yield cut_windows(tracks, first, np.full(len(first), row), size + 1, dt)
    rest = increments - size * len(first)
    if rest:
        last = np.array([start + increments - rest])
        yield cut_windows(tracks, last, np.array([row]), rest + 1, dt)
