"""`mfbm-net`: H(t) of multifractional Brownian motion at every point, with bands, from a network of our own.

The network sees the track from its first position on in units of its typical step, frame by frame, with a mask for
missing frames, and gives mean and quantiles of H(t) for every frame, and quantiles of the one-frame scale s. The
scale of multifractional Brownian motion is one number a track, so D(t) = s² / (2 dt^alpha(t)) per axis.

A track's own alpha is the mean of alpha(t) over its positions; its interval is the mean of theirs, which is the
widest that they allow.

Limits of validity: tracks like those it was trained on (seven families of H(t), 32 to 5,000 frames, up to half of
them missing, localisation error up to three steps); time counts from the track's first frame, for the process is
not the same after a shift of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.overstated_error import error_overstated
from perrin.estimate.motion_parameters import MotionParameters, StringArray, initial_status, tabulate
from perrin.estimate.networks.immobile_tracks import error_over_steps, mark_immobile
from perrin.features import Clock, frame_clock
from perrin.features.frames import FrameGrid, frame_grid, frame_numbers
from perrin.features.scale_free import error_features, scale_free, typical_step
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray
from perrin.validate import check_sigma, check_trained_length
from perrin.weights import load

SHORTEST: Final = 32
LONGEST: Final = 5000
"""Frames of the tracks that the network was trained on."""
LEAST_SEEN: Final = 0.45
"""Share of its frames in which a track must have been seen."""
MOST_ERROR: Final = 1.0
"""Squared localisation error in units of the mean squared step: error alone has one half."""
_LOW, _MIDDLE, _HIGH = 0, 3, 6
"""Quantiles .025, .5 and .975 among the seven that the network gives."""

PAPER: Final = (
    "Szarek, Jabłoński, Krapf & Wyłomańska (2022) Multifractional Brownian motion characterization based on Hurst "
    "exponent estimation and statistical learning. Chaos 32, 083148. doi:10.1063/5.0093836"
)


@final
@dataclass(frozen=True)
class MfbmNet(Estimator):
    """alpha(t) and D(t) at every position, by a network trained on multifractional Brownian motion.

    Attributes:
        sigma: localisation error in the tracks' unit of length: None where unknown (then the errors stated in the
            tracks, if any, are used), 0 for none, one value, or (lateral, axial).
        min_length: positions a track needs.
        model: name of the network, or an .onnx file.
    """

    sigma: float | tuple[float, ...] | None = None
    min_length: int = SHORTEST
    model: str = field(default="mfbm-net")

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="mfbm-net",
        title="Network for multifractional Brownian motion",
        summary=(
            "A network, trained on simulated multifractional Brownian motion, reads mean squared first and second "
            "differences of the whole track at many lags. It estimates the Hurst exponent H(t) = alpha(t) / 2 with a "
            "95 % interval at each position, and one scale per track, from which D(t) follows."
        ),
        limits=(
            "Needs tracks of 32 to 5,000 frames at equal intervals; half of the frames can be missing. The intervals "
            "are valid for tracks like the training data. D(t) is one scale per track, evaluated at alpha(t). It is "
            "very uncertain (see its interval) where the localization error is larger than the step of one frame, and "
            "it does not show a D that changes while alpha is constant."
        ),
        citations=(
            PAPER,
            "Ayache, Cohen & Lévy Véhel (2000) The covariance structure of multifractional Brownian motion, with "
            "application to long range dependence. ICASSP 6, 3810. doi:10.1109/ICASSP.2000.860233",
        ),
        shortest_track=SHORTEST,
    )

    def __post_init__(self) -> None:
        check_trained_length("mfbm-net", self.min_length, SHORTEST)
        check_sigma(self.sigma)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) of every position; nothing in it is random."""
        time = frame_clock(tracks)
        errors = LocalizationError.of(self.sigma, tracks)
        outcome = _suitable(tracks, time, self.min_length)
        outcome = mark_immobile(tracks, errors, outcome, Exact(sigma=self.sigma), rng)
        drowned = _error_dominated(tracks, errors, outcome)
        outcome[drowned] = status.OUTSIDE_TRAINING_RANGE
        points, whole = MotionParameters.empty(tracks.n_points), MotionParameters.empty(len(tracks))
        points.status[:] = np.repeat(outcome, tracks.lengths)
        whole.status[:] = outcome
        for index in np.flatnonzero(outcome == status.OK):
            if not self._set_track(tracks, time, int(index), errors, points, whole):
                outcome[index] = whole.status[index] = status.FAILED
                points.status[tracks.offsets[index] : tracks.offsets[index + 1]] = status.FAILED
        # this method does not fit an error that it is not told
        source = errors.sources((whole.status == status.OK) & (errors.knowledge != "unknown"))
        return tabulate(
            tracks, time, window=1, windows=points, whole=whole,
            advice=_advice(tracks, time, outcome, self.min_length, drowned, error_overstated(tracks, errors)),
            sigma_source=source, estimator=self,
        )  # fmt: skip

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values, and which network it was."""
        return {**super().settings(), "sha256": load(self.model).about.get("sha256")}

    def _set_track(
        self,
        tracks: Tracks,
        time: Clock,
        index: int,
        errors: LocalizationError,
        points: MotionParameters,
        whole: MotionParameters,
    ) -> bool:
        """Run the network on one track and write its laws; False where it gives no numbers."""
        track = frame_grid(tracks, time, index)
        scale = float(typical_step(track.positions[None], track.observed[None])[0])
        rows = np.arange(tracks.offsets[index], tracks.offsets[index + 1])
        told = _error_features(errors, tracks, rows, scale)
        mean, quantiles, log_scale = _run(self.model, track, scale, told)
        if not (np.isfinite(quantiles).all() and np.isfinite(mean).all() and np.isfinite(log_scale).all()):
            return False
        mean, quantiles = mean[track.frames], quantiles[track.frames]
        log_dt = float(np.log(time.dt[index]))
        log_s = log_scale + np.log(scale)
        alpha, low, high = 2 * mean, 2 * quantiles[:, _LOW], 2 * quantiles[:, _HIGH]
        low, high = np.minimum(low, alpha), np.maximum(high, alpha)
        points.set_rows(rows, status.OK, **_law(alpha, low, high, log_s, log_dt))
        average = [np.array([v.mean()]) for v in (alpha, low, high)]
        frame = np.exp(2 * log_s[_MIDDLE : _MIDDLE + 1] - np.log(2) - log_dt)
        stated = np.array([errors.typical])  # NaN where unknown, or stated point by point
        law = _law(average[0], average[1], average[2], log_s, log_dt)
        whole.set_rows(np.array([index]), status.OK, **law, D_frame=frame, sigma=stated)
        return True


def _law(alpha: FloatArray, low: FloatArray, high: FloatArray, log_s: FloatArray, log_dt: float) -> dict[str, Any]:
    """alpha and D = s² / (2 dt^alpha) with bounds; errors of s and alpha are taken as independent."""
    log_d = 2 * log_s[_MIDDLE] - np.log(2) - alpha * log_dt
    below, above = (alpha - low, high - alpha) if log_dt < 0 else (high - alpha, alpha - low)
    down = np.hypot(2 * (log_s[_MIDDLE] - log_s[_LOW]), below * log_dt)
    up = np.hypot(2 * (log_s[_HIGH] - log_s[_MIDDLE]), above * log_dt)
    return {
        "alpha": alpha, "alpha_lo": low, "alpha_hi": high,
        "D": np.exp(log_d), "D_lo": np.exp(log_d - down), "D_hi": np.exp(log_d + up),
    }  # fmt: skip


def _run(
    model: str, track: FrameGrid, scale: float, error_features: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mean (T,) and quantiles (T, 7) of H, and quantiles (7,) of log(s / scale)."""
    observed = track.observed[None]
    with np.errstate(over="ignore"):  # what is beyond single precision gives no number, and that is a status
        positions = scale_free(track.positions[None], observed, np.array([scale]))
    feed = {
        "positions": positions,
        "observed": observed.astype(np.float32),
        "noise": error_features,
    }
    mean, quantiles, log_scale, *_ = (out[0].astype(np.float64) for out in load(model).session.run(None, feed))
    return mean, quantiles, log_scale


def _error_features(errors: LocalizationError, tracks: Tracks, rows: Any, scale: float) -> FloatArray:
    """What the network is told of the localisation error of each axis."""
    d = tracks.dimension
    if errors.stated and tracks.sigma is not None:
        size = np.sqrt(np.mean(tracks.sigma[rows] ** 2, axis=0))
    elif errors.source in ("zero", "given"):
        size = errors.on_axes(d)
    else:
        return error_features(np.zeros((1, d)), np.array([False]))
    return error_features(size[None] / scale, np.array([True]))


def _suitable(tracks: Tracks, time: Clock, shortest: int) -> StringArray:
    """Status of every track before the network sees it."""
    outcome = initial_status(tracks, shortest)
    for index in np.flatnonzero(outcome == status.OK):
        if not time.regular[index]:
            outcome[index] = status.NO_ESTIMATE
            continue
        frames = int(frame_numbers(tracks, time, int(index))[-1]) + 1
        if frames > LONGEST or tracks.lengths[index] < LEAST_SEEN * frames:
            outcome[index] = status.OUTSIDE_TRAINING_RANGE
    return outcome


def _error_dominated(tracks: Tracks, errors: LocalizationError, outcome: StringArray) -> BoolArray:
    """(n_tracks,) whether the error that is told is larger than the steps it should be part of."""
    drowned = np.zeros(len(tracks), dtype=bool)
    if errors.knowledge == "known":
        rows = np.flatnonzero(outcome == status.OK)
        drowned[rows] = error_over_steps(tracks, errors, rows) > MOST_ERROR
    return drowned


def _advice(
    tracks: Tracks,
    time: Clock,
    outcome: StringArray,
    shortest: int,
    error_dominated: BoolArray,
    error_overstated: BoolArray,
) -> StringArray:
    remarks = []
    for index, (found, flaw) in enumerate(zip(outcome, tracks.info["flaw"].to_list(), strict=True)):
        n = int(tracks.lengths[index])
        if found == status.NO_ESTIMATE:
            remarks.append("irregular times, which mfbm-net does not support: use --method exact")
        elif error_dominated[index]:
            remarks.append("the localization error is larger than the steps: check the localization error and its unit")
        elif found == status.OUTSIDE_TRAINING_RANGE:
            frames = int(frame_numbers(tracks, time, index)[-1]) + 1
            remarks.append(
                f"{frames} frames with {n} positions; mfbm-net supports up to {LONGEST} frames with positions in at "
                f"least {LEAST_SEEN:.0%} of them: cut the track, or use --method exact"
            )
        else:
            remarks.append(
                track_advice(
                    found,
                    n_points=n,
                    shortest=shortest,
                    flaw=flaw,
                    window=1,
                    error_overstated=bool(error_overstated[index]),
                )
            )
    return np.array(remarks, dtype=object)
