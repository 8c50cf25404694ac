"""From a reader's `Table` to `Tracks`: units applied, rows cleaned and sorted, everything left out counted."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.model import AXES, NO_FRAME, Provenance, Tracks, track_info
from perrin.tracks.table import ReadOptions, Table
from perrin.tracks.timing import clock_times
from perrin.tracks.units import Units
from perrin.types import BoolArray, FloatArray, IntArray

_LARGEST_FRAME: Final = 2.0**53


def assemble(
    table: Table,
    options: ReadOptions,
    *,
    source: str,
    format_name: str,
    reason: str = "",
    sha256: str = "",
    file: object,
) -> Tracks:
    """Build Tracks from a table; raises InputError where units or numbers contradict each other."""
    ignored = Counter(table.ignored)
    notes = list(table.notes)
    rows, everyone = _assigned(table.rows, ignored)
    rows = _finite(rows, ignored)
    _check_frames(rows, file)
    axes = [a for a in AXES if a in rows.columns] if table.settled else _axes(rows, notes)
    length, factors = _length(table, options, notes, file)
    code, codes = _codes(rows, everyone)
    time, times, interval = clock_times(rows, code, table, options, notes, file)
    order = np.lexsort((times, code)) if not _sorted(code, times) else np.arange(len(times))
    rows, code, times = rows[order], code[order], times[order]
    keep, flaws = _duplicates(rows, axes, code, times, len(codes), ignored)
    rows, code, times = rows.filter(pl.Series(keep)), code[keep], times[keep]
    frames = _frames(rows)
    counts = np.bincount(code, minlength=len(codes))
    if len(counts) > 1 and counts.max() == 1:
        notes.append(
            f"every track has one point: is {table.columns.get('track', 'track')!r} the id of a spot and not a track?"
        )
    info = _info(table, options, codes, flaws, counts, source)
    return Tracks(
        positions=_scaled(rows, axes, factors),
        times=times,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        info=info,
        units=Units(length=length, time=time),
        frames=frames,
        sigma=_errors(rows, axes, factors),
        provenance=(
            Provenance(
                source=source,
                format=format_name,
                reason=reason,
                sha256=sha256,
                rows=table.rows.height + sum(table.ignored.values()),
                length_unit=table.length_unit,
                time_unit=table.time_unit,
                frame_interval=interval,
                columns=dict(table.columns),
                unused_columns=table.unused_columns,
                ignored=dict(ignored),
                notes=tuple(notes),
            ),
        ),
    )


def _info(
    table: Table, options: ReadOptions, codes: pl.DataFrame, flaws: list[str | None], counts: IntArray, source: str
) -> pl.DataFrame:
    """The `info` of Tracks: what the user says of all tracks goes before what the file says of each."""
    ids = codes["track"].to_list()
    info = track_info(
        ids,
        source=source,
        condition=options.condition,
        replicate=options.replicate,
        parents=[table.parents.get(i) for i in ids],
    )
    for column in ("source", "condition", "replicate", "parent"):
        if column in codes.columns and getattr(options, column, None) is None:
            info = info.with_columns(codes[column].alias(column))
    if "flaw" in codes.columns:
        flaws = [new or old for new, old in zip(flaws, codes["flaw"].to_list(), strict=True)]
    flaws = [
        flaw or (None if count else "none of its rows has a finite position and time")
        for flaw, count in zip(flaws, counts, strict=True)
    ]
    return info.with_columns(pl.Series("flaw", flaws, dtype=pl.String))


def _keys(rows: pl.DataFrame) -> list[str]:
    return [c for c in ("source", "track") if c in rows.columns]


def _assigned(rows: pl.DataFrame, ignored: Counter[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that belong to a track, and one row for every track, in order of first appearance."""
    loose = rows["track"].is_null()
    if loose.any():
        ignored["untracked"] += int(loose.sum())
        rows = rows.filter(~loose)
    extra = [pl.col(c).first() for c in ("condition", "replicate", "parent", "flaw") if c in rows.columns]
    return rows, rows.group_by(_keys(rows), maintain_order=True).agg(*extra)


def _finite(rows: pl.DataFrame, ignored: Counter[str]) -> pl.DataFrame:
    for reason, columns in (
        ("position_missing", AXES),
        ("time_missing", ("t",) if "t" in rows.columns else ("frame",)),
        ("error_missing", tuple(f"{a}_err" for a in AXES)),
    ):
        present = [c for c in columns if c in rows.columns]
        if present:
            good = pl.all_horizontal([pl.col(c).is_not_null() & pl.col(c).is_finite() for c in present])
            if reason == "error_missing":
                good = good & pl.all_horizontal([pl.col(c) >= 0 for c in present])
            kept = rows.filter(good)
            if kept.height < rows.height:
                ignored[reason] += rows.height - kept.height
            rows = kept
    return rows


def _check_frames(rows: pl.DataFrame, file: object) -> None:
    if "frame" not in rows.columns:
        return
    frame = rows["frame"]
    bad = frame.is_not_null() & ((frame != frame.round()) | (frame.abs() > _LARGEST_FRAME))
    if bad.any():
        at = int(bad.arg_max() or 0)
        raise InputError(
            f"{frame[at]:g} is no frame number",
            file=file,
            row=rows["row"][at] if "row" in rows.columns else None,
            column="frame",
            remedy="If the column holds times, say so: --columns t=NAME.",
        )


def _axes(rows: pl.DataFrame, notes: list[str]) -> list[str]:
    """The axes in use: a z (or y) that never changes in the whole file is no axis."""
    axes = [a for a in AXES if a in rows.columns]
    while len(axes) > 1 and rows.height > 1 and rows[axes[-1]].n_unique() == 1:
        if axes[-1] == "y" and rows["x"].n_unique() == 1:
            break
        notes.append(f"{axes[-1]} is {rows[axes[-1]][0]:g} everywhere: read as {len(axes) - 1}-D")
        axes.pop()
    return axes


def _length(
    table: Table, options: ReadOptions, notes: list[str], file: object
) -> tuple[str, tuple[float, float, float]]:
    """Unit of length of the result, and the factor that brings each axis to it."""
    known = units.length_factor(table.length_unit)
    if table.length_unit is not None and not units.is_length(table.length_unit):
        notes.append(
            f"the unit of length {table.length_unit!r} is unknown to perrin: positions are left as they are, called px"
        )
    if table.quantity is not None:
        return table.quantity, (1.0, 1.0, 1.0)
    if options.pixel_size is None:
        return (units.PIXEL, (1.0, 1.0, 1.0)) if known is None else (units.MICRON, (known, known, known))
    if known is not None:
        raise InputError(
            f"positions are already in {table.length_unit}", file=file, remedy="Leave --pixel-size out for this file."
        )
    lateral, axial = options.pixel_size[0], options.pixel_size[-1]
    return units.MICRON, (lateral, lateral, axial)


def _codes(rows: pl.DataFrame, everyone: pl.DataFrame) -> tuple[IntArray, pl.DataFrame]:
    numbered = everyone.with_row_index("code")
    keys = _keys(rows)
    joined = rows.select(keys).join(numbered.select(*keys, "code"), on=keys, how="left", maintain_order="left")
    return joined["code"].cast(pl.Int64).to_numpy(), everyone


def _sorted(code: IntArray, times: FloatArray) -> bool:
    same = code[1:] == code[:-1]
    return bool(np.all((code[1:] > code[:-1]) | (same & (times[1:] >= times[:-1]))))


def _duplicates(
    rows: pl.DataFrame, axes: list[str], code: IntArray, times: FloatArray, n_tracks: int, ignored: Counter[str]
) -> tuple[BoolArray, list[str | None]]:
    """Which rows to keep, and for each track why it cannot be used (or None).

    A row that repeats another exactly is left out; two positions at one time make the whole track unusable,
    since nobody can tell which one is the particle.
    """
    flaws: list[str | None] = [None] * n_tracks
    keep = np.ones(len(times), dtype=bool)
    again = np.flatnonzero((code[1:] == code[:-1]) & (times[1:] == times[:-1])) + 1
    if len(again) == 0:
        return keep, flaws
    place = rows.select(axes).to_numpy()
    first = again - 1
    while np.any(follow := np.isin(first, again)):
        first = np.where(follow, first - 1, first)
    same = (place[again] == place[first]).all(axis=1)
    keep[again] = False
    if same.any():
        ignored["duplicate_row"] += int(same.sum())
    if not same.all():
        ignored["conflicting_row"] += int((~same).sum())
        for at in again[~same]:
            if flaws[code[at]] is None:
                stamp = rows["frame"][int(at)] if "frame" in rows.columns else None
                when = f"frame {stamp:.0f}" if stamp is not None else f"time {rows['t'][int(at)]:g}"
                asked = _rounded(rows, code == code[at]) or "is this id used by two particles?"
                flaws[code[at]] = f"two different positions at {when}: {asked}"
    return keep, flaws


def _rounded(rows: pl.DataFrame, here: BoolArray) -> str:
    """What to do where times that never fall seem to repeat because they were rounded; '' where they do not."""
    if "frame" in rows.columns or "row" not in rows.columns or here.sum() < 3:
        return ""
    if not np.all(np.diff(rows["row"].to_numpy()[here]) > 0):
        return ""
    step = np.ptp(rows["t"].to_numpy()[here]) / (here.sum() - 1)
    return (
        "are its times rounded? If its rows are consecutive frames, --columns frame=row with --frame-interval says so "
        f"(the mean step is {step:.6g})"
    )


def _frames(rows: pl.DataFrame) -> IntArray:
    if "frame" not in rows.columns:
        return np.full(rows.height, NO_FRAME, dtype=np.int64)
    return rows["frame"].cast(pl.Int64).fill_null(NO_FRAME).to_numpy().copy()


def _scaled(rows: pl.DataFrame, axes: list[str], factors: tuple[float, float, float]) -> FloatArray:
    return np.column_stack([rows[a].to_numpy() * factors[AXES.index(a)] for a in axes]).reshape(-1, len(axes))


def _errors(rows: pl.DataFrame, axes: list[str], factors: tuple[float, float, float]) -> FloatArray | None:
    if not all(f"{a}_err" in rows.columns for a in axes):
        return None
    return np.column_stack([rows[f"{a}_err"].to_numpy() * factors[AXES.index(a)] for a in axes])
