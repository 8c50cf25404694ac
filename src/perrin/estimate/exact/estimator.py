"""`exact`: the exact Bayesian estimator of FBM, the statistical limit, and the default.

Increments of FBM observed with localisation error (and blur, gaps, irregular times) are Gaussian with a known
covariance, so the posterior of (H, s², sigma) is computed, not approximated: on a grid of (H, rho = sigma/s) with
the scale s² marginalised. Prior: H ~ U(0, 1); log rho ~ U(log .05, log 5); s² Jeffreys; with sigma known
s² = sigma²/rho² under the same prior on rho; sigma = 0: rho = 0.

Limits of validity: one Gaussian process with stationary increments per window (or per track).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Self, TypedDict, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.constant_velocity import ADVICE, tracks_at_constant_velocity
from perrin.estimate.exact.error_evidence import ErrorEvidence, error_evidence, merged_evidence
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.overstated_error import error_overstated
from perrin.estimate.exact.pooled_error import PooledError, pooled_error
from perrin.estimate.exact.rolling_windows import infer_windows
from perrin.estimate.exact.whole_tracks import BLOCK, WholeTrackParameters, WholeTracks, portions
from perrin.estimate.motion_parameters import (
    MotionParameters,
    StringArray,
    initial_status,
    repeated_positions,
    tabulate,
)
from perrin.estimate.settings import FOUND
from perrin.features import Clock, cut_windows, frame_clock, window_starts
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.validate import check_alpha, check_exposure, check_sigma


class _ObservationOptions(TypedDict):
    alpha: float | None
    blur: float
    drift: bool


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
        pooled: the localisation error that all tracks share, as `prepare` finds it where sigma is not given.
    """

    window: int = 20
    sigma: float | tuple[float, ...] | None = None
    alpha: float | None = None
    drift: bool = False
    exposure: float = 0.0
    min_length: int = 8
    pooled: PooledError | None = field(default=None, metadata=FOUND)

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="exact",
        title="Exact Bayesian estimator of fractional Brownian motion",
        summary=(
            "For each window and each whole track, the exact Gaussian likelihood of fractional Brownian motion with "
            "localization error is computed on a grid of Hurst exponents and error ratios. It uses the true times of "
            "the positions, so gaps and irregular times need no interpolation. alpha is the posterior mean, D is the "
            "posterior geometric mean, and the intervals contain the central 95 %."
        ),
        limits=(
            "The motion within a window is modeled as one Gaussian process with stationary increments. Confinement, "
            "drift, switching and jumps violate this assumption; fit_p and the advice show for which tracks."
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
            raise InputError(f"a window of {self.window} positions is too small", remedy="Use 4 or more; 20 is usual.")
        check_alpha(self.alpha)
        check_exposure(self.exposure)
        if self.min_length < 3 + self.drift:
            raise InputError(f"a track of {self.min_length} positions cannot be analyzed", remedy="Use 8 or more.")
        check_sigma(self.sigma)

    def settings(self) -> Mapping[str, Any]:
        """Parameters and prior as plain values."""
        prior = {"H": "U(0, 1)", "log rho": "U(log .05, log 5)", "s²": "Jeffreys"}
        found = None if self.pooled is None else asdict(self.pooled)
        return {**super().settings(), "pooled": found, "prior": prior}

    def summarize(self, tracks: Tracks, *, chunks: int = 1) -> ErrorEvidence | None:
        """What these tracks say about a shared localisation error; None where it is given or stated."""
        if LocalizationError.of(self.sigma, tracks).knowledge != "unknown":
            return None
        good = np.flatnonzero(self._triage(tracks, LocalizationError.of(self.sigma, tracks)) == status.OK)
        with np.errstate(over="ignore", invalid="ignore"):
            return error_evidence(
                tracks, frame_clock(tracks), good, blur=self.exposure, drift=self.drift, chunks=chunks
            )

    def prepare(self, summaries: Sequence[ErrorEvidence | None]) -> Self:
        """A copy that takes the shared error as known, where at least ten tracks tell of one."""
        told = [part for part in summaries if part is not None]
        return replace(self, pooled=pooled_error(merged_evidence(told)) if told else None)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from rolling windows, and one law per track; `rng` is not needed."""
        del rng
        with np.errstate(over="ignore", invalid="ignore"):
            return self._estimate(tracks)

    def _estimate(self, tracks: Tracks) -> Estimates:
        time = frame_clock(tracks)
        errors = LocalizationError.of(self.sigma, tracks, self.pooled)
        outcome = self._triage(tracks, errors)
        windows = self.windows(tracks, time, errors, outcome)
        grids = partial(MotionModel.for_tracks, errors, **self._observation_options())
        whole = WholeTracks(tracks, time, errors, grids).estimate(outcome)
        words = self._advice(tracks, whole, errors)
        source = errors.sources(np.isin(whole.parameters.status, (status.OK, status.IMMOBILE)))
        return tabulate(
            tracks, time, window=self.window, windows=windows, whole=whole.parameters,
            advice=words, sigma_source=source, estimator=self,
        )  # fmt: skip

    def _triage(self, tracks: Tracks, errors: LocalizationError) -> StringArray:
        """Status before any estimate; a known error tells how much motion there could be beside the drift."""
        outcome = initial_status(tracks, self.min_length)
        if self.drift and errors.knowledge != "known":
            outcome[(outcome == status.OK) & tracks_at_constant_velocity(tracks)] = status.NO_ESTIMATE
        return outcome

    def _observation_options(self) -> _ObservationOptions:
        return {"alpha": self.alpha, "blur": self.exposure, "drift": self.drift}

    def windows(self, tracks: Tracks, time: Clock, errors: LocalizationError, outcome: StringArray) -> MotionParameters:
        """The laws of all full rolling windows, track after track."""
        first, track = window_starts(tracks.lengths, tracks.offsets, self.window)
        laws = MotionParameters.empty(len(first))
        useful = ~np.isin(outcome[track], (status.BAD_INPUT, status.IMMOBILE))
        gapless = time.regular & (time.gaps == 0)
        size = (self.window - 1 - self.drift) * tracks.dimension
        for regular in (True, False):
            grids = MotionModel.for_windows(
                errors, size, regular=regular and not errors.stated, **self._observation_options()
            )
            for rows in portions(np.flatnonzero(useful & (gapless[track] == regular)), grids.n_cells):
                part = cut_windows(tracks, first[rows], track[rows], self.window, time.dt)
                infer_windows(grids, part, laws, rows)
        return laws

    def _advice(self, tracks: Tracks, whole: WholeTrackParameters, errors: LocalizationError) -> StringArray:
        laws = whole.parameters
        flaws = tracks.info["flaw"].to_list()
        lengths, repeats = tracks.lengths, repeated_positions(tracks)
        quiet = error_overstated(tracks, errors) & (repeats < lengths - 1)
        return np.array(
            [
                ADVICE
                if laws.status[i] == status.NO_ESTIMATE
                else track_advice(
                    laws.status[i],
                    n_points=int(lengths[i]),
                    shortest=self.min_length,
                    flaw=flaws[i],
                    alpha_width=float(laws.alpha_hi[i] - laws.alpha_lo[i]),
                    fit_p=float(laws.fit_p[i]),
                    reason=whole.reasons.get(i, ""),
                    sigma_unknown=errors.source == "fitted",
                    blocks=-(-int(lengths[i] - 1) // BLOCK),
                    error_neglected=bool(whole.neglected[i]),
                    window=self.window,
                    repeats=int(repeats[i]),
                    error_overstated=bool(quiet[i]),
                    untested=whole.untested.get(i, ""),
                )
                for i in range(len(tracks))
            ],
            dtype=object,
        )
