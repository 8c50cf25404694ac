"""Tracks that are in memory already: tables of any make, series, and arrays of positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.assemble import assemble
from perrin.tracks.columns import assign
from perrin.tracks.formats.generic import frame_table
from perrin.tracks.formats.series import frame_series
from perrin.tracks.model import AXES, Tracks, concatenate
from perrin.tracks.table import ReadOptions, Table

_KINDS: Final = "a path, a polars, pandas or Arrow table, or a list of one of them or of arrays"
_VALUE: Final = "value"
"""Of a series without a name."""


def read_memory(data: Any, options: ReadOptions, *, source: str = "memory") -> Tracks:
    """A table or a series in memory as Tracks; raises InputError where it is neither, or holds no rows."""
    frame, options = _with_named_columns(data, options)
    if frame.height == 0:
        raise InputError("the table has no rows", remedy="Give a table with one row per localization.")
    table = (frame_table if options.column is None else frame_series)(frame, options, file="table")
    return _assembled(table, options, source)


def read_several(items: Sequence[Any], options: ReadOptions) -> Tracks:
    """Tables, each a source of its own, or arrays, each the positions of a track; raises InputError for a mixture."""
    arrays = [isinstance(item, np.ndarray) for item in items]
    if all(arrays):
        return _assembled(_table_of_arrays(items), options, "memory")
    if any(arrays) or any(isinstance(item, str | PathLike) for item in items):
        kinds = ", ".join(sorted({type(item).__name__ for item in items}))
        raise InputError(f"the list mixes {kinds}", remedy="Give paths, tables, or arrays, and read the others apart.")
    return concatenate([read_memory(item, options, source=f"memory {n}") for n, item in enumerate(items, start=1)])


def _assembled(table: Table, options: ReadOptions, source: str) -> Tracks:
    return assemble(table, options, source=source, format_name="memory", reason="given in memory", file="table")


def _table_of_arrays(arrays: Sequence[Any]) -> Table:
    """Rows of the positions (n, d) of each track, or (n,) along one axis, one a frame."""
    places = [array[:, None] if array.ndim == 1 else array for array in arrays]
    for number, place in enumerate(places):
        if place.ndim != 2 or place.shape[1:] != places[0].shape[1:] or not 1 <= place.shape[1] <= len(AXES):
            raise InputError(
                f"array {number} has the shape {arrays[number].shape}",
                remedy="Give the positions of each track: (n, d) with 1 to 3 axes, the same for all, or (n,).",
            )
    lengths = [len(place) for place in places]
    rows = pl.DataFrame(np.concatenate(places).astype(np.float64), schema=list(AXES[: places[0].shape[1]]))
    return Table(
        rows.with_columns(
            track=pl.Series(np.repeat(np.arange(len(places)), lengths)).cast(pl.String),
            frame=pl.Series(np.concatenate([np.arange(n) for n in lengths])),
        )
    )


def _with_named_columns(data: Any, options: ReadOptions) -> tuple[pl.DataFrame, ReadOptions]:
    """The columns of a table, or of a series with the levels of its index, and how they are read.

    Where no level of the index is a frame or a time, a series is read row by row.
    """
    if isinstance(data, pl.Series):
        name = data.name or _VALUE
        return pl.DataFrame({name: data}), replace(options, column=options.column or name)
    if not (hasattr(data, "iloc") and not hasattr(data, "columns")):
        return to_polars(data), options
    name = _VALUE if data.name is None else str(data.name)
    frame = pl.DataFrame({**_index_levels(data.index, (name,)), name: _pandas_column(data)})
    chosen = {"x": name, **options.columns}
    if {"frame", "t"} & set(assign(frame.columns, chosen, file="table")):
        return frame, replace(options, columns=chosen)
    return frame, replace(options, column=options.column or name)


def to_polars(data: Any) -> pl.DataFrame:
    """A polars DataFrame from polars, pandas (without pyarrow), Arrow, or a mapping of columns.

    The levels of a pandas index that have names are columns. Raises InputError for anything else, and where levels of
    an index have no names to tell them by.
    """
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, Mapping):
        return pl.DataFrame(dict(data))
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        columns = {str(name): _pandas_column(data[name]) for name in data.columns}
        return pl.DataFrame({**_index_levels(data.index, tuple(columns)), **columns})
    if hasattr(data, "__arrow_c_stream__"):
        return pl.DataFrame(data)
    shape = f" of shape {data.shape}" if isinstance(data, np.ndarray) else ""
    raise InputError(
        f"cannot read tracks from {type(data).__name__}{shape}",
        remedy="Give a list of arrays, the positions of a track each." if shape else f"Give {_KINDS}.",
    )


def _index_levels(index: Any, taken: Sequence[str]) -> dict[str, Any]:
    """The levels of a pandas index that have names which no column has."""
    if index.nlevels > 1 and None in index.names:
        raise InputError(
            f"the index has {index.nlevels} levels, of which some have no names",
            remedy='Name them: table.index.names = ["track", "frame"].',
        )
    named = {str(name): i for i, name in enumerate(index.names) if name is not None and str(name) not in taken}
    return {name: _pandas_column(index.get_level_values(i)) for name, i in named.items()}


def _pandas_column(column: Any) -> Any:
    """The values of a pandas column; objects (words, or numbers with some missing) one by one."""
    values = column.to_numpy()
    if values.dtype != object:
        return values
    plain = [None if missing else value for value, missing in zip(values, column.isna(), strict=True)]
    try:
        return pl.Series(plain)
    except TypeError:
        return pl.Series([None if value is None else str(value) for value in plain])
