"""When each row was seen: in frames, in seconds, on a grid where rounding alone keeps the times off it."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.table import ReadOptions, Table
from perrin.types import FloatArray, IntArray

GRID_TOLERANCE: Final = 0.02
"""Times this close to a regular grid, in steps, are taken for a rounded grid and put back on it."""


def clock_times(
    rows: pl.DataFrame, code: IntArray, table: Table, options: ReadOptions, notes: list[str], file: object
) -> tuple[str, FloatArray, float | None]:
    """Unit of time, the time of each row, and the frame interval where there is one."""
    interval = options.frame_interval
    declared = units.time_factor(table.time_unit)
    if "t" in rows.columns and not units.is_frames(table.time_unit):
        stamps = rows["t"].to_numpy().astype(np.float64)
        if declared is not None:
            stamps = stamps * declared
            found, grid = _regular(stamps, code, rows, notes)
            stamps = stamps if table.settled else grid
            if interval is not None and found is not None and abs(interval / found - 1) > 0.02:
                raise InputError(
                    f"the interval between its times is {found:.6g} s, but --frame-interval is {interval:g} s",
                    file=file,
                    remedy="Remove --frame-interval, or correct the times in the file.",
                )
            return units.SECOND, stamps, found
        return _unstated_times(stamps, code, rows, interval, table, notes)
    if table.time_unit is not None and declared is None and not units.is_frames(table.time_unit):
        notes.append(f"the unit of time {table.time_unit!r} is not known to perrin: times are counted in frames")
    if "t" in rows.columns:
        ticks = rows["t"].to_numpy().astype(np.float64)
    elif "frame" in rows.columns:
        ticks = rows["frame"].to_numpy().astype(np.float64)
    else:
        raise InputError(
            "has no column of frames or times",
            file=file,
            remedy="Give it with --columns frame=NAME or --columns t=NAME. If the rows are consecutive frames, use "
            "--columns frame=row.",
        )
    if declared is not None and table.frame_interval is not None:
        stated = table.frame_interval * declared
        if interval is not None and abs(interval / stated - 1) > 0.02:
            notes.append(f"the file states a frame interval of {stated:g} s; the given {interval:g} s is used")
        interval = interval or stated
    if interval is None:
        return units.FRAME, ticks, None
    return units.SECOND, ticks * interval, interval


def _unstated_times(
    stamps: FloatArray,
    code: IntArray,
    rows: pl.DataFrame,
    interval: float | None,
    table: Table,
    notes: list[str],
) -> tuple[str, FloatArray, float | None]:
    """Times whose unit the file does not state: counted in steps, or in s once the step is given."""
    name = table.columns.get("t", "t")
    if table.time_unit is not None:
        notes.append(f"the unit of time {table.time_unit!r} is not known to perrin")
    if "frame" in rows.columns and rows["frame"].null_count() == 0:
        ticks = rows["frame"].to_numpy().astype(np.float64)
        notes.append(f"column {name!r} states no unit, so frames are used")
        return (units.FRAME, ticks, None) if interval is None else (units.SECOND, ticks * interval, interval)
    found, stamps = _regular(stamps, code, rows, notes)
    steps = _steps(stamps, code)
    step = found or (float(np.median(steps)) if len(steps) else 1.0)
    ticks = stamps / step
    if found is not None and len(ticks):
        # Whole steps are counted from the first time, which itself may lie between two frames.
        first = float(ticks.min())
        start = round(first) if abs(first - round(first)) < GRID_TOLERANCE else first
        ticks = np.round(ticks - first) + start
    if interval is None:
        if step != 1.0:
            notes.append(
                f"column {name!r} states no unit: its {'step' if found else 'median step'} of {step:.6g} is taken as "
                f"1 frame (if the unit is seconds, use --frame-interval {step:.6g})"
            )
        return units.FRAME, ticks, None
    return units.SECOND, ticks * interval, interval


def _steps(stamps: FloatArray, code: IntArray) -> FloatArray:
    """All positive steps of time within tracks."""
    order = np.lexsort((stamps, code))
    steps: FloatArray = np.diff(stamps[order])[np.diff(code[order]) == 0]
    return steps[steps > 0]


def _regular(
    stamps: FloatArray, code: IntArray, rows: pl.DataFrame, notes: list[str]
) -> tuple[float | None, FloatArray]:
    """The grid step of all sources, where they share one, and the times of each source put back on its grid."""
    with np.errstate(all="ignore"):  # times near the end of floats are no grid
        return _regular_sources(stamps, code, rows, notes)


def _regular_sources(
    stamps: FloatArray, code: IntArray, rows: pl.DataFrame, notes: list[str]
) -> tuple[float | None, FloatArray]:
    if "source" not in rows.columns or rows["source"].n_unique() < 2:
        return _regular_source(stamps, code, rows, notes)
    steps, grid = [], stamps.copy()
    for part in rows.with_row_index("at").partition_by("source", maintain_order=True):
        at = part["at"].to_numpy()
        step, grid[at] = _regular_source(stamps[at], code[at], part, notes)
        steps.append(step)
    shared = steps[0] is not None and all(s is not None and abs(s / steps[0] - 1) < GRID_TOLERANCE for s in steps)
    return steps[0] if shared else None, grid


def _regular_source(
    stamps: FloatArray, code: IntArray, rows: pl.DataFrame, notes: list[str]
) -> tuple[float | None, FloatArray]:
    """The grid step if all times lie on one regular grid but for rounding, and the times put back on it."""
    if "frame" in rows.columns and rows["frame"].null_count() == 0:
        frame = rows["frame"].to_numpy().astype(np.float64)
        if len(frame) > 1 and np.ptp(frame) > 0:
            pace = float(np.cov(frame, stamps)[0, 1] / np.var(frame, ddof=1))
            start = float(np.mean(stamps) - pace * np.mean(frame))
            off = np.abs(stamps - start - pace * frame)
            if pace > 0 and off.max() < GRID_TOLERANCE * pace:
                return pace, frame * pace + (0.0 if abs(start) < GRID_TOLERANCE * pace else start)
            apart = int((off > 0.5 * abs(pace)).sum())
            if apart:
                notes.append(f"times and frames differ by more than half a frame in {apart:,} rows; the times are used")
    steps = _steps(stamps, code)
    # Where most steps skip frames the median is not the frame interval, but the smallest step may be.
    for step in (float(np.median(steps)), float(steps.min())) if len(steps) else ():
        found = _grid(stamps, step)
        if found is not None:
            return found
    return None, stamps


def _grid(stamps: FloatArray, step: float) -> tuple[float, FloatArray] | None:
    """The regular grid nearest to `step` that all times lie on but for rounding, or None."""
    since = stamps - stamps.min()
    if not np.isfinite(since @ since):
        return None
    for _ in range(3):
        ticks = np.round(since / step)
        off = np.abs(since / step - ticks)
        if off.max() < GRID_TOLERANCE:
            step = float((ticks @ since) / (ticks @ ticks)) if ticks.max() > 0 else step
            return step, stamps.min() + ticks * step
        near = off < 0.2
        if not near.any() or ticks[near].max() == 0:
            return None
        step = float((ticks[near] @ since[near]) / (ticks[near] @ ticks[near]))
    return None
