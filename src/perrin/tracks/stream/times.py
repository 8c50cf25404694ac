"""When each record was seen: as `tracks.timing` says it of a file in memory, in passes over records on disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.stream.records import Records, Survey
from perrin.tracks.table import ReadOptions
from perrin.tracks.timing import GRID_TOLERANCE
from perrin.types import FloatArray

Placed = Callable[[FloatArray, FloatArray], FloatArray]
"""From times as the file has them, and frames, to times."""


@final
@dataclass(frozen=True)
class Times:
    """How the times of a file are to be understood.

    Attributes:
        unit: that `t` has once it is `placed`; None: `t` stays as it is, or is left out.
        placed: puts times where they belong; None where they stay.
        drop: frames alone count.
        interval: the frame interval, where it was looked for.
    """

    unit: str | None = None
    placed: Placed | None = None
    drop: bool = False
    interval: float | None = None


def find_times(survey: Survey, options: ReadOptions, notes: list[str], file: object) -> Times:
    """What `tracks.timing.clock_times` finds; raises InputError where file and options contradict each other."""
    table, columns = survey.head, survey.records.columns
    if "t" not in columns or units.is_frames(table.time_unit):
        return Times()
    declared = units.time_factor(table.time_unit)
    if table.settled:
        found, _ = _fit(survey, declared or 1.0, notes) if "source" not in survey.names.columns else (None, None)
        return Times(interval=found)
    if declared is None:
        return _unstated(survey, options, notes)
    found, placed = _fit(survey, declared, notes)
    given = options.frame_interval
    if given is not None and found is not None and abs(given / found - 1) > GRID_TOLERANCE:
        raise InputError(
            f"the interval between its times is {found:.6g} s, but --frame-interval is {given:g} s",
            file=file,
            remedy="Remove --frame-interval, or correct the times in the file.",
        )
    return Times(units.SECOND, placed, interval=found)


def _unstated(survey: Survey, options: ReadOptions, notes: list[str]) -> Times:
    """Times whose unit the file does not state: counted in steps, or in s once the step is given."""
    table, given = survey.head, options.frame_interval
    name = table.columns.get("t", "t")
    if table.time_unit is not None:
        notes.append(f"the unit of time {table.time_unit!r} is not known to perrin")
    if "frame" in survey.complete:
        notes.append(f"column {name!r} states no unit, so frames are used")
        return Times(drop=True, interval=given)
    found, placed = _fit(survey, 1.0, notes)
    usual = _steps(survey)
    step = found or (float(np.median(usual)) if len(usual) else 1.0)
    first = float(placed(np.array([survey.low["t"]]), np.array([np.nan]))[0]) / step
    start = round(first) if abs(first - round(first)) < GRID_TOLERANCE else first

    def ticks(stamps: FloatArray, frames: FloatArray) -> FloatArray:
        counted = placed(stamps, frames) / step
        return counted if found is None else np.round(counted - first) + start

    if given is None:
        if step != 1.0:
            notes.append(
                f"column {name!r} states no unit: its {'step' if found else 'median step'} of {step:.6g} is taken as "
                f"1 frame (if the unit is seconds, use --frame-interval {step:.6g})"
            )
        return Times(units.FRAME, ticks)
    return Times(units.SECOND, lambda stamps, frames: ticks(stamps, frames) * given, interval=given)


def _fit(survey: Survey, factor: float, notes: list[str]) -> tuple[float | None, Placed]:
    """The step of the regular grid on which all times lie but for rounding, and what puts them there."""

    def as_they_are(stamps: FloatArray, _: FloatArray) -> FloatArray:
        return stamps * factor

    if "frame" in survey.complete and survey.high["frame"] > survey.low["frame"]:
        pace, start = _pace(survey.records, factor)
        worst, apart = _apart(survey.records, factor, pace, start)
        if pace > 0 and worst < GRID_TOLERANCE * pace:
            shift = 0.0 if abs(start) < GRID_TOLERANCE * pace else start
            return pace, lambda _, frames: frames * pace + shift
        if apart:
            notes.append(f"times and frames differ by more than half a frame in {apart:,} rows; the times are used")
    steps = _steps(survey) * factor
    low = survey.low["t"] * factor
    for guess in (float(np.median(steps)), float(steps.min())) if len(steps) else ():
        fitted = _grid(survey.records, factor, low, guess)
        if fitted is not None:
            return fitted[1], partial(_on_grid, factor, low, *fitted)
    return None, as_they_are


def _on_grid(factor: float, low: float, counted: float, step: float, stamps: FloatArray, _: FloatArray) -> FloatArray:
    return low + np.round((stamps * factor - low) / counted) * step


def _columns(records: Records, factor: float) -> Iterator[tuple[FloatArray, FloatArray]]:
    frame, t = (records.at(name) if name in records.columns else None for name in ("frame", "t"))
    for rows in records.batches():
        stamps = rows[:, t or 0] * factor
        yield (rows[:, frame] if frame is not None else np.full(len(rows), np.nan)), stamps


def _pace(records: Records, factor: float) -> tuple[float, float]:
    """Slope and start of the line through all (frame, time)."""
    sums = np.zeros(5)
    origin: tuple[float, float] | None = None
    for frames, stamps in _columns(records, factor):
        origin = origin or (float(frames[0]), float(stamps[0]))
        f, t = frames - origin[0], stamps - origin[1]
        sums += np.array([len(f), f.sum(), t.sum(), f @ f, f @ t])
    n, f1, t1, ff, ft = sums
    assert origin is not None
    pace = float((ft - f1 * t1 / n) / (ff - f1 * f1 / n))
    return pace, float(origin[1] + t1 / n - pace * (origin[0] + f1 / n))


def _apart(records: Records, factor: float, pace: float, start: float) -> tuple[float, int]:
    """The largest distance of a time from that line, and how many are off by more than half a frame."""
    worst, apart = 0.0, 0
    for frames, stamps in _columns(records, factor):
        off = np.abs(stamps - start - pace * frames)
        worst, apart = max(worst, float(off.max())), apart + int((off > 0.5 * abs(pace)).sum())
    return worst, apart


def _steps(survey: Survey) -> FloatArray:
    """Positive steps of time within tracks, among the first records."""
    rows = next(survey.records.batches())
    stamps, code = rows[:, survey.records.at("t")], rows[:, 0]
    order = np.lexsort((stamps, code))
    steps: FloatArray = np.diff(stamps[order])[np.diff(code[order]) == 0]
    return steps[steps > 0]


def _grid(records: Records, factor: float, low: float, step: float) -> tuple[float, float] | None:
    """The steps by which times are counted and placed, near to `step`; None where they lie on no grid."""
    for _ in range(3):
        worst, far, all_sums, near_sums = 0.0, 0.0, np.zeros(2), np.zeros(2)
        for _, stamps in _columns(records, factor):
            since = stamps - low
            ticks = np.round(since / step)
            off = np.abs(since / step - ticks)
            near = off < 0.2
            worst, far = max(worst, float(off.max())), max(far, float(ticks.max()))
            all_sums += np.array([ticks @ since, ticks @ ticks])
            near_sums += np.array([ticks[near] @ since[near], ticks[near] @ ticks[near]])
        if not np.isfinite(all_sums).all():
            return None
        if worst < GRID_TOLERANCE:
            return step, float(all_sums[0] / all_sums[1]) if far > 0 else step
        if near_sums[1] == 0:
            return None
        step = float(near_sums[0] / near_sums[1])
    return None
