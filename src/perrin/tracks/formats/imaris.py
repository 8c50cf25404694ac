"""Imaris' table of positions (*Statistics > Position*), a preamble above its heading."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

from perrin.errors import InputError
from perrin.tracks import units
from perrin.tracks.delimited import read_text
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.layout import TextLayout, find_layout
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import SECOND

_PLACES: Final = ("Position X", "Position Y", "Position Z")
_BIRTH: Final = "Birth [s]"
_PREAMBLE: Final = 20


@final
class Imaris(Reader):
    """`Position X,Position Y,Position Z,Unit,Category,Collection,Time,TrackID,ID`; Time counts frames from 1.

    A variant has `Birth [s]` for the time. The unit of length stands in every row, in the column Unit.
    """

    name = "imaris"
    title = "Imaris positions"

    def sniff(self, source: Source) -> str | None:
        """Imaris' headings, in the first line or below a preamble."""
        found = _layout(source)
        if found is None:
            return None
        below = f", below {found.first_line - 1} other lines" if found.first_line > 1 else ""
        return f"headings Position X and TrackID{below}"

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows; raises InputError where a number is none or units are mixed. Spots in no track have no id."""
        layout = _layout(source)
        if layout is None:
            raise InputError("does not have the column headings of Imaris", file=source.path, remedy="Remove --format.")
        names = {"x": _PLACES[0], "y": _PLACES[1], "z": _PLACES[2], "track": "TrackID", "frame": "Time", "t": _BIRTH}
        chosen = {role: name for role, name in names.items() if name in layout.names}
        table = delimited_table(source, layout, replace(options, columns={**chosen, **options.columns}))
        return replace(
            table,
            length_unit=_unit(source, layout, table),
            time_unit=SECOND if "t" in chosen else None,
            unused_columns=tuple(name for name in table.unused_columns if name != "Unit"),
        )


def _layout(source: Source) -> TextLayout | None:
    """The layout below the preamble, if Imaris' headings are found."""
    lines = source.head.split("\n")
    for number, line in enumerate(lines[:_PREAMBLE]):
        if _PLACES[0] in line and "TrackID" in line:
            found = find_layout("\n".join(lines[number:]))
            if found is None or not {_PLACES[0], _PLACES[1], "TrackID"} <= {*found.names}:
                return None
            return replace(found, first_line=found.first_line + number)
    return None


def _unit(source: Source, layout: TextLayout, table: Table) -> str | None:
    """The unit in the column Unit; raises InputError where there are several."""
    if "Unit" not in layout.names:
        return None
    at = layout.names.index("Unit")
    stated = read_text(source, layout, [at])[str(at)].gather(table.rows["row"] - (layout.first_line + 1))
    words = stated.str.strip_chars().unique(maintain_order=True).drop_nulls().to_list()
    known = {(units.length_factor(word), word if units.length_factor(word) is None else "") for word in words}
    if len(known) > 1:
        first = words[0]
        other = stated.str.strip_chars() != first
        raise InputError(
            f"uses the units {' and '.join(sorted(words)[:4])} together",
            file=source.path,
            row=int(table.rows["row"][int(other.arg_max() or 0)]),
            column="Unit",
            remedy="Export it again with one unit of length.",
        )
    return words[0] if words else None
