"""napari tracks, with every result as a property to colour them by.

In napari's console (or a script):

    table = pandas.read_csv("tracks.csv")
    viewer.add_tracks(table.iloc[:, :4], properties=table.iloc[:, 4:], color_by="alpha", colormap="viridis")

(5 in place of 4 for tracks in three dimensions).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from perrin.export.export_table import ExportTable
from perrin.export.writer import Writer
from perrin.tracks.store import replace_file, write_table_csv
from perrin.tracks.units import FRAME


def write(export: ExportTable, path: Path) -> None:
    """track_id, t, (z), y, x and then properties; t counts frames, `time` is in its unit, `track` is perrin's id.

    Raises InputError where points have no frames.
    """
    points = export.points
    axes = export.axes[::-1] if len(export.axes) > 1 else ("y", "x")
    table = pl.DataFrame(
        {
            "track_id": export.track_numbers(),
            "t": export.frames(),
            **{axis: points[axis] if axis in points.columns else np.zeros(points.height) for axis in axes},
            "track": points["track"],
            **({} if export.units.time == FRAME else {"time": points["t"]}),
            **{name: points[name] for name in ("source", "parent", "condition", "replicate") if _known(points, name)},
            **{name: points[name] for name in points.columns if name.endswith("_err")},
            **{name: points[name] for name in export.properties},
        }
    )
    more = {**export.property_units, "time": export.units.time, "t": FRAME}
    write_table_csv(table, export.units, path, {name: unit for name, unit in more.items() if name in table.columns})


def write_array(export: ExportTable, path: Path) -> None:
    """Rows of id, frame, (z), y, x as a NumPy array: no units, no ids but whole numbers, no properties.

    Raises InputError where points have no frames.
    """
    axes = export.axes[::-1] if len(export.axes) > 1 else ("y", "x")
    zero = np.zeros(export.points.height)
    places = [export.points[axis].to_numpy() if axis in export.axes else zero for axis in axes]
    array = np.column_stack([export.track_numbers(), export.frames(), *places]).astype(np.float64)

    def save(temporary: Path) -> None:
        with temporary.open("wb") as file:
            np.save(file, array, allow_pickle=False)

    replace_file(path, save)


def _known(points: pl.DataFrame, name: str) -> bool:
    return name in points.columns and points[name].null_count() < points.height


NAPARI: Final = Writer(write, "CSV of napari tracks with properties")


NAPARI_ARRAY: Final = Writer(write_array, "NumPy array of napari tracks: id, t, (z), y, x", ".npy")
