"""From squared variations at several dilations of one filter to laws of motion.

A filter a that takes out linear trends, dilated m times, leaves of fractional Brownian motion

    E V_m² = s² γ(H) m^2H,   γ(H) = -½ Σ_q Σ_r a_q a_r |q - r|^2H,

s² the variance of a displacement over one frame: the slope of log V_m² against log m is 2H, its height gives s².
Istas & Lang, Ann. Inst. H. Poincaré B 33, 407 (1997).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.advice import track_advice
from perrin.estimate.contract import Estimator
from perrin.estimate.local.lines import weighted_lines
from perrin.estimate.motion_parameters import MotionParameters, StringArray, tabulate
from perrin.features import Clock, squared_variations, track_sums
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

HURST_RANGE: Final = (0.01, 0.99)
"""Where γ is evaluated: it vanishes at 1."""
_NOTHING: Final = 1e-10
"""Local means below this part of the track's own are what rounding leaves of a window without motion."""


@final
@dataclass(frozen=True, eq=False)
class Variations:
    """Squared variations at the positions of some tracks.

    Attributes:
        taps: of the filter.
        dilations: (k,) how far it is stretched.
        values: (k, n_points) V², in units of the track's own mean; NaN where the filter does not fit.
        level: (n_tracks,) that mean in `units.length`², 0 where nothing moves, NaN where the filter never fits.
        track: (n_points,) which track a position belongs to.
        dt: (n_tracks,) frame interval.
    """

    taps: tuple[float, ...]
    dilations: IntArray
    values: FloatArray
    level: FloatArray
    track: IntArray
    dt: FloatArray

    @classmethod
    def of(
        cls, tracks: Tracks, time: Clock, taps: Sequence[float], dilations: Sequence[int], *, origin: int
    ) -> Variations:
        """Variations whose tap number `origin` stands at the position they belong to."""
        places = np.arange(len(taps)) - origin
        raw = np.stack([squared_variations(tracks, time, taps, (m * places).tolist()) for m in dilations])
        track = np.repeat(np.arange(len(tracks)), tracks.lengths)
        sums, counts = track_sums(raw, tracks)
        with np.errstate(invalid="ignore"):
            level = sums.sum(axis=0) / np.where(counts.sum(axis=0) > 0, counts.sum(axis=0), np.nan)
        unit = np.where(level > 0, level, 1.0)
        return cls(tuple(taps), np.asarray(dilations), raw / unit[track], level, track, time.dt)

    def lines(
        self, sums: FloatArray, counts: IntArray, importance: FloatArray
    ) -> tuple[FloatArray, FloatArray, StringArray]:
        """H, log s² (in units of the level) and a status for every column of sums (k, n) of counts (k, n) values.

        Dilations count by `importance` (k,), or not at all where there is nothing of them.
        """
        mean = sums / np.maximum(counts, 1)
        moving = (counts > 0) & (mean > _NOTHING)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope, height, fitted = weighted_lines(
                np.log(self.dilations)[:, None], np.log(mean), np.where(moving, importance[:, None], 0.0)
            )
        outcome = np.where(fitted, status.OK, status.NO_ESTIMATE).astype(object)
        outcome[(counts > 0).any(axis=0) & ~moving.any(axis=0)] = status.IMMOBILE
        return 0.5 * slope, height - np.log(self.gamma(0.5 * slope)), outcome

    def gamma(self, hurst: FloatArray) -> FloatArray:
        """γ(H), for H moved into HURST_RANGE."""
        power = 2 * np.clip(hurst, *HURST_RANGE)
        taps = np.array(self.taps)
        total = np.zeros(np.shape(hurst))
        for lag in range(1, len(taps)):
            total -= (taps[lag:] * taps[:-lag]).sum() * lag**power
        return total

    def set_rows(
        self, parameters: MotionParameters, rows: IntArray, track: IntArray, hurst: FloatArray, log_s2: FloatArray
    ) -> None:
        """Write alpha, D and D_frame at `rows`; failed where a number is beyond all measure."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            dt = self.dt[track]
            s2 = np.exp(log_s2) * self.level[track]
            values = {"alpha": 2 * hurst, "D": 0.5 * s2 * dt ** (-2 * hurst), "D_frame": 0.5 * s2 / dt}
        sound = np.all([np.isfinite(v) for v in values.values()], axis=0) & (values["D"] > 0)
        parameters.set_rows(rows[sound], status.OK, **{name: v[sound] for name, v in values.items()})
        parameters.status[rows[~sound]] = status.FAILED


def tabulate_points(
    tracks: Tracks,
    time: Clock,
    points: MotionParameters,
    whole: MotionParameters,
    *,
    estimator: Estimator,
    shortest: int,
) -> Estimates:
    """The two tables of a method that has a law of its own at every position."""
    of_track = whole.status[np.repeat(np.arange(len(tracks)), tracks.lengths)]
    for outcome in (status.TOO_SHORT, status.NO_ESTIMATE):
        points.status[of_track == outcome] = outcome
    remarks = [
        "too many gaps or irregular times for the filter: use --method exact"
        if outcome == status.NO_ESTIMATE
        else track_advice(outcome, n_points=int(n), shortest=shortest, flaw=flaw, window=1)
        for outcome, n, flaw in zip(whole.status, tracks.lengths, tracks.info["flaw"].to_list(), strict=True)
    ]
    return tabulate(
        tracks, time, window=1, windows=points, whole=whole, advice=np.array(remarks, dtype=object),
        estimator=estimator,
    )  # fmt: skip
