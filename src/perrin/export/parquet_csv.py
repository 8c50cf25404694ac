"""Parquet and CSV of points with their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import polars as pl

from perrin.export.export_table import ExportTable
from perrin.export.writer import Writer
from perrin.tracks.store import FORMAT_VERSION, METADATA_KEY, replace_file, write_table_csv


def write_parquet(export: ExportTable, path: Path) -> None:
    """One row a point; `perrin.read` restores the tracks, and the entry "perrin" of the metadata tells the units."""
    about = {"version": FORMAT_VERSION, "length": export.units.length, "time": export.units.time}
    units = {"units": dict(export.property_units)}
    metadata = {METADATA_KEY: _text(about), "perrin": _text(units)}
    replace_file(path, lambda temporary: export.points.write_parquet(temporary, metadata=metadata))


def write_csv(export: ExportTable, path: Path) -> None:
    """One row a point, units in the heading; columns that hold nothing are left out."""
    points = export.points
    empty = [name for name in points.columns if points[name].null_count() == points.height]
    kept = points.drop(name for name in empty if name not in export.properties)
    write_table_csv(kept, export.units, path, export.property_units)


def write_track_table(table: pl.DataFrame, export: ExportTable, path: Path, units: dict[str, str]) -> None:
    """The table of whole tracks, as Parquet or CSV by the ending of `path`."""
    if path.suffix == ".parquet":
        metadata = {"perrin": _text({"units": units})}
        replace_file(path, lambda temporary: table.write_parquet(temporary, metadata=metadata))
    else:
        write_table_csv(table, export.units, path, {name: unit for name, unit in units.items() if unit != "1"})


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


PARQUET: Final = Writer(write_parquet, "perrin's Parquet, which restores everything", ".parquet")


CSV: Final = Writer(write_csv, "CSV with units in its heading, safe in a spreadsheet", ".csv")
