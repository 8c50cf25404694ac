"""perrin's own files of tracks: Parquet that restores everything, and CSV that anything reads."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.csv_escape import escape_formulas
from perrin.tracks.model import AXES, INFO_SCHEMA, NO_FRAME, Provenance, Tracks
from perrin.tracks.units import MICRON, PIXEL, Units
from perrin.types import FloatArray, IntArray

METADATA_KEY: Final = "perrin.tracks"
FORMAT_VERSION: Final = 1


def write_parquet(tracks: Tracks, path: str | PathLike[str]) -> None:
    """Write `tracks` so that `perrin.read` restores them exactly (all but their provenance).

    One row a point: source, condition, replicate, track, parent, flaw, frame, t, x[, y, z][, x_err, …]; a track
    without points keeps one row without numbers. The metadata entry "perrin.tracks" is JSON: version, length,
    time. Raises InputError when two tracks of one source share an id.
    """
    table, metadata = point_table(tracks), parquet_metadata(tracks.units)
    replace_file(Path(path), lambda temporary: table.write_parquet(temporary, metadata=metadata))


def parquet_metadata(units: Units) -> dict[str, str]:
    """The metadata entry of perrin's Parquet."""
    meta = {"version": FORMAT_VERSION, "length": units.length, "time": units.time}
    return {METADATA_KEY: json.dumps(meta, ensure_ascii=False)}


def to_bytes(tracks: Tracks) -> bytes:
    """What `write_parquet` would write; the same tracks give the same bytes."""
    out = io.BytesIO()
    point_table(tracks).write_parquet(out, metadata=parquet_metadata(tracks.units))
    return out.getvalue()


def from_bytes(data: bytes, units: Units, provenance: tuple[Provenance, ...]) -> Tracks:
    """The tracks of which `to_bytes` made `data`, every number as it was; their units and origin are told."""
    table = pl.read_parquet(io.BytesIO(data))
    names = table.select("source", "track")
    change = (names != names.shift(1)).select(pl.any_horizontal(pl.all().fill_null(value=True))).to_series()
    starts = np.flatnonzero(change.to_numpy()) if table.height else np.zeros(0, dtype=np.int64)
    info = table.select(list(INFO_SCHEMA))[starts.tolist()]
    there = table["t"].is_not_null().to_numpy()
    points = table.filter(there)
    counts = np.add.reduceat(there.astype(np.int64), starts) if len(starts) else np.zeros(0, dtype=np.int64)
    axes = [axis for axis in AXES if axis in table.columns]
    errors = [f"{axis}_err" for axis in axes if f"{axis}_err" in table.columns]
    return Tracks(
        positions=points.select(axes).to_numpy(),
        times=points["t"].to_numpy(),
        offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        info=info,
        units=units,
        frames=points["frame"].fill_null(NO_FRAME).to_numpy(),
        sigma=points.select(errors).to_numpy() if errors else None,
        provenance=provenance,
    )


def write_csv(tracks: Tracks, path: str | PathLike[str]) -> None:
    """Write `tracks` as CSV whose heading states the units; `perrin.read` gives back equal tracks.

    Columns that hold nothing are left out. The name of a series' quantity and the reason why a track cannot be
    used are not kept. Words that a spreadsheet would take for formulas get an apostrophe in front. Raises
    InputError when two tracks of one source share an id.
    """
    table = point_table(tracks).drop("flaw")
    empty = [name for name in table.columns if table[name].null_count() == table.height and name != "track"]
    write_table_csv(table.drop(name for name in empty if name not in ("t", *AXES)), tracks.units, Path(path))


def write_table_csv(table: pl.DataFrame, units: Units, path: Path, more: Mapping[str, str] | None = None) -> None:
    """Write a table of points as CSV, units in its heading, `more` those of further columns; formulas neutralised."""
    headings = {name: heading(name, units) for name in table.columns}
    headings |= {name: f"{name} ({unit})" for name, unit in (more or {}).items() if name in table.columns}
    words = [escape_formulas(table[name]) for name, dtype in table.schema.items() if dtype == pl.String]
    replace_file(path, table.with_columns(words).rename(headings).write_csv)


def heading(column: str, units: Units) -> str:
    """What a column of points is called in a CSV file: with its unit, where it has one."""
    if column == "t":
        return f"t ({units.time})"
    if column in AXES or column.removesuffix("_err") in AXES:
        return f"{column} ({units.length})" if units.length in (MICRON, PIXEL) else column
    return "parent track" if column == "parent" else column


def point_table(tracks: Tracks) -> pl.DataFrame:
    """One row a point with all that is known of its track; raises InputError when track ids are not unique."""
    if tracks.info.select("source", "track").is_duplicated().any():
        twice = tracks.info.filter(tracks.info.select("source", "track").is_duplicated())
        raise InputError(
            f"two tracks have the id {twice['track'][0]!r}",
            file=twice["source"][0],
            remedy="Give each track a different id.",
        )
    lengths = tracks.lengths
    # A track without points gets one row, index -1 standing for its missing numbers.
    rows = np.repeat(np.arange(len(tracks)), np.maximum(lengths, 1))
    point = np.full(len(rows), -1, dtype=np.int64)
    point[lengths[rows] > 0] = np.arange(tracks.n_points)
    here = pl.Series(point >= 0)
    columns = {name: tracks.info[name].gather(rows) for name in tracks.info.columns}
    numbers: dict[str, FloatArray | IntArray] = {"frame": tracks.frames, "t": tracks.times}
    numbers |= {axis: tracks.positions[:, i] for i, axis in enumerate(AXES[: tracks.dimension])}
    if tracks.sigma is not None:
        numbers |= {f"{axis}_err": tracks.sigma[:, i] for i, axis in enumerate(AXES[: tracks.dimension])}
    for name, values in numbers.items():
        series = pl.Series(name, values).gather(np.maximum(point, 0)) if tracks.n_points else _nothing(name, len(rows))
        missing = ~here | (series == NO_FRAME) if name == "frame" else ~here
        columns[name] = series.set(missing, None)
    return pl.DataFrame(columns)


def _nothing(name: str, n: int) -> pl.Series:
    return pl.Series(name, [0] * n, dtype=pl.Int64 if name == "frame" else pl.Float64)


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a temporary name and rename, so that a broken run leaves no half file behind."""
    temporary = path.with_name(f"{path.name}.partial")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
