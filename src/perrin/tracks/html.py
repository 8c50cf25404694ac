"""How tracks and results show themselves in a notebook: a line, a small table, a map; plain HTML that needs nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

import numpy as np
import polars as pl

from perrin.types import FloatArray

_ROWS: Final = 5
_MOST_DRAWN: Final = 200
_MOST_POSITIONS: Final = 5_000
_SIDE: Final = 260
"""Pixels of the longer side of the map."""
_COLORS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")


def described(title: str, *parts: str) -> str:
    """A heading and what stands below it."""
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(parts)}</div>"


def facts(values: Mapping[str, object]) -> str:
    """A table of names and values."""
    rows = (
        f"<tr><th style='text-align:left'>{escape(n)}</th><td>{escape(str(v))}</td></tr>" for n, v in values.items()
    )
    return f"<table>{''.join(rows)}</table>"


def first_rows(table: pl.DataFrame, columns: Iterable[str]) -> str:
    """The first rows of some columns; those that hold nothing are left out."""
    shown = table.select(name for name in columns if table[name].null_count() < table.height).head(_ROWS)
    head = "".join(f"<th>{escape(name)}</th>" for name in shown.columns)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(v)}</td>' for v in row)}</tr>" for row in shown.iter_rows())
    more = f"<p>{table.height - shown.height:,} more rows</p>" if table.height > shown.height else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object) -> str:
    return "" if value is None else f"{value:.3g}" if isinstance(value, float) else escape(str(value))


def track_map(paths: Sequence[FloatArray], *, equal_axes: bool = True) -> str:
    """(n, 2) positions of each track as SVG; of very many tracks the first, of very long ones some positions.

    Without `equal_axes` the two axes are no places in a plane, and each has its own scale.
    """
    shown = [path for path in paths[:_MOST_DRAWN] if len(path)]
    if not shown:
        return ""
    together = np.concatenate(shown)
    low, extent = together.min(axis=0), np.ptp(together, axis=0)
    extent = np.full(2, extent.max()) if equal_axes else extent * (1, 2)
    scale = _SIDE / np.where(extent > 0, extent, 1.0)
    width, height = (np.ptp(together, axis=0) * scale).tolist()
    stride = -(-len(together) // _MOST_POSITIONS)
    lines = "".join(
        f'<polyline points="{_points((path[::stride] - low) * scale, height)}" stroke="{_COLORS[i % len(_COLORS)]}"/>'
        for i, path in enumerate(shown)
    )
    said = f"<p>the first {len(shown)} tracks</p>" if len(paths) > _MOST_DRAWN else ""
    return (
        f'<svg role="img" aria-label="map of tracks" width="{width + 8:.0f}" height="{height + 8:.0f}" '
        f'viewBox="-4 -4 {width + 8:.0f} {height + 8:.0f}" fill="none" stroke-width="1">{lines}</svg>{said}'
    )


def _points(places: FloatArray, height: float) -> str:
    return " ".join(f"{x:.1f},{height - y:.1f}" for x, y in places.tolist())
