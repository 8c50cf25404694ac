"""Both tests on some tracks: the calibrated one where a track allows it, and the band test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, final
from zlib import crc32

import numpy as np
import polars as pl

from perrin.estimate.advice import track_advice
from perrin.estimate.exact.constant_velocity import axes_at_constant_velocity
from perrin.estimate.motion_parameters import StringArray, initial_status
from perrin.features import Clock, frame_clock
from perrin.hurst_test.band import BandTest
from perrin.hurst_test.calibrated_test import statistic_at_times, statistic_of_regular
from perrin.hurst_test.null_distribution import null_table
from perrin.hurst_test.whittle import error_ratio
from perrin.problems import cause_of
from perrin.result import Estimates, HurstTest, status
from perrin.result.hurst_test import BANDS, TESTS
from perrin.run.failed import advice_on, estimate_all
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray
from perrin.weights import read_user_files

SHORTEST: Final = 32
"""Positions a track needs: below, hardly any change of H could be told."""
_ALMOST_STRAIGHT: Final = 0.95
_STRAIGHT: Final = "the track moves at constant velocity; without it there is no motion left to test"
"""Fitted H beyond which the calibrated test rejects more than its level: `size near H = 1` in benchmark `decide`."""


@final
@dataclass(frozen=True)
class HurstTester:
    """Both tests of single tracks."""

    band: BandTest

    def files(self) -> dict[str, bytes]:
        """What the method of the band test reads, to be shipped where the work is done."""
        return read_user_files(self.band.estimator.files())

    def test(self, tracks: Tracks, rng: np.random.Generator) -> HurstTest:
        """Results of some tracks, q still to be found."""
        time = frame_clock(tracks)
        outcome = initial_status(tracks, SHORTEST)
        streams = [_random_stream(tracks, time, row, self.band.seed) for row in range(len(tracks))]
        found = _TestResults.empty(len(tracks))
        self._calibrated(tracks, time, outcome, found, streams)
        estimates = estimate_all(self.band.estimator, tracks, rng)
        bands = self._bands(tracks, time, estimates, outcome, found, streams)
        return HurstTest(
            _tests(tracks, estimates, outcome, found, self.band), _band_table(tracks, bands), tracks.units,
            self.band.level, self.band.samples, self.band.estimator.info.name, dict(self.band.estimator.settings()),
            self.band.estimator.info,
        )  # fmt: skip

    def failed(self, tracks: Tracks, error: Exception) -> HurstTest:
        """What stands for a track on which the tests raise: its status is failed, its advice says why."""
        estimator, outcome = self.band.estimator, initial_status(tracks, SHORTEST)
        outcome[outcome == status.OK] = status.FAILED
        rng, found = np.random.default_rng(self.band.seed), _TestResults.empty(len(tracks))
        no_curves = np.full((4, tracks.n_points), np.nan)
        table = _tests(tracks, estimate_all(estimator, tracks, rng), outcome, found, self.band)
        return HurstTest(
            table.with_columns(advice=pl.lit(advice_on(error))), _band_table(tracks, no_curves),
            tracks.units, self.band.level, self.band.samples, estimator.info.name, dict(estimator.settings()),
            estimator.info,
        )  # fmt: skip

    def _calibrated(
        self,
        tracks: Tracks,
        time: Clock,
        outcome: StringArray,
        results: _TestResults,
        streams: list[np.random.Generator],
    ) -> None:
        good = np.flatnonzero(outcome == status.OK)
        regular = time.regular & (time.gaps == 0)
        groups: dict[tuple[int, int], list[int]] = {}
        for row in good.tolist():
            steps = _moving_axes(tracks, row)
            if len(steps) == 0:
                outcome[row] = status.NO_ESTIMATE
            elif not np.isfinite(steps).all():
                outcome[row] = status.FAILED
            elif regular[row]:
                groups.setdefault(steps.shape, []).append(row)
            else:
                times = _frames(tracks, time, row)
                constancy, of_bootstrap = statistic_at_times(times, steps, samples=self.band.samples, rng=streams[row])
                rows = np.array([row])
                results.fill(rows, constancy.hurst, constancy.angle, constancy.statistic, np.array([of_bootstrap]))
                results.null[row] = "simulated at its own times"
        table = null_table()
        for (axes, m), members in groups.items():
            rows = np.array(members)
            result = statistic_of_regular(np.stack([_moving_axes(tracks, row) for row in members]))
            p = table.p_values(
                result.statistic, result.hurst.mean(axis=1), result.angle.mean(axis=1), np.full(len(rows), m + 1), axes
            )
            results.fill(rows, result.hurst, result.angle, result.statistic, p)
            results.null[rows] = "table"

    def _bands(
        self, tracks: Tracks, time: Clock, estimates: Estimates, outcome: StringArray, results: _TestResults,
        streams: list[np.random.Generator],
    ) -> FloatArray:  # fmt: skip
        """(4, n_points) H0(t) and the band around it."""
        curves = np.full((4, tracks.n_points), np.nan)
        curves[0] = estimates.points["alpha"].cast(pl.Float64).fill_null(float("nan")).to_numpy() / 2
        regular = time.regular & (time.gaps == 0)
        for row in np.flatnonzero(outcome == status.OK).tolist():
            rows = slice(int(tracks.offsets[row]), int(tracks.offsets[row + 1]))
            curve = curves[0, rows]
            if not np.isfinite(curve).any():
                continue
            mean = float(np.nanmean(curve))
            try:
                if regular[row]:
                    band = self.band.regular(mean, len(curve), tracks.dimension)
                else:
                    band = self.band.at_times(mean, _frames(tracks, time, row), tracks.dimension, streams[row])
            except Exception as error:  # the calibrated test does not depend on it
                results.no_band[row] = cause_of(error)
                continue
            curves[1:, rows] = band
            results.band_hurst[row], results.inside[row] = mean, self.band.inside(curve, band)
        curves[:, np.repeat(outcome != status.OK, tracks.lengths)] = np.nan
        return curves


@final
@dataclass(frozen=True, eq=False)
class _TestResults:
    """Arrays (n_tracks,) that the tests fill, NaN where there is nothing; and why there is no band, by track."""

    null: StringArray
    hurst: FloatArray
    noise_ratio: FloatArray
    statistic: FloatArray
    p: FloatArray
    band_hurst: FloatArray
    inside: FloatArray
    no_band: dict[int, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, n: int) -> _TestResults:
        return cls(np.full(n, None, dtype=object), *np.full((6, n), np.nan))

    def fill(self, rows: IntArray, hurst: FloatArray, angle: FloatArray, statistic: FloatArray, p: FloatArray) -> None:
        self.hurst[rows], self.statistic[rows], self.p[rows] = hurst.mean(axis=1), statistic, p
        self.noise_ratio[rows] = error_ratio(angle).mean(axis=1)


def _moving_axes(tracks: Tracks, row: int) -> FloatArray:
    """(d, m) increments along the axes in which the track moves, each in units of its own largest step.

    Where an axis runs at one velocity, only rounding is left beside it, which has no H.
    """
    mine = slice(int(tracks.offsets[row]), int(tracks.offsets[row + 1]))
    steps = np.diff(tracks.positions[mine], axis=0).T
    moving = ~axes_at_constant_velocity(steps, np.diff(tracks.times[mine]))
    scaled: FloatArray = steps[moving] / np.abs(steps[moving]).max(axis=1, keepdims=True)
    return scaled


def _frames(tracks: Tracks, time: Clock, row: int) -> FloatArray:
    stamps = tracks.times[tracks.offsets[row] : tracks.offsets[row + 1]]
    frames: FloatArray = (stamps - stamps[0]) / time.dt[row]
    return np.where(np.abs(frames - np.round(frames)) < 1e-3, np.round(frames), frames)


def _random_stream(tracks: Tracks, time: Clock, row: int, seed: int) -> np.random.Generator:
    """What is simulated for a track hangs on the track alone, not on its place in the file nor on any unit."""
    if tracks.lengths[row] < SHORTEST:
        return np.random.default_rng(seed)
    numbers = (np.clip(np.nan_to_num(n), -1e12, 1e12) for n in (_frames(tracks, time, row), _moving_axes(tracks, row)))
    return np.random.default_rng([seed, *(crc32(np.round(n * 1e6).astype(np.int64).tobytes()) for n in numbers)])


def _tests(
    tracks: Tracks, estimates: Estimates, outcome: StringArray, results: _TestResults, band: BandTest
) -> pl.DataFrame:
    verdict = np.where(results.inside >= 1 - band.level, "FBM", "MFBM").astype(object)
    verdict[np.isnan(results.inside)] = None
    words = [
        _STRAIGHT
        if outcome[i] == status.NO_ESTIMATE
        else track_advice(outcome[i], n_points=int(n), shortest=SHORTEST, flaw=flaw, window=1)
        or "; ".join(_remarks(results.hurst[i], verdict[i] is None, band.estimator.info.name, results.no_band.get(i)))
        for i, (n, flaw) in enumerate(zip(tracks.lengths, tracks.info["flaw"].to_list(), strict=True))
    ]
    numbers = {
        "hurst": results.hurst, "noise_ratio": results.noise_ratio, "statistic": results.statistic, "p": results.p,
        "band_hurst": results.band_hurst, "band_inside": results.inside,
    }  # fmt: skip
    columns: dict[str, Any] = {c: estimates.tracks[c] for c in list(TESTS.columns)[:9]}
    columns |= {name: pl.Series(values).fill_nan(None) for name, values in numbers.items()}
    columns |= {
        "q": None, "changes": None, "null": results.null.tolist(), "band_verdict": verdict.tolist(),
        "status": outcome.tolist(), "advice": words,
    }  # fmt: skip
    return pl.DataFrame({name: columns[name] for name in TESTS.columns}, schema=TESTS.dtypes)


def _remarks(hurst: float, no_band: bool, method: str, cause: str | None) -> list[str]:
    """What to beware of in a track that was tested."""
    found = [f"{method} gives no H(t) for this track, so there is no band"] if no_band and cause is None else []
    if cause is not None:
        found = [f"its band could not be simulated ({cause}); please report it"]
    if hurst > _ALMOST_STRAIGHT:
        found.append(
            "the Hurst exponent (H) is close to 1, so p may be too small: for a constant H of 0.99, 1 of 7 "
            "p-values is below 0.05"
        )
    return found


def _band_table(tracks: Tracks, curves: FloatArray) -> pl.DataFrame:
    known = np.isfinite(curves).any(axis=0)
    table = tracks.to_polars().select("source", "track", "frame", "t").with_columns(
        **{name: pl.Series(row).fill_nan(None) for name, row in zip(list(BANDS.columns)[4:], curves, strict=True)}
    )  # fmt: skip
    return table.filter(pl.Series(known)).select(list(BANDS.columns))
