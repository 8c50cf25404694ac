"""trxyt: track number, x, y, t, without a heading."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise
from typing import final

from perrin.errors import InputError
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.layout import TextLayout
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import MICRON, SECOND


@final
class Trxyt(Reader):
    """Numbers separated by tabs or blanks, in µm and s, perhaps behind a column that counts the rows."""

    name = "trxyt"
    title = "trxyt (TRamWAy, InferenceMAP)"

    def sniff(self, source: Source) -> str | None:
        """Four or five columns of numbers that can only be read as [row], track, x, y, t."""
        layout = source.layout
        if (
            layout is None
            or layout.has_header
            or layout.delimiter not in ("\t", " ")
            or len(layout.names) not in (4, 5)
        ):
            return None
        try:
            rows = [[float(cell) for cell in row] for row in layout.sample]
        except ValueError:
            return None
        if any(len(row) != len(layout.names) for row in rows):
            return None
        if len(layout.names) == 5:
            if any(after[0] != before[0] + 1 for before, after in pairwise(rows)):
                return None
            rows = [row[1:] for row in rows]
        return "no heading; a track number, two coordinates and a rising time in each row" if _fits(rows) else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows, in µm and s; raises InputError where a number is none."""
        layout = source.layout
        if layout is None or len(layout.names) not in (4, 5):
            raise InputError("does not have the columns track, x, y, t", file=source.path, remedy="Remove --format.")
        chosen = {**_places(layout), **options.columns}
        table = delimited_table(source, layout, replace(options, columns=chosen))
        return replace(table, length_unit=MICRON, time_unit=SECOND)


def _places(layout: TextLayout) -> dict[str, str]:
    first = len(layout.names) - 3
    return {role: str(first + i) for i, role in enumerate(("track", "x", "y", "t"))}


def _fits(rows: list[list[float]]) -> bool:
    """True when ids are whole and in blocks, times rise within each, and x is not a frame number instead."""
    groups = [[*group] for _, group in groupby(rows, key=lambda row: row[0])]
    ids = [group[0][0] for group in groups]
    if any(not i.is_integer() for i in ids) or len({*ids}) < len(ids) or len(groups) == len(rows):
        return False
    steps = [(before, after) for group in groups for before, after in pairwise(group)]
    counting = all(after[1].is_integer() and before[1] < after[1] for before, after in steps)
    return not counting and all(before[3] < after[3] for before, after in steps)
