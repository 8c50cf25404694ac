"""`exact`: the exact Bayesian estimator of FBM, the statistical limit, and the default.

Increments of FBM observed with localisation error (and blur, gaps, irregular times) are Gaussian with a known
covariance, so the posterior of (H, s², sigma) is computed, not approximated: on a grid of (H, rho = sigma/s) with
the scale s² marginalised. Prior: H ~ U(0, 1); log rho ~ U(log .05, log 5); s² Jeffreys; with sigma known
s² = sigma²/rho² under the same prior on rho; sigma = 0: rho = 0.

Limits of validity: one Gaussian process with stationary increments per window (or per track).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, final

import numpy as np
from scipy.linalg import null_space

from perrin.errors import InputError
from perrin.estimate.advice import for_track
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.goodness_of_fit import Block, Fit, Law, goodness_of_fit
from perrin.estimate.laws import Laws, Words, tabulate, triage
from perrin.estimate.likelihood import Forms, HurstGrid, Observation, joint, rho_grid
from perrin.estimate.posterior import Posterior, hurst_summary, known_error, log_summary, scale_free
from perrin.processes import noise_covariance
from perrin.represent import Clock, Segments, clock, rolling_starts, stretches
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

BLOCK: Final = 512
"""Whole tracks of more increments are taken in blocks of about this many, independent given the law."""

IMMOBILE_EVIDENCE: Final = 3.0
"""Log Bayes factor of no motion against motion above which a track counts as immobile."""

_LEAST_ERROR: Final = 1e-3
"""Known errors below this part of the typical step are raised to it; they are then neglected anyway."""

_CELLS: Final = 3_000_000
"""Largest number of posterior grid points held at once."""

_ZERO_SIGMA_DROP: Final = 1.92
"""Fall of the log-likelihood at sigma = 0 below which the data are compatible with no error at all (chi², 95 %)."""


@final
@dataclass(frozen=True)
class Exact(Estimator):
    """Exact posterior of alpha, D and sigma, per rolling window and per track.

    Attributes:
        window: positions in a rolling window.
        sigma: localisation error in the tracks' unit of length: None where unknown (then the errors stated in
            the tracks, if any, are used), 0 for none, one value, or (lateral, axial).
        alpha: the anomalous exponent where it is known.
        drift: marginalise an unknown constant velocity of each window or track.
        exposure: fraction of the frame interval during which light is collected (motion blur).
        min_length: positions a track needs.
    """

    window: int = 20
    sigma: float | tuple[float, ...] | None = None
    alpha: float | None = None
    drift: bool = False
    exposure: float = 0.0
    min_length: int = 8

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="exact",
        title="Exact Bayesian estimator of fractional Brownian motion",
        summary=(
            "For every window of positions, and for every track as a whole, the exact Gaussian likelihood of "
            "fractional Brownian motion with localisation error is computed on a grid of Hurst exponents and error "
            "ratios, at the very times of the observations, so that gaps and irregular times need no interpolation. "
            "alpha is the posterior mean, D the posterior geometric mean; intervals are central 95 %."
        ),
        limits=(
            "Within a window the motion is taken as one Gaussian process with stationary increments. Confinement, "
            "drift, switching and jumps violate that; fit_p and the advice say where."
        ),
        citations=(
            "Mandelbrot & Van Ness (1968) Fractional Brownian motions, fractional noises and applications. "
            "SIAM Review 10, 422. doi:10.1137/1010093",
            "Berglund (2010) Statistics of camera-based single-particle tracking. "
            "Physical Review E 82, 011917. doi:10.1103/PhysRevE.82.011917",
            "Thapa, Lomholt, Krog, Cherstvy & Metzler (2018) Bayesian analysis of single-particle tracking data using "
            "the nested-sampling algorithm. Physical Chemistry Chemical Physics 20, 29018. doi:10.1039/C8CP04043E",
        ),
    )

    def __post_init__(self) -> None:
        if self.window < 4:
            raise InputError(f"a window of {self.window} positions is too short", remedy="Use 4 or more; 20 is usual.")
        if self.alpha is not None and not 0 < self.alpha < 2:
            raise InputError(f"alpha must lie between 0 and 2, not {self.alpha}", remedy="Brownian motion has 1.")
        if not 0 <= self.exposure <= 1:
            raise InputError(f"the exposure is a fraction from 0 to 1, not {self.exposure}")
        if self.min_length < 3 + self.drift:
            raise InputError(f"a track of {self.min_length} positions cannot be analysed", remedy="Use 8 or more.")
        if self.sigma is not None:
            values = np.atleast_1d(self.sigma)
            if not (np.all(values >= 0) and np.all(np.isfinite(values))):
                raise InputError(f"the localisation error cannot be {self.sigma}", remedy="Give 0 or a positive number.")

    def settings(self) -> Mapping[str, Any]:
        """Parameters and prior as plain values."""
        prior = {"H": "U(0, 1)", "log rho": "U(log .05, log 5)", "s²": "Jeffreys"}
        return {**super().settings(), "prior": prior}

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from rolling windows, and one law per track; `rng` is not needed."""
        del rng
        with np.errstate(over="ignore", invalid="ignore"):
            return self._estimate(tracks)

    def _estimate(self, tracks: Tracks) -> Estimates:
        time = clock(tracks)
        outcome = triage(tracks, self.min_length)
        errors = _Errors.of(self, tracks)
        windows = self._windows(tracks, time, errors, outcome)
        whole, words = self._whole(tracks, time, errors, outcome)
        source = np.where(np.isin(whole.status, (status.OK, status.IMMOBILE)), errors.source, None)
        return tabulate(
            tracks, time, window=self.window, windows=windows, whole=whole,
            advice=words, sigma_source=source.astype(object), estimator=self,
        )  # fmt: skip

    def _windows(self, tracks: Tracks, time: Clock, errors: _Errors, outcome: Words) -> Laws:
        first, track = rolling_starts(tracks.lengths, tracks.offsets, self.window)
        laws = Laws.empty(len(first))
        useful = np.flatnonzero(~np.isin(outcome[track], (status.BAD_INPUT, status.IMMOBILE)))
        size = (self.window - 1 - self.drift) * tracks.dimension
        inference = _Inference.of(self, errors, size)
        for rows in _portions(useful, inference.cells):
            part = stretches(tracks, first[rows], track[rows], self.window, time.dt)
            inference.infer(part, errors.relative(part), laws, rows)
        return laws

    def _whole(self, tracks: Tracks, time: Clock, errors: _Errors, outcome: Words) -> tuple[Laws, Words]:
        laws = Laws.empty(len(tracks))
        laws.status[:] = outcome
        fits: dict[int, Fit] = {}
        good = np.flatnonzero(outcome == status.OK)
        neglected = np.zeros(len(tracks), dtype=bool)
        for length in np.unique(tracks.lengths[good]):
            alike = good[tracks.lengths[good] == length]
            inference = _Inference.of(self, errors, (int(length) - 1 - self.drift) * tracks.dimension)
            for rows in _portions(alike, inference.cells):
                if length - 1 > BLOCK:
                    self._long(tracks, time, errors, inference, rows, laws, fits, neglected)
                    continue
                part = stretches(tracks, tracks.offsets[:-1][rows], rows, int(length), time.dt)
                relative = errors.relative(part)
                points = inference.infer(part, relative, laws, rows)
                neglected[rows] = points.neglected
                for i, row in enumerate(rows):
                    if laws.status[row] == status.OK:
                        fits[row] = goodness_of_fit([_block(part, relative, i, inference)], points.law(i, self))
        for row, fit in fits.items():
            laws.fit_p[row] = fit.p
        return laws, self._advice(tracks, laws, fits, errors, neglected)

    def _long(
        self, tracks: Tracks, time: Clock, errors: _Errors, inference: _Inference, rows: IntArray, laws: Laws,
        fits: dict[int, Fit], neglected: BoolArray,
    ) -> None:  # fmt: skip
        """Tracks beyond one block, one after the other."""
        for row in rows:
            blocks = list(_blocks(tracks, row, time.dt))
            relative = [errors.relative(b) for b in blocks]
            points = inference.infer_joint(blocks, relative, laws, np.array([row]))
            neglected[row] = points.neglected[0]
            if laws.status[row] == status.OK:
                parts = [_block(b, r, i, inference) for b, r in zip(blocks, relative, strict=True) for i in range(len(b))]
                fits[int(row)] = goodness_of_fit(parts, points.law(0, self))

    def _advice(
        self, tracks: Tracks, laws: Laws, fits: dict[int, Fit], errors: _Errors, neglected: BoolArray
    ) -> Words:
        flaws = tracks.info["flaw"].to_list()
        lengths = tracks.lengths
        return np.array(
            [
                for_track(
                    laws.status[i],
                    n_points=int(lengths[i]),
                    shortest=self.min_length,
                    flaw=flaws[i],
                    alpha_width=float(laws.alpha_hi[i] - laws.alpha_lo[i]),
                    fit_p=float(laws.fit_p[i]),
                    reason=fits[i].reason if i in fits else "",
                    sigma_unknown=errors.source == "fitted",
                    blocks=-(-int(lengths[i] - 1) // BLOCK),
                    error_neglected=bool(neglected[i]),
                    window=self.window,
                )
                for i in range(len(tracks))
            ],
            dtype=object,
        )


def _portions(rows: IntArray, cells: int) -> Iterator[IntArray]:
    size = max(1, _CELLS // cells)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _blocks(tracks: Tracks, row: int, dt: FloatArray) -> Iterator[Segments]:
    """A long track as stretches that share their end points; all but the last have the same length."""
    increments = int(tracks.lengths[row]) - 1
    number = -(-increments // BLOCK)
    size = -(-increments // number)
    start = int(tracks.offsets[row])
    first = start + size * np.arange(increments // size)
    yield stretches(tracks, first, np.full(len(first), row), size + 1, dt)
    rest = increments - size * len(first)
    if rest:
        last = np.array([start + increments - rest])
        yield stretches(tracks, last, np.array([row]), rest + 1, dt)


def _block(part: Segments, relative: FloatArray | None, i: int, inference: _Inference) -> Block:
    m, d = part.displacements.shape[1:]
    scale = np.array(inference.observation.axis_scale or (1.0,) * d)
    errors = np.broadcast_to(scale, (m + 1, d)) if relative is None else relative[i]
    return Block(part.steps[i], part.displacements[i], errors)


@final
@dataclass(frozen=True)
class _Errors:
    """What is known of the localisation error: its source, its typical size, and how it varies.

    `typical` is the size in units of length (0: none; NaN: unknown); `axes` each axis relative to it; `stated`
    means that each point has its own, found in the tracks.
    """

    source: str
    typical: float
    axes: tuple[float, ...] = ()
    stated: bool = False

    @classmethod
    def of(cls, exact: Exact, tracks: Tracks) -> _Errors:
        if exact.sigma is None:
            return cls("per_point", np.nan, stated=True) if tracks.sigma is not None else cls("fitted", np.nan)
        values = np.atleast_1d(np.asarray(exact.sigma, dtype=np.float64))
        if len(values) not in (1, 2, tracks.dimension):
            raise InputError(f"{len(values)} localisation errors for {tracks.dimension} axes", remedy="Give XY[,Z].")
        if not values.any():
            return cls("zero", 0.0)
        each = values if len(values) == tracks.dimension else np.array([values[0], values[0], values[-1]])
        each = each[: tracks.dimension]
        typical = float(np.sqrt(np.mean(each**2)))
        return cls("given", typical, () if np.all(each == each[0]) else tuple(each / typical))

    def relative(self, part: Segments) -> FloatArray | None:
        """(n, m + 1, d) stated errors relative to each stretch's typical one, or None where all are alike."""
        if not self.stated or part.errors is None:
            return None
        return part.errors / self.sizes(part)[:, None, None]

    def sizes(self, part: Segments) -> FloatArray:
        """(n,) typical error of each stretch."""
        if self.stated and part.errors is not None:
            size = np.sqrt(np.mean(part.errors**2, axis=(1, 2)))
            return np.maximum(size, np.finfo(np.float64).tiny)
        return np.full(len(part), self.typical)


@final
@dataclass(frozen=True)
class _Points:
    """The most probable point of each posterior, where the fit is tested."""

    hurst: FloatArray
    s2: FloatArray
    rho: FloatArray
    neglected: BoolArray
    sigma_known: bool

    def law(self, i: int, exact: Exact) -> Law:
        return Law(
            hurst=float(self.hurst[i]),
            s2=float(self.s2[i]),
            rho=float(self.rho[i]),
            hurst_fixed=exact.alpha is not None,
            sigma_known=self.sigma_known and not self.neglected[i],
            blur=exact.exposure,
            drift=exact.drift,
        )


@final
@dataclass(frozen=True)
class _Inference:
    """Grids for stretches of one size, and the steps from increments to numbers in `Laws`."""

    grid: HurstGrid
    observation: Observation
    errors: _Errors

    @classmethod
    def of(cls, exact: Exact, errors: _Errors, size: int) -> _Inference:
        grid = HurstGrid.for_size(size) if exact.alpha is None else HurstGrid.fixed(exact.alpha / 2)
        rho = np.zeros(0) if errors.source == "zero" else rho_grid(size, sigma_known=errors.source != "fitted")
        return cls(grid, Observation(grid.nodes, rho, exact.exposure, exact.drift, errors.axes), errors)

    @property
    def cells(self) -> int:
        return len(self.grid.values) * max(1, len(self.observation.rho))

    def infer(self, part: Segments, relative: FloatArray | None, laws: Laws, rows: IntArray) -> _Points:
        """Write the laws of stretches that stand alone."""
        scale = _typical_step(part.displacements)
        forms = self.observation.forms(_rescaled(part, scale), relative)
        stillness = self._stillness(part, relative) if self._known else np.zeros(len(part))
        return self._finish(forms, np.log(scale), self.errors.sizes(part), stillness, part.dt, laws, rows)

    def infer_joint(
        self, blocks: list[Segments], relative: list[FloatArray | None], laws: Laws, row: IntArray
    ) -> _Points:
        """Write the law of one long track that comes in blocks."""
        scale = _typical_step(np.concatenate([b.displacements.reshape(-1, 1, 1) for b in blocks]).reshape(1, -1, 1))
        size = np.array([np.mean(np.concatenate([self.errors.sizes(b) for b in blocks]))])
        rescaled = []
        still = 0.0
        for block, errors in zip(blocks, relative, strict=True):
            common = None if errors is None else errors * (self.errors.sizes(block) / size)[:, None, None]
            still += self._stillness(block, errors).sum() if self._known else 0.0
            rescaled.append(self.observation.forms(_rescaled(block, np.full(len(block), scale[0])), common))
        return self._finish(joint(rescaled), np.log(scale), size, np.array([still]), blocks[0].dt[:1], laws, row)

    @property
    def _known(self) -> bool:
        return self.errors.source in ("given", "per_point")

    def _stillness(self, part: Segments, relative: FloatArray | None) -> FloatArray:
        """(n,) log-likelihood of no motion at all: increments of pure localisation error."""
        n, m, d = part.displacements.shape
        scale = np.array(self.observation.axis_scale or (1.0,) * d)
        errors = np.broadcast_to(scale, (n, m + 1, d)) if relative is None else relative
        size = np.maximum(self.errors.sizes(part), _LEAST_ERROR * _typical_step(part.displacements))
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
    ) -> _Points:  # fmt: skip
        """From quadratic forms of rescaled increments to numbers in the units of the tracks."""
        zero = np.zeros(len(rows), dtype=bool)
        sound = np.isfinite(forms.log_q).all(axis=(1, 2)) & np.isfinite(dt)
        forms = replace(forms, log_q=np.where(sound[:, None, None], forms.log_q, 0.0))
        if not self._known:
            posterior = scale_free(forms, self.grid, self.observation.rho)
            points = _report(posterior, log_scale, dt, laws, rows, sound, unknown=len(self.observation.rho) > 0)
            return _Points(*points, zero, sigma_known=False)
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
        return _Points(*points, faint, sigma_known=True)


def _typical_step(displacements: FloatArray) -> FloatArray:
    """(n,) root mean square increment, to keep numbers near 1 in any unit."""
    largest = np.abs(displacements).max(axis=(1, 2))
    largest = np.where(largest > 0, largest, 1.0)
    return largest * np.sqrt(np.mean((displacements / largest[:, None, None]) ** 2, axis=(1, 2)).clip(1e-30))


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
    n, f, r = posterior.weights.shape
    best = posterior.weights.reshape(n, -1).argmax(axis=1)
    log_s2 = posterior.location.reshape(n, -1)[np.arange(n), best] + 2 * log_scale
    if posterior.shape is not None:
        log_s2 = log_s2 - np.log(posterior.shape)
    rho = posterior.rho if len(posterior.rho) else np.zeros(1)
    return posterior.grid.values[best // r], np.exp(log_s2), rho[best % r]
