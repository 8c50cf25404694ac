"""SLIMfast's text of tracks: evalSPT's columns below a line of headings."""

from __future__ import annotations

from typing import final

from perrin.errors import InputError
from perrin.tracks.columns import assign
from perrin.tracks.formats.evalspt import fits, places_table
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table


@final
class Slimfast(Reader):
    """A line of headings, then x, y, frame, track and perhaps more, in pixels; the order is fixed, not the words.

    Read so by `sojourner` (Liu et al., readSlimFast: the first line is skipped, the first four columns are these).
    """

    name = "slimfast"
    title = "SLIMfast"

    def sniff(self, source: Source) -> str | None:
        """Tabs, rows that can only be x, y, frame and track, and headings that do not say otherwise."""
        layout = source.layout
        if layout is None or not layout.has_header or layout.delimiter not in ("\t", " ") or len(layout.names) < 4:
            return None
        try:
            spoken = assign(layout.names, {}, file=source.path)
        except InputError:
            return None
        places = {"x": 0, "y": 1, "frame": 2, "track": 3}
        known = {role: at for role, at in spoken.items() if role in places or role == "t"}
        # A table whose headings say all is read by its headings, whatever its order.
        if {"x", "y", "frame"} <= known.keys() or any(places.get(role) != at for role, at in known.items()):
            return None
        return "a line of headings above x, y, a rising frame and a track number" if fits(layout) else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows, in pixels; raises InputError where a number is none."""
        return places_table(source, options)
