"""From a reader's `Table` to `Tracks`: units applied, rows cleaned and sorted, everything left out counted."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.csv_escape import as_enum
from perrin.tracks.model import AXES, NO_FRAME, Provenance, Tracks, frozen, track_info
from perrin.tracks.table import ReadOptions, Table
from perrin.tracks.timing import clock_times
from perrin.tracks.units import Units
from perrin.types import BoolArray, FloatArray, IntArray

_LARGEST_FRAME: Final = 2.0**53


@np.errstate(over="ignore", invalid="ignore")  # what overflows is found and refused
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
    rows, code, everyone = _assigned(table.rows, ignored)
    rows, code = finite_rows(rows, code, ignored)
    frames = _frames(rows, file)
    axes = [a for a in AXES if a in rows.columns] if table.settled else _axes(rows, notes)
    length, factors = _length(table, options, notes, file)
    time, times, interval = clock_times(rows, code, table, options, notes, file)
    if not _sorted(code, times):
        order = np.lexsort((times, code))
        rows, code, times, frames = rows[order], code[order], times[order], frames[order]
    keep, flaws = _duplicates(rows, axes, code, times, everyone.height, ignored)
    if not keep.all():
        rows, code, times, frames = rows.filter(pl.Series(keep)), code[keep], times[keep], frames[keep]
    counts = np.bincount(code, minlength=everyone.height)
    notes += _note_lone_points(counts, table)
    positions, sigma = _scaled(rows, axes, factors), _errors(rows, axes, factors)
    _check_range(positions if max(factors) > 1 else positions[:0], times, length, time, file)
    return Tracks(
        positions=frozen(positions),
        times=times,
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        info=_info(table, options, everyone, flaws, counts, source),
        units=Units(length=length, time=time),
        frames=frames,
        sigma=sigma,
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


def _note_lone_points(counts: IntArray, table: Table) -> list[str]:
    if len(counts) < 2 or counts.max() != 1:
        return []
    name = table.columns.get("track", "track")
    return [f"every track has only one position; {name!r} may be the id of spots, not of tracks"]


def _check_range(positions: FloatArray, times: FloatArray, length: str, time: str, file: object) -> None:
    if not (np.isfinite(positions).all() and np.isfinite(times).all()):
        raise InputError(
            f"has positions or times that are too large after conversion to {length} and {time}",
            file=file,
            remedy="Correct them, or check the units, --pixel-size and --frame-interval.",
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


def _assigned(rows: pl.DataFrame, ignored: Counter[str]) -> tuple[pl.DataFrame, IntArray, pl.DataFrame]:
    """Rows that belong to a track, the number of its track for each, and one row for every track as first met."""
    loose = rows["track"].is_null()
    if loose.any():
        ignored["untracked"] += int(loose.sum())
        rows = rows.filter(~loose)
    owner = _numbers(rows["track"])
    if "source" in rows.columns:
        # The same id in two sources is two tracks; missing sources are one.
        source = _numbers(rows["source"].fill_null(""))
        owner = np.unique(owner * (int(source.max(initial=0)) + 1) + source, return_inverse=True)[1]
    step = np.diff(owner)
    if len(owner) and owner[0] == 0 and step.min(initial=0) == 0 and step.max(initial=0) <= 1:
        starts = np.concatenate([[0], np.flatnonzero(step) + 1])
        return rows.drop("track"), owner, _tracks(rows, starts)
    # Written backwards, the first row of each track is what remains.
    first = np.full(int(owner.max(initial=-1)) + 1, -1, dtype=np.int64)
    first[owner[::-1]] = np.arange(len(owner))[::-1]
    met = np.flatnonzero(first >= 0)
    met = met[np.argsort(first[met])]
    place = np.zeros(len(first), dtype=np.int64)
    place[met] = np.arange(len(met))
    return rows.drop("track"), place[owner], _tracks(rows, first[met])


def _tracks(rows: pl.DataFrame, first: IntArray) -> pl.DataFrame:
    """What the rows at `first` say of their tracks."""
    kept = [c for c in ("source", "track", "condition", "replicate", "parent", "flaw") if c in rows.columns]
    return rows.select(kept)[first].with_columns(pl.col("track").cast(pl.String))


def _numbers(words: pl.Series) -> IntArray:
    """Each word as the number of its first like."""
    known = words if isinstance(words.dtype, pl.Enum) else as_enum(words)
    return known.to_physical().to_numpy().astype(np.int64)


def finite_rows(rows: pl.DataFrame, code: IntArray, ignored: Counter[str]) -> tuple[pl.DataFrame, IntArray]:
    """The rows, and the numbers of their tracks, whose position, time and error are there; the others are counted."""
    for reason, columns in (
        ("position_missing", AXES),
        ("time_missing", ("t",) if "t" in rows.columns else ("frame",)),
        ("error_missing", tuple(f"{a}_err" for a in AXES)),
    ):
        present = [c for c in columns if c in rows.columns]
        least = 0.0 if reason == "error_missing" else -np.inf
        if all(_complete(rows[c], least) for c in present):
            continue
        numbers = [rows[c].to_numpy() for c in present]
        good = np.logical_and.reduce([np.isfinite(values) & (values >= least) for values in numbers])
        if not good.all():
            ignored[reason] += int((~good).sum())
            rows, code = rows.filter(pl.Series(good)), code[good]
    return rows, code


def _complete(column: pl.Series, least: float) -> bool:
    """True when every value is finite, and none is below `least`."""
    finite = column.null_count() == 0 and bool(column.is_finite().all())
    return finite and (least == -np.inf or bool((column >= least).all()))


def _frames(rows: pl.DataFrame, file: object) -> IntArray:
    """The frame of each row, NO_FRAME where it has none; raises InputError where one is no whole number."""
    if "frame" not in rows.columns:
        return np.full(rows.height, NO_FRAME, dtype=np.int64)
    frame = rows["frame"].to_numpy()
    missing = np.isnan(frame) if frame.dtype.kind == "f" else np.zeros(0, dtype=bool)
    if missing.any():
        frame = np.where(missing, 0.0, frame)
    with np.errstate(invalid="ignore"):
        frames: IntArray = frame.astype(np.int64, copy=False)
    bad = (frames != frame) if frame.dtype.kind == "f" else np.zeros(0, dtype=bool)
    if len(frames) and (bad.any() or max(int(frames.max()), -int(frames.min())) > _LARGEST_FRAME):
        bad = (frames != frame) | (np.abs(frames.astype(np.float64)) > _LARGEST_FRAME)
        at = int(bad.argmax())
        raise InputError(
            f"{frame[at]:g} is not a frame number",
            file=file,
            row=rows["row"][at] if "row" in rows.columns else None,
            column="frame",
            remedy="If the column contains times, use --columns t=NAME.",
        )
    if missing.any():
        frames[missing] = NO_FRAME
    return frames


def _axes(rows: pl.DataFrame, notes: list[str]) -> list[str]:
    """The axes in use: a z (or y) that never changes in the whole file is no axis."""
    axes = [a for a in AXES if a in rows.columns]
    while len(axes) > 1 and rows.height > 1 and _constant(rows[axes[-1]]):
        if axes[-1] == "y" and _constant(rows["x"]):
            break
        notes.append(f"{axes[-1]} is always {rows[axes[-1]][0]:g}: read as {len(axes) - 1}-D")
        axes.pop()
    return axes


def _constant(column: pl.Series) -> bool:
    return bool(column.min() == column.max())


def _length(
    table: Table, options: ReadOptions, notes: list[str], file: object
) -> tuple[str, tuple[float, float, float]]:
    """Unit of length of the result, and the factor that brings each axis to it."""
    known = units.length_factor(table.length_unit)
    if table.length_unit is not None and not units.is_length(table.length_unit):
        notes.append(
            f"the unit of length {table.length_unit!r} is not known to perrin: positions are not converted, and their "
            "unit is called px"
        )
    if table.quantity is not None:
        return table.quantity, (1.0, 1.0, 1.0)
    if options.pixel_size is None:
        return (units.PIXEL, (1.0, 1.0, 1.0)) if known is None else (units.MICRON, (known, known, known))
    if known is not None:
        raise InputError(
            f"positions are already in {table.length_unit}", file=file, remedy="Remove --pixel-size for this file."
        )
    lateral, axial = options.pixel_size[0], options.pixel_size[-1]
    return units.MICRON, (lateral, lateral, axial)


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
                asked = _rounded(rows, code == code[at]) or "check whether two particles have this id"
                flaws[code[at]] = f"two different positions at {when}: {asked}"
    return keep, flaws


def _rounded(rows: pl.DataFrame, here: BoolArray) -> str:
    """What to do where times that never fall seem to repeat because they were rounded; '' where they do not."""
    if "frame" in rows.columns or "row" not in rows.columns or here.sum() < 3:
        return ""
    if not np.all(np.diff(rows["row"].to_numpy()[here].astype(np.int64)) > 0):
        return ""
    step = np.ptp(rows["t"].to_numpy()[here]) / (here.sum() - 1)
    return (
        "the times may be rounded. If the rows are consecutive frames, use --columns frame=row with --frame-interval "
        f"(the mean step is {step:.6g})"
    )


def _scaled(rows: pl.DataFrame, axes: list[str], factors: tuple[float, float, float]) -> FloatArray:
    return _stacked(rows, axes, [factors[AXES.index(a)] for a in axes])


def _errors(rows: pl.DataFrame, axes: list[str], factors: tuple[float, float, float]) -> FloatArray | None:
    if not all(f"{a}_err" in rows.columns for a in axes):
        return None
    return _stacked(rows, [f"{a}_err" for a in axes], [factors[AXES.index(a)] for a in axes])


def _stacked(rows: pl.DataFrame, names: list[str], factors: list[float]) -> FloatArray:
    """Columns side by side, each times its factor."""
    out = np.empty((rows.height, len(names)))
    for i, name in enumerate(names):
        np.multiply(rows[name].to_numpy(), factors[i], out=out[:, i])
    return out
