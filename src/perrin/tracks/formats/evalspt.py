"""evalSPT and SLIMfast: x, y, frame, track in pixels, separated by tabs, the one without a heading, the other with."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby, pairwise
from typing import ClassVar, Final, final

from perrin.errors import InputError
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.layout import TextLayout
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL

PLACES: Final = {"x": "1", "y": "2", "frame": "3", "track": "4"}


@final
class EvalSpt(Reader):
    """Four columns of numbers without a heading: x, y, frame, track.

    Normanno et al., Nature Communications 6, 7357 (2015).
    """

    name: ClassVar[str] = "evalspt"
    title: ClassVar[str] = "evalSPT"

    def sniff(self, source: Source) -> str | None:
        """No heading, and rows that can only be x, y, a rising frame number and the number of a track."""
        layout = source.layout
        if layout is None or layout.has_header or layout.delimiter not in ("\t", " ") or len(layout.names) != 4:
            return None
        return "no heading; two coordinates, a rising frame and a track number in each row" if fits(layout) else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows, in pixels; raises InputError where a number is none."""
        return places_table(source, options)


def places_table(source: Source, options: ReadOptions) -> Table:
    """The first four columns as x, y, frame and track, in pixels; raises InputError where there are fewer."""
    layout = source.layout
    if layout is None or len(layout.names) < 4:
        raise InputError("does not have the columns x, y, frame, track", file=source.path, remedy="Remove --format.")
    # Headings are put aside: here the place of a column says what it is.
    numbered = replace(layout, names=tuple(str(i + 1) for i in range(len(layout.names))))
    table = delimited_table(source, numbered, replace(options, columns={**PLACES, **options.columns}))
    return replace(table, length_unit=PIXEL, unused_columns=layout.names[4:] if layout.has_header else ())


def fits(layout: TextLayout) -> bool:
    """True when the third column counts up, frame by frame, in blocks of one number in the fourth."""
    try:
        rows = [[float(cell) for cell in row[:4]] for row in layout.sample]
    except ValueError:
        return False
    if any(len(row) < 4 or not row[2].is_integer() or not row[3].is_integer() for row in rows):
        return False
    blocks = [[*block] for _, block in groupby(rows, key=lambda row: row[3])]
    ids = [block[0][3] for block in blocks]
    steps = [(before[2], after[2]) for block in blocks for before, after in pairwise(block)]
    return bool(steps) and len({*ids}) == len(ids) and all(before < after for before, after in steps)
