"""CSV of spots for TrackMate (*Plugins > Tracking > TrackMate CSV importer*), as TrackMate itself exports them.

The importer takes the first row for the heading and passes over the three below, which hold no numbers but state the
units. Ids and frames must be whole numbers there; what perrin calls the tracks stands in columns of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from perrin.export.export_table import ExportTable
from perrin.export.writer import Writer
from perrin.tracks.csv_escape import escape_formulas
from perrin.tracks.store import replace_file
from perrin.tracks.units import MICRON, SECOND

_WORDS: Final = {"source": "PERRIN_SOURCE", "track": "PERRIN_TRACK", "parent": "PERRIN_PARENT"}


def write(export: ExportTable, path: Path) -> None:
    """One row a spot below four rows of headings; properties are spot features of their own name.

    Raises InputError where points have no frames.
    """
    columns = _columns(export)
    heads = [
        [key for key, *_ in columns],
        *[[name for _, name, *_ in columns]] * 2,
        [unit for _, _, unit, _ in columns],
    ]
    table = pl.DataFrame([values.alias(key) for key, _, _, values in columns])
    rest = table.write_csv(include_header=False)
    text = "".join(",".join(head) + "\n" for head in heads) + rest
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _columns(export: ExportTable) -> list[tuple[str, str, str, pl.Series]]:
    """Key, name, unit and values of every column; raises InputError where points have no frames."""
    length = "(micron)" if export.units.length == MICRON else "(pixel)"
    time = "(sec)" if export.units.time == SECOND else "(frame)"
    points, n = export.points, export.points.height
    columns = [
        ("LABEL", "Label", "", pl.Series([f"ID{i}" for i in range(n)])),
        ("ID", "Spot ID", "", pl.Series(np.arange(n))),
        ("TRACK_ID", "Track ID", "", pl.Series(_track_ids(export))),
        ("QUALITY", "Quality", "(quality)", pl.Series(np.ones(n))),
    ]
    for axis in "xyz":
        values = points[axis] if axis in export.axes else pl.Series(np.zeros(n))
        columns.append((f"POSITION_{axis.upper()}", axis.upper(), length, values))
    columns += [("POSITION_T", "T", time, points["t"]), ("FRAME", "Frame", "", pl.Series(export.frames()))]
    for axis in export.axes:
        if f"{axis}_err" in points.columns:
            columns.append((f"ERROR_{axis.upper()}", f"Error {axis.upper()}", length, points[f"{axis}_err"]))
    for name in export.properties:
        if points[name].dtype.is_numeric():
            unit = f"({export.property_units[name]})" if name in export.property_units else ""
            # The importer would skip a spot for an empty cell; NaN is a number to it.
            columns.append((f"PERRIN_{name.upper()}", name, unit, points[name].cast(pl.Float64).fill_null(np.nan)))
        else:
            columns.append((f"PERRIN_{name.upper()}", name, "", escape_formulas(points[name])))
    columns += [
        (heading, heading.removeprefix("PERRIN_").capitalize(), "", escape_formulas(points[name]))
        for name, heading in _WORDS.items()
        if name in points.columns and points[name].null_count() < n
    ]
    return columns


def _track_ids(export: ExportTable) -> np.ndarray:
    """Whole numbers: the ids themselves where all are such and differ between sources, else 0, 1, … in order."""
    keys = export.track_keys["track"]
    numbers = keys.cast(pl.Int32, strict=False)
    own = numbers.null_count() == 0 and numbers.n_unique() == len(keys) and (numbers.cast(pl.String) == keys).all()
    given = numbers.to_numpy() if own and (numbers >= 0).all() else np.arange(len(keys))
    return given[export.track_numbers()]


TRACKMATE: Final = Writer(write, "CSV of spots that TrackMate's CSV importer reads")
