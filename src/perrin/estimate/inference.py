"""From increments to numbers: likelihood, posterior, immobility, and what is written into `Laws`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self, final

import numpy as np

from perrin.estimate.cells import SHORT, Cells, around, direct, whole_prior
from perrin.estimate.clean import clean_stretches
from perrin.estimate.goodness_of_fit import Block, Law
from perrin.estimate.laws import Laws
from perrin.estimate.likelihood import Forms, HurstNodes, Observation, joint, rho_nodes
from perrin.estimate.localisation_error import LocalisationError
from perrin.estimate.posterior import Posterior, known_error, scale_free
from perrin.estimate.shared import SharedPosterior, shared_posterior
from perrin.estimate.stillness import stillness
from perrin.estimate.straight import straight_stretches
from perrin.represent import Segments
from perrin.result import status
from perrin.types import BoolArray, FloatArray, IntArray

IMMOBILE_EVIDENCE: Final = 3.0
"""Log Bayes factor of no motion against motion above which a track counts as immobile."""

_LEAST_ERROR: Final = 1e-3
"""Known errors below this part of the typical step are raised to it; they are then neglected anyway."""

_HARDLY_MOVING: Final = float(np.log(2))
"""Mean log rho above which no motion at all is considered: evidence for that comes with rho near its upper end."""

_STEPS_IN_ERRORS: Final = 1e4
"""A typical step of so many errors leaves nothing of their effect."""

_SAFE: Final = 1e-100
"""Squares beyond this or its inverse are on their way out of arithmetic."""

_ZERO_SIGMA_DROP: Final = 1.92
"""Fall of the log-likelihood at sigma = 0 below which the data are compatible with no error at all (chi², 95 %)."""


@final
@dataclass(frozen=True)
class MostProbable:
    """The most probable point of each posterior, where the fit is tested."""

    hurst: FloatArray
    s2: FloatArray
    rho: FloatArray
    neglected: BoolArray

    @classmethod
    def empty(cls, n: int) -> Self:
        """Room for n stretches."""
        return cls(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool))

    def put(self, rows: IntArray, points: tuple[FloatArray, FloatArray, FloatArray]) -> None:
        """Write (H, s², rho) of the stretches at `rows`."""
        for target, values in zip((self.hurst, self.s2, self.rho), points, strict=True):
            target[rows] = values


@final
@dataclass(frozen=True)
class Inference:
    """The steps from increments to numbers in `Laws`, for stretches with `size` increments in all axes.

    `tell_sigma` is whether an unknown localisation error is reported, or only marginalised.
    """

    nodes: HurstNodes
    cells: Cells
    observation: Observation
    errors: LocalisationError
    size: int
    tell_sigma: bool = True

    @classmethod
    def for_windows(
        cls, errors: LocalisationError, size: int, *, regular: bool, alpha: float | None, blur: float, drift: bool
    ) -> Inference:
        """For stretches of one size; where all have the same `regular` times the likelihood is taken at the cells."""
        made = cls.for_tracks(errors, size, alpha=alpha, blur=blur, drift=drift)
        if regular and size <= SHORT and alpha is None:
            cells = direct(size, errors.knowledge)
            rho = np.zeros(0) if errors.knowledge == "none" else np.exp(cells.log_rho[:, 0])
            made = replace(made, cells=cells, observation=replace(made.observation, nodes=cells.hurst[:, 0], rho=rho))
        return replace(made, tell_sigma=False)

    @classmethod
    def for_tracks(
        cls, errors: LocalisationError, size: int, *, alpha: float | None, blur: float, drift: bool
    ) -> Inference:
        """For stretches whose likelihood is known at nodes of H and rho that all sizes share."""
        nodes = HurstNodes.for_size(size) if alpha is None else HurstNodes((alpha / 2,))
        cells = whole_prior(nodes, size, errors.knowledge)
        rho = np.zeros(0) if errors.knowledge == "none" else rho_nodes()
        return cls(nodes, cells, Observation(np.array(nodes.values), rho, blur, drift, errors.axes), errors, size)

    @property
    def alike(self) -> bool:
        """Whether one posterior serves all: the same times, and the same known error."""
        return self.cells.from_nodes is None and self.errors.known and not self.errors.stated

    @property
    def n_cells(self) -> int:
        """Numbers that are held of one posterior."""
        f, r = len(self.cells.hurst), len(self.cells.log_rho)
        return 2 * (f + r) if self.alike else f * r

    def law(self, point: MostProbable, i: int) -> Law:
        """The most probable law of stretch i, for the test of the fit."""
        return Law(
            hurst=float(point.hurst[i]),
            s2=float(point.s2[i]),
            rho=float(point.rho[i]),
            hurst_fixed=self.nodes.fixed,
            sigma_known=self.errors.known and not point.neglected[i],
            blur=self.observation.blur,
            drift=self.observation.drift,
        )

    def block(self, part: Segments, relative: FloatArray | None, i: int) -> Block:
        """Stretch i of `part`, for the test of the fit."""
        m, d = part.displacements.shape[1:]
        scale = np.array(self.observation.axis_scale or (1.0,) * d)
        errors = np.broadcast_to(scale, (m + 1, d)) if relative is None else relative[i]
        return Block(part.steps[i], part.displacements[i], errors)

    def infer(
        self, part: Segments, relative: FloatArray | None, laws: Laws, rows: IntArray, forms: Forms | None = None
    ) -> MostProbable:
        """Write the laws of stretches that stand alone; `forms` of `part` with its steps rescaled, if at hand."""
        scale = typical_step(part.displacements)
        if forms is None:
            forms = self.observation.forms(_rescaled(part, scale), relative)
        return self._finish(forms, np.log(scale), self.errors.sizes(part), [(part, relative)], laws, rows)

    def infer_regular(self, part: Segments, laws: Laws, rows: IntArray) -> MostProbable:
        """The same for stretches one frame a step, where there is no error and nothing else to know."""
        if not self._clean:
            return self.infer(part, None, laws, rows)
        scale = typical_step(part.displacements)
        sound = np.isfinite(scale)
        steps = np.where(sound[:, None, None], part.displacements, 1.0) / np.where(sound, scale, 1.0)[:, None, None]
        frame = _Frame(np.log(np.where(sound, scale, 1.0)), np.log(part.dt), sound, laws, rows)
        points = MostProbable.empty(len(rows))
        for some, posterior in clean_stretches(*steps.shape[1:], self.observation.blur).posteriors(steps):
            frame.report(posterior, some)
            points.put(some, frame.most_probable(posterior, some))
        self._tell_none(laws, rows)
        return points

    @property
    def _clean(self) -> bool:
        return self.errors.knowledge == "none" and not self.observation.drift and not self.nodes.fixed

    def _tell_none(self, laws: Laws, rows: IntArray) -> None:
        """Write a localisation error that was found to be zero, with its bound."""
        if self.errors.interval is not None:
            laws.sigma[rows], (laws.sigma_lo[rows], laws.sigma_hi[rows]) = 0.0, self.errors.interval

    def infer_windows(self, part: Segments, laws: Laws, rows: IntArray) -> None:
        """Write the laws of windows; those without a single step are immobile, those that only drift have none."""
        useful = (part.displacements != 0).any(axis=(1, 2))
        laws.status[rows[~useful]] = status.IMMOBILE
        if self.observation.drift and self.errors.knowledge != "known":
            useful &= ~straight_stretches(part)
        if not useful.all():
            part, rows = part.take(np.flatnonzero(useful)), rows[useful]
        if len(rows) and self.alike:
            self.infer_alike(part, laws, rows)
        elif len(rows) and self.cells.from_nodes is None:
            self.infer_regular(part, laws, rows)
        elif len(rows):
            self.infer(part, self.errors.relative(part), laws, rows)

    def infer_alike(self, part: Segments, laws: Laws, rows: IntArray) -> None:
        """Write the laws of windows that all have the same times and the same known error."""
        sigma = self.errors.typical
        usual = typical_step(part.displacements) < _STEPS_IN_ERRORS * sigma
        for dt in np.unique(part.dt[usual]):
            some = np.flatnonzero(usual & (part.dt == dt))
            here = part if len(some) == len(part) else part.take(some)
            posterior = shared_posterior(
                here.displacements / sigma, part.steps[0], self.observation, self.cells, float(np.log(dt))
            )
            ones = np.ones(len(some))
            frame = _Frame(np.log(sigma) * ones, np.log(dt) * ones, ones > 0, laws, rows[some])
            frame.report(posterior, np.arange(len(some)))
            doubtful = np.flatnonzero(posterior.mean_log_rho > _HARDLY_MOVING)
            still = self._stillness([(here, None)], doubtful)
            motion = posterior.log_evidence[doubtful] - self.size * np.log(sigma)
            _blank(laws, rows[some[doubtful[still - motion > IMMOBILE_EVIDENCE]]])
            usual[some[posterior.faint]] = False
        if not usual.all():
            rest = np.flatnonzero(~usual)
            self.infer(part.take(rest), None, laws, rows[rest])

    def infer_joint(
        self,
        blocks: list[Segments],
        relative: list[FloatArray | None],
        laws: Laws,
        row: IntArray,
        forms: Forms | None = None,
    ) -> MostProbable:
        """Write the law of one long track that comes in blocks; `forms` of its rescaled steps, if at hand."""
        scale = typical_step(np.concatenate([b.displacements.reshape(-1, 1, 1) for b in blocks]).reshape(1, -1, 1))
        size = np.array([np.mean(np.concatenate([self.errors.sizes(b) for b in blocks]))])
        rescaled = []
        for block, errors in zip(blocks, relative, strict=True):
            common = None if errors is None else errors * (self.errors.sizes(block) / size)[:, None, None]
            if forms is None:
                rescaled.append(self.observation.forms(_rescaled(block, np.full(len(block), scale[0])), common))
        whole = joint(rescaled) if forms is None else forms
        return self._finish(whole, np.log(scale), size, list(zip(blocks, relative, strict=True)), laws, row)

    def _finish(
        self, forms: Forms, log_scale: FloatArray, size: FloatArray, parts: list[tuple[Segments, FloatArray | None]],
        laws: Laws, rows: IntArray,
    ) -> MostProbable:  # fmt: skip
        """From quadratic forms of rescaled increments to numbers in the units of the tracks."""
        dt = parts[0][0].dt[: len(rows)]
        sound = np.isfinite(forms.q).all(axis=(0, 1)) & np.isfinite(dt) & np.isfinite(log_scale)
        if not sound.all():
            forms = replace(forms, q=np.where(sound, forms.q, 1.0))
            log_scale, dt = np.where(sound, log_scale, 0.0), np.where(sound, dt, 1.0)
        points = MostProbable.empty(len(rows))
        frame = _Frame(log_scale, np.log(dt), sound, laws, rows)
        if not self.errors.known:
            for some, posterior in self._posteriors(forms, None):
                frame.report(posterior, some, sigma=self.tell_sigma)
                points.put(some, frame.most_probable(posterior, some))
            self._tell_none(laws, rows)
            return points
        floor = np.maximum(size, _LEAST_ERROR * np.exp(log_scale))
        motion, (faint, crowded) = np.empty(len(rows)), np.empty((2, len(rows)), dtype=bool)
        for some, posterior in self._posteriors(forms, np.log(floor) - log_scale):
            frame.report(posterior, some)
            points.put(some, frame.most_probable(posterior, some))
            motion[some] = posterior.log_evidence
            faint[some], crowded[some] = posterior.faint, posterior.mean_log_rho > _HARDLY_MOVING
        low, high = self.errors.bounds(size)
        laws.put(rows, status.OK, sigma=size, sigma_lo=low, sigma_hi=high)
        laws.status[rows[~sound]] = status.FAILED
        doubtful = np.flatnonzero(crowded & sound)
        still = self._stillness(parts, doubtful)
        motionless = doubtful[still - (motion - forms.size * log_scale)[doubtful] > IMMOBILE_EVIDENCE]
        self._neglect_error(forms, np.flatnonzero(faint & sound), frame, points)
        _blank(laws, rows[motionless])
        return points

    def _stillness(self, parts: list[tuple[Segments, FloatArray | None]], some: IntArray) -> FloatArray:
        """Log-likelihood of no motion at all for some stretches, or for the only one that comes in parts."""
        if len(some) == 0:
            return np.zeros(0)
        if len(parts) == 1 and len(parts[0][0]) >= len(some):
            part, relative = parts[0]
            return self._still(part.take(some), None if relative is None else relative[some])
        return np.array([sum(float(self._still(*part).sum()) for part in parts)])

    def _still(self, part: Segments, relative: FloatArray | None) -> FloatArray:
        n, m, d = part.displacements.shape
        scale = np.array(self.observation.axis_scale or (1.0,) * d)
        errors = np.broadcast_to(scale, (n, m + 1, d)) if relative is None else relative
        size = np.maximum(self.errors.sizes(part), _LEAST_ERROR * typical_step(part.displacements))
        return stillness(part, errors * size[:, None, None], drift=self.observation.drift)

    def _posteriors(self, forms: Forms, log_sigma: FloatArray | None) -> Iterator[tuple[IntArray, Posterior]]:
        """Posteriors of some of the stretches at a time, on cells as fine as they need."""
        first = _solve(forms, self.cells, log_sigma)
        if self.size <= SHORT:
            yield np.arange(len(forms.pattern)), first
            return
        for rows, cells in around(first, self.nodes):
            yield rows, _solve(forms.take(rows), cells, None if log_sigma is None else log_sigma[rows])

    def _neglect_error(self, forms: Forms, some: IntArray, frame: _Frame, points: MostProbable) -> None:
        """Stretches whose error is too small to matter get a free scale, the error at the lowest ratio."""
        if len(some) == 0:
            return
        lowest = int(np.argmin(self.observation.rho))
        low = slice(lowest, lowest + 1)
        part = forms.take(some)
        clean = Forms(part.q[:, low], part.log_det[:, low], part.pattern, part.size)
        clear = replace(self, cells=self.cells.without_error())
        for rows, posterior in clear._posteriors(clean, None):
            frame.report(posterior, some[rows])
            points.put(some[rows], frame.most_probable(posterior, some[rows]))
        points.rho[some] = 0.0
        points.neglected[some] = True


@final
@dataclass(frozen=True)
class _Frame:
    """What turns numbers of rescaled stretches into those of the tracks, and where they are written."""

    log_scale: FloatArray
    log_dt: FloatArray
    sound: BoolArray
    laws: Laws
    rows: IntArray

    def report(self, posterior: Posterior | SharedPosterior, some: IntArray, *, sigma: bool = False) -> None:
        """Write alpha, D, D_frame (and sigma) of the stretches `some`."""
        log_scale, log_dt, rows = self.log_scale[some], self.log_dt[some], self.rows[some]
        hurst, low, high = posterior.hurst
        # D = s² / (2 dt^2H); D_frame = s² / (2 dt)
        shift = 2 * log_scale - np.log(2)
        mean, lo, hi = (value + shift for value in posterior.log_d(log_dt))
        values = {
            "alpha": 2 * hurst, "alpha_lo": 2 * low, "alpha_hi": 2 * high,
            "D": np.exp(mean), "D_lo": np.exp(lo), "D_hi": np.exp(hi),
            "D_frame": np.exp(posterior.mean_log_s2 + shift - log_dt),
        }  # fmt: skip
        if sigma and isinstance(posterior, Posterior) and len(posterior.cells.log_rho) > 1:
            values |= _sigma_summary(posterior, log_scale)
        sound = self.sound[some] & np.all([np.isfinite(v) for v in values.values()], axis=0) & (values["D"] > 0)
        self.laws.put(rows, status.OK, **values)
        if not sound.all():
            self.laws.status[rows[~sound]] = status.FAILED
            for name in values:
                getattr(self.laws, name)[rows[~sound]] = np.nan

    def most_probable(self, posterior: Posterior, some: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(H, s², rho) of the stretches `some`."""
        hurst, log_s2, rho = posterior.peak()
        ratio = np.zeros(len(some))
        if len(posterior.cells.log_rho) > 1:
            here = np.broadcast_to(posterior.cells.log_rho, (len(posterior.cells.log_rho), len(some)))
            ratio = np.exp(here[rho, np.arange(len(some))])
        return hurst, np.exp(log_s2 + 2 * self.log_scale[some]), ratio


def _solve(forms: Forms, cells: Cells, log_sigma: FloatArray | None) -> Posterior:
    return scale_free(forms, cells) if log_sigma is None else known_error(forms, cells, log_sigma)


def typical_step(displacements: FloatArray) -> FloatArray:
    """(n,) root mean square increment, to keep numbers near 1 in any unit."""
    flat = displacements.reshape(len(displacements), -1)
    mean_square = np.einsum("ni,ni->n", flat, flat) / flat.shape[1]
    if mean_square.min(initial=np.inf) > _SAFE and mean_square.max(initial=0.0) < 1 / _SAFE:
        return np.asarray(np.sqrt(mean_square))
    largest = np.abs(flat).max(axis=1)
    largest = np.where(largest > 0, largest, 1.0)
    typical: FloatArray = largest * np.sqrt(np.maximum(np.mean((flat / largest[:, None]) ** 2, axis=1), 1e-30))
    return typical


def _rescaled(part: Segments, scale: FloatArray) -> Segments:
    return replace(part, displacements=part.displacements / scale[:, None, None])


def _blank(laws: Laws, rows: IntArray) -> None:
    """Immobile: the motion has no law."""
    nothing = np.full(len(rows), np.nan)
    names = ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame")
    laws.put(rows, status.IMMOBILE, **dict.fromkeys(names, nothing))


def _sigma_summary(posterior: Posterior, log_scale: FloatArray) -> dict[str, FloatArray]:
    """Localisation error; its lower end is 0 where the data are compatible with none at all."""
    mean, lo, hi, upper = (value + log_scale for value in posterior.log_sigma())
    none = posterior.cells.begin_at_lowest & (posterior.log_drop < _ZERO_SIGMA_DROP)
    return {
        "sigma": np.exp(mean),
        "sigma_lo": np.where(none, 0.0, np.exp(lo)),
        "sigma_hi": np.where(none, np.exp(upper), np.exp(hi)),
    }
