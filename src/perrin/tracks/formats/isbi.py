"""The XML of the ISBI 2012 particle tracking challenge, which several trackers write."""

from __future__ import annotations

from typing import Final, final

from perrin.tracks import xml
from perrin.tracks.formats.trackmate_tracks import COLUMNS, particle_rows
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL

_CONTENT: Final = "TrackContestISBI2012"


@final
class Isbi(Reader):
    """`root/TrackContestISBI2012/particle/detection[@t,x,y,z]`, in pixels and frames; tracks numbered from 0.

    Chenouard et al., Nature Methods 11, 281 (2014).
    """

    name = "isbi"
    title = "ISBI 2012 challenge XML"

    def sniff(self, source: Source) -> str | None:
        """Root element root, and the element of the challenge below it."""
        found = xml.root(source)
        inside = found is not None and found[0] == "root" and f"<{_CONTENT}" in source.head
        return f"element {_CONTENT}" if inside else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All detections; raises InputError where the XML is broken or a number is none."""
        options.refuse_columns(source)
        rows, _, empty, _ = particle_rows(source, _CONTENT)
        notes = (f"{empty:,} tracks contain no detection",) if empty else ()
        return Table(rows=rows, length_unit=PIXEL, columns=COLUMNS, notes=notes)
