"""TrackMate's table of spots, in the headings it has had: of one row or up to four, shown or headless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final, final

import numpy as np

from perrin.errors import InputError
from perrin.tracks.delimited import read_text
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.layout import TextLayout, is_missing, is_number
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table

_KEYS: Final = {
    "track": "TRACK_ID",
    "frame": "FRAME",
    "t": "POSITION_T",
    "x": "POSITION_X",
    "y": "POSITION_Y",
    "z": "POSITION_Z",
}
_DISPLAYED: Final = {"track": "Track ID", "frame": "Frame", "t": "T", "x": "X", "y": "Y", "z": "Z"}
_NEEDED: Final = ("track", "frame", "x", "y")
_PERRIN: Final = {
    "track": "PERRIN_TRACK", "parent": "PERRIN_PARENT", "source": "PERRIN_SOURCE",
    "x_err": "ERROR_X", "y_err": "ERROR_Y", "z_err": "ERROR_Z",
}  # fmt: skip
"""What `perrin convert --to trackmate` adds."""
_VISIBLE: Final = "TRACK_VISIBLE"


@final
class TrackMateCsv(Reader):
    """One row a spot; headings are keys or displayed names, perhaps with rows of names and units below."""

    name = "trackmate-csv"
    title = "TrackMate spots table"

    def sniff(self, source: Source) -> str | None:
        """TrackMate's own headings for the track, the frame and the position."""
        layout = source.layout
        heading = None if layout is None else _heading(layout)
        if layout is None or heading is None:
            return None
        extra = len(_heading_rows(layout, heading))
        spoken = "displayed names" if heading is _DISPLAYED else "keys"
        return f"TrackMate's {spoken} in the heading" + (f", of {extra + 1} rows" if extra else "")

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All spots; raises InputError where a number is none. Spots in no track have no track id."""
        layout = source.layout
        heading = None if layout is None else _heading(layout)
        if layout is None or heading is None:
            raise InputError("lacks TrackMate's headings", file=source.path, remedy="Remove --format.")
        below = _heading_rows(layout, heading)
        body = replace(layout, first_line=layout.first_line + len(below), sample=layout.sample[len(below) :])
        known = (*heading.items(), *_PERRIN.items())
        chosen = {role: name for role, name in known if name in layout.names}
        table = delimited_table(source, body, replace(options, columns={**chosen, **options.columns}))
        length, time = _units(layout, heading, below)
        table = _visible(replace(table, length_unit=length, time_unit=time), source, body)
        return replace(table, notes=tuple(_notes(table, options)))


def _heading(layout: TextLayout) -> dict[str, str] | None:
    for heading in (_KEYS, _DISPLAYED):
        if {heading[role] for role in _NEEDED} <= {*layout.names}:
            return heading
    return None


def _visible(table: Table, source: Source, body: TextLayout) -> Table:
    """Without the spots of tracks that TrackMate's filters rejected, which a headless export marks."""
    if _VISIBLE not in body.names:
        return table
    table = replace(table, unused_columns=tuple(name for name in table.unused_columns if name != _VISIBLE))
    column = body.names.index(_VISIBLE)
    words = read_text(source, body, [column])[str(column)].str.strip_chars()
    hidden = (words == "0").fill_null(value=False).gather(table.rows["row"] - (body.first_line + 1))
    rejected = hidden & table.rows["track"].is_not_null()
    if not rejected.any():
        return table
    return replace(
        table, rows=table.rows.filter(~rejected), ignored={**table.ignored, "filtered_out": int(rejected.sum())}
    )


def _heading_rows(layout: TextLayout, heading: dict[str, str]) -> Sequence[tuple[str, ...]]:
    """The rows below the first that still are heading: no number under frame and x, and not merely empty."""
    at = [layout.names.index(heading[role]) for role in ("frame", "x")]

    def is_heading(row: tuple[str, ...]) -> bool:
        cells = [row[i] for i in at if i < len(row)]
        words = any(cell.strip() and not is_missing(cell) for cell in row)
        return words and not any(is_number(cell, decimal_comma=layout.decimal_comma) for cell in cells)

    return [*takewhile(is_heading, layout.sample[:3])]


def _units(
    layout: TextLayout, heading: dict[str, str], below: Sequence[tuple[str, ...]]
) -> tuple[str | None, str | None]:
    """Units of length and time from the last heading row, where it has any."""
    found = []
    for role in ("x", "t"):
        at = layout.names.index(heading[role]) if heading[role] in layout.names else len(layout.names)
        cell = below[-1][at].strip() if below and at < len(below[-1]) else ""
        found.append(cell.strip("()").strip() if cell.startswith("(") else "")
    return found[0] or None, found[1] or None


def _notes(table: Table, options: ReadOptions) -> list[str]:
    notes = [*table.notes]
    if table.length_unit is None and options.pixel_size is None:
        notes.append(
            "the file states no unit of length; TrackMate usually writes calibrated positions. If they are in µm, use "
            "--pixel-size 1"
        )
    step = _step(table)
    if table.time_unit is None and options.frame_interval is None and step is not None:
        notes.append(
            f"{table.columns['t']} increases by {step:.6g} per frame, in a unit that the file does not state. If the "
            f"unit is seconds, use --frame-interval {step:.6g}"
        )
    return notes


def _step(table: Table) -> float | None:
    if "t" not in table.rows.columns or "frame" not in table.rows.columns:
        return None
    seen = table.rows.select("frame", "t").drop_nulls().unique("frame").sort("frame")
    steps = np.diff(seen["t"].to_numpy()) / np.diff(seen["frame"].to_numpy())
    steps = steps[np.isfinite(steps)]
    return float(np.median(steps)) if len(steps) else None
