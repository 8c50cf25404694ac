"""`tamsd`: the time-averaged mean squared displacement, fitted in log-log: what users compare with.

MSD(k dt) = <|r(t + k dt) - r(t)|²> over all pairs of positions exactly k frames apart (a gap takes pairs away);
alpha and D by least squares of log MSD = log(2 d D) + alpha log(k dt) over stated lags.

Limits of validity: localisation error that is not subtracted lowers alpha and raises D; the lags decide the
answer where the motion is no pure power law; there are no honest error bars in it. At irregular times pairs an exact
number of frames apart are there by chance: a lag counts where a quarter of the positions begin one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator, EstimatorInfo
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.local.lines import weighted_lines
from perrin.estimate.motion_parameters import MotionParameters, StringArray, initial_status, tabulate
from perrin.features import Clock, frame_clock, lagged_pairs, window_starts
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray
from perrin.validate import check_sigma

_FEWEST_PAIRS: Final = 0.25
"""Of the positions of a window at irregular times that must begin a pair."""
_USED_UP: Final = (
    "at some lags the localization error is as large as the MSD, so the slope is not reliable: check the localization "
    "error, or use --method exact"
)


@final
@dataclass(frozen=True)
class Tamsd(Estimator):
    """alpha and D from the time-averaged MSD, per rolling window and per track.

    Attributes:
        window: positions in a rolling window.
        lags: the lags of the fit, in frames.
        sigma: localisation error to subtract (2 sigma² per axis from every MSD), one value or (lateral, axial); None:
            it is unknown, and nothing is subtracted.
        min_length: positions a track needs.
    """

    window: int = 20
    lags: tuple[int, ...] = (1, 2, 3, 4)
    sigma: float | tuple[float, ...] | None = None
    min_length: int = 8

    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        name="tamsd",
        title="Time-averaged mean squared displacement",
        summary=(
            "The squared displacement is averaged over all pairs of positions that are exactly 1, 2, 3 … frames "
            "apart. A straight line is fitted to its logarithm against the logarithm of the lag: the slope is alpha, "
            "the intercept gives D."
        ),
        limits=(
            "A localization error that is not subtracted lowers alpha. The result depends on the chosen lags. Slopes "
            "outside 0 to 2 are reported unchanged. There are no error bars."
        ),
        citations=(
            "Qian, Sheetz & Elson (1991) Single particle tracking. Biophysical Journal 60, 910. "
            "doi:10.1016/S0006-3495(91)82125-7",
            "Metzler, Jeon, Cherstvy & Barkai (2014) Anomalous diffusion models and their properties. "
            "Physical Chemistry Chemical Physics 16, 24128. doi:10.1039/C4CP03465A",
        ),
        uncertainty=False,
    )

    def __post_init__(self) -> None:
        if len(set(self.lags)) < 2 or min(self.lags) < 1:
            raise InputError(
                f"lags {self.lags} are not enough to fit a line", remedy="Use two or more lags, such as 1 to 4."
            )
        check_sigma(self.sigma)
        if self.min_length < 2:
            raise InputError(
                f"a fit of the MSD needs longer tracks than {self.min_length} positions", remedy="Use 8 or more."
            )
        if self.window <= min(self.lags) + 1:
            raise InputError(f"a window of {self.window} positions is too small for lags {self.lags}")

    def settings(self) -> Mapping[str, Any]:
        """Parameters as plain values."""
        return {**super().settings(), "lags": list(self.lags)}

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        """alpha(t), D(t) from rolling windows, and one law per track; `rng` is not needed."""
        del rng
        with np.errstate(over="ignore", invalid="ignore"):
            return self._estimate(tracks)

    def _estimate(self, tracks: Tracks) -> Estimates:
        LocalizationError.of(self.sigma, tracks)  # refuses an axial error without a third axis
        time = frame_clock(tracks)
        outcome = initial_status(tracks, self.min_length)
        first, track = window_starts(tracks.lengths, tracks.offsets, self.window)
        windows, whole = MotionParameters.empty(len(first)), MotionParameters.empty(len(tracks))
        whole.status[:] = outcome
        self._fit(tracks, time, first, first + self.window, track, windows, np.arange(len(first)))
        good = np.flatnonzero(outcome == status.OK)
        used_up = np.zeros(len(tracks), dtype=bool)
        used_up[good] = self._fit(tracks, time, tracks.offsets[:-1][good], tracks.offsets[1:][good], good, whole, good)
        source = np.full(len(tracks), None, dtype=object)
        source[whole.status == status.OK] = "given" if np.any(self.sigma) else None
        return tabulate(
            tracks, time, window=self.window, windows=windows, whole=whole,
            advice=self._advice(tracks, whole, used_up), sigma_source=source, estimator=self,
        )  # fmt: skip

    def _fit(
        self,
        tracks: Tracks,
        time: Clock,
        first: IntArray,
        stop: IntArray,
        track: IntArray,
        parameters: MotionParameters,
        rows: IntArray,
    ) -> BoolArray:
        """Fit the MSD of the positions first to stop (exclusive) and write the laws at `rows`.

        Returns (n,) where the error to subtract leaves nothing of the MSD at some lag, which the fit then goes without.
        """
        dt, d = time.dt[track], tracks.dimension
        fewest = np.where(time.regular[track], 1, _FEWEST_PAIRS * (stop - first))
        msd = np.column_stack([self._msd(tracks, time.dt, lag, first, stop, fewest) for lag in self.lags])
        with np.errstate(invalid="ignore", divide="ignore"):
            usable = msd > 0
            log_msd = np.where(usable, np.log(msd), 0.0)
            log_lag = np.log(np.array(self.lags) * dt[:, None])
        slope, height, fitted = weighted_lines(log_lag.T, log_msd.T, usable.T.astype(np.float64))
        with np.errstate(over="ignore"):
            value, frame = np.exp(height) / (2 * d), np.exp(height + slope * np.log(dt)) / (2 * d * dt)
            finite = np.isfinite(slope) & np.isfinite(value) & np.isfinite(frame) & (value > 0)
            still = (msd == 0).any(axis=1) & ((msd == 0) | np.isnan(msd)).all(axis=1)
            parameters.status[rows] = np.where(
                fitted, status.FAILED, np.where(still, status.IMMOBILE, status.NO_ESTIMATE)
            )
            fitted &= finite
            some = rows[fitted]
            parameters.set_rows(
                some,
                status.OK,
                alpha=slope[fitted],
                D=value[fitted],
                D_frame=frame[fitted],
            )
            if 1 in self.lags:
                at = fitted & usable[:, self.lags.index(1)]
                parameters.D_frame[rows[at]] = (msd[:, self.lags.index(1)] / (2 * d * dt))[at]
        if not np.any(self.sigma):
            return np.zeros(len(rows), dtype=bool)
        parameters.sigma[some] = float(np.sqrt(np.mean(self._offsets(d))))
        return np.asarray((msd <= 0).any(axis=1))

    def _msd(
        self, tracks: Tracks, dt: FloatArray, lag: int, first: IntArray, stop: IntArray, fewest: FloatArray
    ) -> FloatArray:
        """What the error leaves of the MSD at one lag; NaN where fewer than `fewest` pairs tell of it."""
        start, end = lagged_pairs(tracks, dt, lag)
        squared = ((tracks.positions[end] - tracks.positions[start]) ** 2).sum(axis=1)
        low, high = np.searchsorted(start, first), np.searchsorted(end, stop)
        high = np.maximum(high, low)
        sums = np.zeros(len(first))
        if len(first) and len(squared):
            pairs = np.column_stack([low, high]).ravel()
            sums = np.add.reduceat(np.append(squared, 0.0), pairs)[::2]
        count = high - low
        left = sums / np.maximum(count, 1) - 2 * np.sum(self._offsets(tracks.dimension))
        return np.where(count >= fewest, left, np.nan)

    def _offsets(self, d: int) -> FloatArray:
        """(d,) squared localisation error of each axis."""
        values = np.atleast_1d(np.asarray(0.0 if self.sigma is None else self.sigma, dtype=np.float64))
        return np.array([values[0] if axis < 2 else values[-1] for axis in range(d)]) ** 2

    def _advice(self, tracks: Tracks, whole: MotionParameters, used_up: BoolArray) -> StringArray:
        flaws, lengths = tracks.info["flaw"].to_list(), tracks.lengths
        remarks = []
        for index, (outcome, flaw) in enumerate(zip(whole.status, flaws, strict=True)):
            said = track_advice(
                outcome, n_points=int(lengths[index]), shortest=self.min_length, flaw=flaw, window=self.window
            )
            if used_up[index]:
                said = "; ".join(filter(None, [_USED_UP, said]))
            elif outcome == status.NO_ESTIMATE:
                said = (
                    "too many gaps or irregular times: fewer than two lags have enough pairs of positions; use "
                    "--method exact"
                )
            remarks.append(said)
        return np.array(remarks, dtype=object)
