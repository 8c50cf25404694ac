"""GEFF: nodes with properties, edges within tracks and from parents to children. Needs the extra `formats`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.export.export_table import ExportTable
from perrin.export.writer import Writer
from perrin.tracks.units import MICRON, SECOND
from perrin.types import IntArray

_VERSION: Final = "1.1"


def write(export: ExportTable, path: Path) -> None:
    """A Zarr folder of version 2; whole-number properties as they are, words as numbers of a list in `perrin`.

    Raises InputError where zarr is not installed.
    """
    try:
        import zarr
    except ImportError:
        raise InputError(
            "GEFF needs the package zarr", file=path, remedy="Install it with: pip install 'perrin[formats]'"
        ) from None
    draft = path.with_name(f"{path.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        root = zarr.open_group(draft, mode="w", zarr_format=2)
        arrays, words = _arrays(export)
        for name, values in arrays.items():
            root.create_array(name, data=values, compressors="auto")
        root.require_group("edges/props")
        root.attrs["geff"] = _about(export, arrays)
        root.attrs["perrin"] = {
            "version": 1,
            "length": export.units.length,
            "time": export.units.time,
            "units": dict(export.property_units),
            "tracks": export.track_keys.to_dicts(),
            "words": words,
        }
        shutil.rmtree(path, ignore_errors=True)
        draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _arrays(export: ExportTable) -> tuple[dict[str, np.ndarray[Any, Any]], dict[str, list[str]]]:
    points = export.points
    numbers = {name: points[name] for name in ("t", *export.axes, *(f"{a}_err" for a in export.axes)) if name in points}
    if points["frame"].null_count() == 0:
        numbers["frame"] = points["frame"]
    words: dict[str, list[str]] = {}
    for name in export.properties:
        column = points[name]
        if column.dtype == pl.String:
            words[name] = column.drop_nulls().unique().sort().to_list()
            column = column.replace_strict(words[name], list(range(len(words[name]))), return_dtype=pl.Int64)
        numbers[name] = column
    arrays: dict[str, Any] = {"nodes/ids": np.arange(points.height, dtype=np.uint64), "edges/ids": _edges(export)}
    arrays["nodes/props/track/values"] = export.track_numbers()
    for name, column in numbers.items():
        arrays[f"nodes/props/{name}/values"] = column.fill_null(0).to_numpy()
        if column.null_count():
            arrays[f"nodes/props/{name}/missing"] = column.is_null().to_numpy()
    return arrays, words


def _edges(export: ExportTable) -> np.ndarray[Any, Any]:
    """From each point to the next of its track, and from the last of a parent to the first of its child."""
    number: IntArray = export.track_numbers()
    follows = np.flatnonzero(np.diff(number) == 0)
    edges = [np.column_stack([follows, follows + 1])]
    keys = export.track_keys
    if "parent" in keys.columns:
        first = np.searchsorted(number, np.arange(keys.height))
        last = np.searchsorted(number, np.arange(keys.height), side="right") - 1
        named = {(source, track): i for i, (source, track) in enumerate(keys.select("source", "track").iter_rows())}
        family = [
            (last[named[source, parent]], first[i])
            for i, (source, parent) in enumerate(keys.select("source", "parent").iter_rows())
            if parent is not None and (source, parent) in named
        ]
        edges.append(np.array(family, dtype=np.int64).reshape(-1, 2))
    return np.concatenate(edges).astype(np.uint64)


def _about(export: ExportTable, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    length = "micrometer" if export.units.length == MICRON else "pixel"
    time = "second" if export.units.time == SECOND else "frame"
    axes = [_axis("t", "time", time, arrays)]
    axes += [_axis(axis, "space", length, arrays) for axis in export.axes[::-1]]
    names = sorted({name.split("/")[2] for name in arrays if name.startswith("nodes/props/")})
    return {
        "geff_version": _VERSION,
        "directed": True,
        "axes": axes,
        "node_props_metadata": {
            name: {
                "identifier": name,
                "dtype": str(arrays[f"nodes/props/{name}/values"].dtype),
                "varlength": False,
                **({"unit": export.property_units[name]} if name in export.property_units else {}),
            }
            for name in names
        },
        "edge_props_metadata": {},
    }


def _axis(name: str, kind: str, unit: str, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    values = arrays[f"nodes/props/{name}/values"]
    return {"name": name, "type": kind, "unit": unit, "min": float(values.min()), "max": float(values.max())}


GEFF: Final = Writer(write, "GEFF (Zarr folder) with node properties", ".geff")
