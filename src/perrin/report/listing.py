"""The table of all tracks as compact columns of JSON, small enough for 50,000 of them."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from perrin.report.embed import json_block
from perrin.result import Estimates, status
from perrin.types import Json

_DIGITS = 4


def listing(estimates: Estimates) -> Markup:
    """JSON of {"rows": n, "columns": [{key, title, unit, kind, …}]} for the script block of a page."""
    return table_block(estimates.tracks.height, track_columns(estimates))


def track_columns(estimates: Estimates) -> list[Json]:
    """The columns of the tracks table that hold something, as plain values for a page.

    Numbers have 4 significant digits; repeating texts are codes into `levels`.
    """
    tracks, units = estimates.tracks, estimates.units
    wanted = [
        ("track", "track", ""),
        ("source", "source", ""),
        ("condition", "condition", ""),
        ("replicate", "replicate", ""),
        ("status", "status", ""),
        ("n_points", "positions", ""),
        ("n_gaps", "gaps", ""),
        ("duration", "duration", units.time),
        ("alpha", "alpha", ""),
        ("alpha_lo", "interval", estimates.interval),
        ("D", "D", units.diffusion),
        ("D_frame", "D_frame", units.frame_diffusion),
        ("sigma", "sigma", units.length),
        ("fit_p", "fit_p", ""),
        ("class", "class", ""),
        ("class_p", "class_p", ""),
        ("advice", "advice", ""),
    ]
    columns = columns_of(tracks, wanted)
    for column in columns:
        if column["key"] == "alpha_lo":
            column["to"] = _column(tracks["alpha_hi"], "", "")["values"]
    return columns


def columns_of(table: pl.DataFrame, wanted: Sequence[tuple[str, str, str]]) -> list[Json]:
    """The (key, title, unit) columns of a table that hold something, as plain values."""
    return [_column(table[key], title, unit) for key, title, unit in wanted if _worth_showing(table[key])]


def table_block(rows: int, columns: list[Json]) -> Markup:
    """The script block that the table in the page reads."""
    found = {"rows": rows, "columns": columns, "meaning": dict(status.MEANING)}
    return json_block(json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")))


def _worth_showing(column: pl.Series) -> bool:
    if column.name in ("track", "status"):
        return True
    if column.name in ("source", "condition", "replicate"):
        return column.n_unique() > 1
    return column.null_count() < len(column)


def _column(column: pl.Series, title: str, unit: str) -> Json:
    head: Json = {"key": column.name, "title": title, "unit": unit}
    if column.dtype == pl.Float64:
        numbers = column.set(column.is_infinite(), None).fill_nan(None).round_sig_figs(_DIGITS)
        return head | {"kind": "number", "values": numbers.to_list()}
    if column.dtype == pl.Int64:
        return head | {"kind": "number", "values": column.to_list()}
    if column.name == "track":
        return head | {"kind": "text", "values": column.to_list()}
    levels = column.drop_nulls().unique(maintain_order=True)
    codes = column.replace_strict(levels, range(len(levels)), default=-1, return_dtype=pl.Int64)
    return head | {"kind": "level", "levels": levels.to_list(), "values": codes.to_list()}
