"""Room 1, what was seen: files in, frozen `Tracks` out."""

from perrin.tracks.model import AXES, NO_FRAME, Provenance, Tracks, concatenate
from perrin.tracks.reading import read
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import Units

__all__ = [
    "AXES",
    "NO_FRAME",
    "Provenance",
    "ReadOptions",
    "Reader",
    "Source",
    "Table",
    "Tracks",
    "Units",
    "concatenate",
    "read",
]
