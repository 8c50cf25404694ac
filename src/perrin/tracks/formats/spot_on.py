"""Spot-On's CSV: frame, t, trajectory, x, y in µm and s."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

from perrin.errors import InputError
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import MICRON, SECOND

_HEADING: Final = ("frame", "t", "trajectory", "x", "y")


@final
class SpotOn(Reader):
    """One row a localisation, perhaps behind an unnamed column that counts the rows.

    Hansen et al., eLife 7, e33125 (2018): positions are in µm, times in s.
    """

    name = "spot-on"
    title = "Spot-On"

    def sniff(self, source: Source) -> str | None:
        """Exactly Spot-On's heading."""
        names = source.layout.names if source.layout is not None and source.layout.has_header else ()
        names = names[1:] if names[:1] == ("",) else names
        return f"heading {','.join(_HEADING)}" if names == _HEADING else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows, in µm and s; raises InputError where a number is none."""
        if source.layout is None:
            raise InputError("is not a table", file=source.path, remedy="Remove --format.")
        return replace(delimited_table(source, source.layout, options), length_unit=MICRON, time_unit=SECOND)
