"""Parquet and CSV of points with their results."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from perrin.export.sheet import Sheet
from perrin.tracks.store import FORMAT_VERSION, METADATA_KEY, replace_file, write_table_csv


def write_parquet(sheet: Sheet, path: Path) -> None:
    """One row a point; `perrin.read` restores the tracks, and the entry "perrin" of the metadata tells the units."""
    about = {"version": FORMAT_VERSION, "length": sheet.units.length, "time": sheet.units.time}
    units = {"units": dict(sheet.property_units)}
    metadata = {METADATA_KEY: _text(about), "perrin": _text(units)}
    replace_file(path, lambda temporary: sheet.points.write_parquet(temporary, metadata=metadata))


def write_csv(sheet: Sheet, path: Path) -> None:
    """One row a point, units in the heading; columns that hold nothing are left out."""
    points = sheet.points
    empty = [name for name in points.columns if points[name].null_count() == points.height]
    kept = points.drop(name for name in empty if name not in sheet.properties)
    write_table_csv(kept, sheet.units, path, sheet.property_units)


def write_whole(table: pl.DataFrame, sheet: Sheet, path: Path, units: dict[str, str]) -> None:
    """The table of whole tracks, as Parquet or CSV by the ending of `path`."""
    if path.suffix == ".parquet":
        metadata = {"perrin": _text({"units": units})}
        replace_file(path, lambda temporary: table.write_parquet(temporary, metadata=metadata))
    else:
        write_table_csv(table, sheet.units, path, {name: unit for name, unit in units.items() if unit != "1"})


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
