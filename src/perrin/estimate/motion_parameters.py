"""From the laws found for windows and whole tracks to the two result tables, the same way for every method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, final

import numpy as np
import polars as pl

from perrin.estimate.contract import Estimator
from perrin.features import Clock, window_of_each_point
from perrin.result import TRACK_SCHEMA, Estimates, point_schema, status
from perrin.result.status import NO_ESTIMATE
from perrin.tracks import AXES, Tracks
from perrin.types import FloatArray, IntArray

StringArray = np.ndarray[tuple[int], np.dtype[np.object_]]


@final
@dataclass(frozen=True, eq=False)
class MotionParameters:
    """The law of motion of each of n windows: arrays (n,), NaN where there is no value.

    Lengths and times are in the units of the Tracks; `status` holds one of `perrin.result.status` each.
    """

    status: StringArray
    alpha: FloatArray
    alpha_lo: FloatArray
    alpha_hi: FloatArray
    D: FloatArray
    D_lo: FloatArray
    D_hi: FloatArray
    D_frame: FloatArray
    sigma: FloatArray
    sigma_lo: FloatArray
    sigma_hi: FloatArray
    fit_p: FloatArray

    @classmethod
    def empty(cls, n: int, outcome: str = NO_ESTIMATE) -> Self:
        """n laws without values."""
        words = np.full(n, outcome, dtype=object)
        return cls(words, *(np.full(n, np.nan) for _ in fields(cls)[1:]))

    def set_rows(self, rows: IntArray, outcome: str, **values: FloatArray) -> None:
        """Write values and a status for the windows at `rows`."""
        self.status[rows] = outcome
        for name, numbers in values.items():
            getattr(self, name)[rows] = numbers

    def column(self, name: str) -> pl.Series:
        """One array as a polars column, NaN as null."""
        return pl.Series(name, getattr(self, name)).fill_nan(None)


def initial_status(tracks: Tracks, shortest: int) -> StringArray:
    """Status of every track before any estimate: bad_input, immobile (not a single step), too_short, or ok."""
    found = np.full(len(tracks), status.OK, dtype=object)
    lengths = tracks.lengths
    found[lengths < shortest] = status.TOO_SHORT
    found[(lengths > 1) & (repeated_positions(tracks) == lengths - 1)] = status.IMMOBILE
    found[tracks.info["flaw"].is_not_null().to_numpy()] = status.BAD_INPUT
    return found


def repeated_positions(tracks: Tracks) -> IntArray:
    """(n_tracks,) how many positions of each track are exactly the one before."""
    counts = np.zeros(len(tracks), dtype=np.int64)
    if tracks.n_points:
        same = np.zeros(tracks.n_points, dtype=np.int64)
        same[1:] = (np.diff(tracks.positions, axis=0) == 0).all(axis=1)
        filled = tracks.lengths > 0
        starts = tracks.offsets[:-1][filled]
        same[starts] = 0
        counts[filled] = np.add.reduceat(same, starts)
    return counts


def tabulate(
    tracks: Tracks,
    clock: Clock,
    *,
    window: int,
    windows: MotionParameters,
    whole: MotionParameters,
    advice: StringArray,
    estimator: Estimator,
    sigma_source: StringArray | None = None,
) -> Estimates:
    """The two tables from one law per window and one law per track; no `sigma_source` where no error is used."""
    settings: Mapping[str, Any] = estimator.settings()
    return Estimates(
        points=_points(tracks, window, windows, whole.status),
        tracks=_tracks(tracks, clock, whole, advice, sigma_source),
        units=tracks.units,
        method=estimator.info.name,
        settings=settings,
        info=estimator.info,
    )


def _points(tracks: Tracks, window: int, windows: MotionParameters, track_status: StringArray) -> pl.DataFrame:
    index, edge = window_of_each_point(tracks.lengths, tracks.offsets, window)
    n = tracks.n_points
    track = np.repeat(np.arange(len(tracks)), tracks.lengths)
    outcome = np.full(n, status.TOO_SHORT, dtype=object)
    full = index >= 0
    outcome[full] = windows.status[index[full]]
    outcome[full & edge & (outcome == status.OK)] = status.EDGE
    for worse in (status.IMMOBILE, status.BAD_INPUT):
        outcome[track_status[track] == worse] = worse
    outcome[(track_status[track] == status.FAILED) & (outcome == status.TOO_SHORT)] = status.FAILED
    valued = np.isin(outcome, (status.OK, status.EDGE))
    columns: dict[str, Any] = (
        tracks.to_polars().select("source", "track", "frame", "t", *AXES[: tracks.dimension]).to_dict()
    )
    for name in ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi"):
        values = np.full(n, np.nan)
        values[valued] = getattr(windows, name)[index[valued]]
        columns[name] = pl.Series(values).fill_nan(None)
    columns["class"], columns["class_p"] = [None] * n, [None] * n
    columns["status"] = outcome.tolist()
    return pl.DataFrame(columns, schema=point_schema(tracks.dimension))


def _tracks(
    tracks: Tracks, clock: Clock, whole: MotionParameters, advice: StringArray, sigma_source: StringArray | None
) -> pl.DataFrame:
    lengths = tracks.lengths
    filled = lengths > 0
    duration = np.full(len(tracks), np.nan)
    last = np.maximum(tracks.offsets[1:] - 1, 0)[filled]
    duration[filled] = tracks.times[last] - tracks.times[tracks.offsets[:-1][filled]]
    gaps = pl.Series(clock.gaps)
    columns: dict[str, Any] = {c: tracks.info[c] for c in ("source", "condition", "replicate", "track", "parent")}
    columns |= {
        "n_points": lengths,
        "n_gaps": gaps.set(pl.Series(~clock.regular), None),
        "dt": pl.Series(clock.dt).fill_nan(None),
        "duration": pl.Series(duration).fill_nan(None),
    }
    for field in fields(whole)[1:]:
        columns[field.name] = whole.column(field.name)
    columns["sigma_source"] = [None] * len(tracks) if sigma_source is None else sigma_source.tolist()
    columns["class"], columns["class_p"] = [None] * len(tracks), [None] * len(tracks)
    columns["status"] = whole.status.tolist()
    columns["advice"] = advice.tolist()
    return pl.DataFrame({name: columns[name] for name in TRACK_SCHEMA}, schema=dict(TRACK_SCHEMA))
