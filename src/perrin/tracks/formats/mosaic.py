"""MOSAIC ParticleTracker tables (Fiji)."""

from __future__ import annotations

from dataclasses import replace
from typing import final

from perrin.errors import InputError
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL

_COLUMNS = ("Trajectory", "Frame", "x", "y")


@final
class Mosaic(Reader):
    """`,Trajectory,Frame,x,y,z,m0,…,NPscore`, positions in pixels; the first heading is blank or absent."""

    name = "mosaic"
    title = "MOSAIC ParticleTracker"

    def sniff(self, source: Source) -> str | None:
        """The four columns under MOSAIC's headings, beside one of its moments or its score."""
        names = source.layout.names if source.layout is not None else ()
        if {*_COLUMNS} <= {*names} and {"m0", "NPscore"} & {*names}:
            return "headings Trajectory, Frame, x, y and m0 or NPscore"
        return None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows, in pixels; raises InputError where a number is none."""
        if source.layout is None:
            raise InputError("is not a table", file=source.path, remedy="Remove --format.")
        return replace(delimited_table(source, source.layout, options), length_unit=PIXEL)
