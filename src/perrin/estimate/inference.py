"""From increments to numbers: likelihood, posterior, immobility, and what is written into `Laws`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
from scipy.linalg import null_space

from perrin.estimate.goodness_of_fit import Block, Law
from perrin.estimate.laws import Laws
from perrin.estimate.likelihood import Forms, HurstGrid, Observation, joint, rho_grid
from perrin.estimate.localisation_error import LocalisationError
from perrin.estimate.posterior import Posterior, hurst_summary, known_error, log_summary, scale_free
from perrin.processes import noise_covariance
from perrin.represent import Segments
from perrin.result import status
from perrin.types import BoolArray, FloatArray, IntArray

IMMOBILE_EVIDENCE: Final = 3.0
"""Log Bayes factor of no motion against motion above which a track counts as immobile."""

_LEAST_ERROR: Final = 1e-3
"""Known errors below this part of the typical step are raised to it; they are then neglected anyway."""

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


@final
@dataclass(frozen=True)
class Inference:
    """Grids for stretches of one size, and the steps from increments to numbers in `Laws`.

    `tell_sigma` is whether an unknown localisation error is reported, or only marginalised.
    """

    grid: HurstGrid
    observation: Observation
    errors: LocalisationError
    tell_sigma: bool = True

    @classmethod
    def of(cls, errors: LocalisationError, size: int, *, alpha: float | None, blur: float, drift: bool) -> Inference:
        """Grids fine enough for stretches with `size` increments in all axes together."""
        grid = HurstGrid.for_size(size) if alpha is None else HurstGrid.fixed(alpha / 2)
        rho = np.zeros(0) if errors.source == "zero" else rho_grid(size, sigma_known=errors.known)
        return cls(grid, Observation(grid.nodes, rho, blur, drift, errors.axes), errors)

    @property
    def cells(self) -> int:
        """Grid points of one posterior."""
        return len(self.grid.values) * max(1, len(self.observation.rho))

    def law(self, point: MostProbable, i: int) -> Law:
        """The most probable law of stretch i, for the test of the fit."""
        return Law(
            hurst=float(point.hurst[i]),
            s2=float(point.s2[i]),
            rho=float(point.rho[i]),
            hurst_fixed=len(self.grid.values) == 1,
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
        stillness = self._stillness(part, relative) if self.errors.known else np.zeros(len(part))
        return self._finish(forms, np.log(scale), self.errors.sizes(part), stillness, part.dt, laws, rows)

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
        still = 0.0
        for block, errors in zip(blocks, relative, strict=True):
            common = None if errors is None else errors * (self.errors.sizes(block) / size)[:, None, None]
            still += self._stillness(block, errors).sum() if self.errors.known else 0.0
            if forms is None:
                rescaled.append(self.observation.forms(_rescaled(block, np.full(len(block), scale[0])), common))
        whole = joint(rescaled) if forms is None else forms
        return self._finish(whole, np.log(scale), size, np.array([still]), blocks[0].dt[:1], laws, row)

    def _stillness(self, part: Segments, relative: FloatArray | None) -> FloatArray:
        """(n,) log-likelihood of no motion at all: increments of pure localisation error."""
        n, m, d = part.displacements.shape
        scale = np.array(self.observation.axis_scale or (1.0,) * d)
        errors = np.broadcast_to(scale, (n, m + 1, d)) if relative is None else relative
        size = np.maximum(self.errors.sizes(part), _LEAST_ERROR * typical_step(part.displacements))
        total = np.full(n, -0.5 * (m - self.observation.drift) * d * np.log(2 * np.pi))
        contrasts = np.stack([null_space(row[None, :]).T for row in part.steps]) if self.observation.drift else None
        for axis in range(d):
            covariance = noise_covariance((errors[:, :, axis] * size[:, None]) ** 2)
            step = part.displacements[:, :, axis, None]
            if contrasts is not None:
                covariance, step = contrasts @ covariance @ contrasts.swapaxes(1, 2), contrasts @ step
            with np.errstate(divide="ignore"):
                total -= 0.5 * (step.swapaxes(1, 2) @ np.linalg.pinv(covariance) @ step)[:, 0, 0]
                total -= 0.5 * np.linalg.slogdet(covariance)[1]
        return total

    def _finish(
        self, forms: Forms, log_scale: FloatArray, size: FloatArray, stillness: FloatArray, dt: FloatArray,
        laws: Laws, rows: IntArray,
    ) -> MostProbable:  # fmt: skip
        """From quadratic forms of rescaled increments to numbers in the units of the tracks."""
        zero = np.zeros(len(rows), dtype=bool)
        sound = np.isfinite(forms.log_q).all(axis=(1, 2)) & np.isfinite(dt)
        sound &= np.isfinite(log_scale)
        forms = replace(forms, log_q=np.where(sound[:, None, None], forms.log_q, 0.0))
        log_scale, dt = np.where(sound, log_scale, 0.0), np.where(sound, dt, 1.0)
        if not self.errors.known:
            posterior = scale_free(forms, self.grid, self.observation.rho)
            points = _report(
                posterior, log_scale, dt, laws, rows, sound, unknown=self.tell_sigma and len(self.observation.rho) > 0
            )
            return MostProbable(*points, zero)
        floor = np.maximum(size, _LEAST_ERROR * np.exp(log_scale))
        posterior = known_error(forms, self.grid, self.observation.rho, np.log(floor) - log_scale)
        points = _report(posterior, log_scale, dt, laws, rows, sound, unknown=False)
        laws.put(rows, status.OK, sigma=size, sigma_lo=size, sigma_hi=size)
        laws.status[rows[~sound]] = status.FAILED
        motion = posterior.log_evidence - forms.size * log_scale
        still = (stillness - motion > IMMOBILE_EVIDENCE) & sound
        faint = (posterior.log_peak.argmax(axis=1) == 0) & sound & ~still
        if faint.any():
            some = np.flatnonzero(faint)
            clean = Forms(forms.log_q[some][:, :, :1], forms.log_det[:, :, :1], forms.pattern[some], forms.size)
            free = scale_free(clean, self.grid, np.zeros(0))
            better = _report(free, log_scale[some], dt[some], laws, rows[some], sound[some], unknown=False)
            for target, source in zip(points, better, strict=True):
                target[some] = source
        _blank(laws, rows[still])
        return MostProbable(*points, faint)


def typical_step(displacements: FloatArray) -> FloatArray:
    """(n,) root mean square increment, to keep numbers near 1 in any unit."""
    largest = np.abs(displacements).max(axis=(1, 2))
    largest = np.where(largest > 0, largest, 1.0)
    mean_square = np.mean((displacements / largest[:, None, None]) ** 2, axis=(1, 2))
    typical: FloatArray = largest * np.sqrt(np.maximum(mean_square, 1e-30))
    return typical


def _rescaled(part: Segments, scale: FloatArray) -> Segments:
    return replace(part, displacements=part.displacements / scale[:, None, None])


def _blank(laws: Laws, rows: IntArray) -> None:
    """Immobile: the motion has no law."""
    nothing = np.full(len(rows), np.nan)
    names = ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame")
    laws.put(rows, status.IMMOBILE, **dict.fromkeys(names, nothing))


def _report(
    posterior: Posterior, log_scale: FloatArray, dt: FloatArray, laws: Laws, rows: IntArray, sound: BoolArray, *,
    unknown: bool,
) -> tuple[FloatArray, FloatArray, FloatArray]:  # fmt: skip
    """Write alpha, D, D_frame (and sigma where it was unknown); return the most probable (H, s², rho)."""
    hurst, low, high = hurst_summary(posterior)
    log_dt = np.log(dt)
    # D = s² / (2 dt^2H); D_frame = s² / (2 dt)
    shift = 2 * log_scale[:, None] - np.log(2) - 2 * posterior.grid.values * log_dt[:, None]
    mean, lo, hi = log_summary(posterior, shift[:, :, None])
    frame = log_summary(posterior, (2 * log_scale - np.log(2) - log_dt)[:, None, None], levels=())[0]
    values = {
        "alpha": 2 * hurst, "alpha_lo": 2 * low, "alpha_hi": 2 * high,
        "D": np.exp(mean), "D_lo": np.exp(lo), "D_hi": np.exp(hi), "D_frame": np.exp(frame),
    }  # fmt: skip
    if unknown:
        values |= _sigma_summary(posterior, log_scale)
    sound = sound & np.all([np.isfinite(v) for v in values.values()], axis=0) & (values["D"] > 0)
    laws.put(rows, status.OK, **values)
    laws.status[rows[~sound]] = status.FAILED
    for name in values:
        getattr(laws, name)[rows[~sound]] = np.nan
    return _most_probable(posterior, log_scale)


def _sigma_summary(posterior: Posterior, log_scale: FloatArray) -> dict[str, FloatArray]:
    """Localisation error; its lower end is 0 where the data are compatible with none at all."""
    shift = np.log(posterior.rho) + log_scale[:, None, None]
    mean, lo, hi, upper = log_summary(posterior, shift, factor=0.5, levels=(0.025, 0.975, 0.95))
    none = posterior.log_peak[:, 0] > posterior.log_peak.max(axis=1) - _ZERO_SIGMA_DROP
    return {
        "sigma": np.exp(mean),
        "sigma_lo": np.where(none, 0.0, np.exp(lo)),
        "sigma_hi": np.where(none, np.exp(upper), np.exp(hi)),
    }


def _most_probable(posterior: Posterior, log_scale: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    n, _, r = posterior.weights.shape
    best = posterior.weights.reshape(n, -1).argmax(axis=1)
    log_s2 = posterior.location.reshape(n, -1)[np.arange(n), best] + 2 * log_scale
    if posterior.shape is not None:
        log_s2 = log_s2 - np.log(posterior.shape)
    rho = posterior.rho if len(posterior.rho) else np.zeros(1)
    return posterior.grid.values[best // r], np.exp(log_s2), rho[best % r]
