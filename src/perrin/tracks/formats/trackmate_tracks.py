"""TrackMate's short XML (*Export tracks to XML file*): tracks of detections, no links, no ids."""

from __future__ import annotations

from array import array
from typing import Final, final

import numpy as np
import polars as pl

from perrin.tracks import units, xml
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import FloatArray

COLUMNS: Final = {"track": "particle", "frame": "t", "x": "x", "y": "y", "z": "z"}


@final
class TrackMateTracksXml(Reader):
    """`Tracks/particle/detection[@t,x,y,z]`, where t is the frame; tracks are numbered from 0 in file order."""

    name = "trackmate-tracks"
    title = "TrackMate XML, tracks only"

    def sniff(self, source: Source) -> str | None:
        """Root element Tracks with the attributes that TrackMate writes."""
        found = xml.root(source)
        if found is None or found[0] != "Tracks" or not {"nTracks", "spaceUnits", "frameInterval"} & found[1].keys():
            return None
        return "root element Tracks" + (f", from {found[1]['from']}" if "from" in found[1] else "")

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All detections; raises InputError where the XML is broken or a number is none."""
        options.refuse_columns(source)
        rows, particles, empty, stated = particle_rows(source, "Tracks")
        return Table(
            rows=rows,
            length_unit=stated.get("spaceUnits") or None,
            time_unit=_time_unit(stated),
            frame_interval=_interval(stated),
            columns=COLUMNS,
            notes=tuple(_notes(stated, particles, empty)),
        )


def particle_rows(source: Source, container: str) -> tuple[pl.DataFrame, int, int, dict[str, str]]:
    """The detections of all particles, how many particles there are and are empty, and what `container` states.

    Raises InputError where the XML is broken or a number is none.
    """
    values, track, particles, empty = array("d"), array("q"), 0, 0
    stated: dict[str, str] = {}
    for element in xml.stream(source, frozenset((container, "particle", "detection"))):
        match element.tag:
            case "detection":
                xml.require_parent(source, element, "particle")
                values.extend([xml.number(source, element, name) for name in "txyz"])
                track.append(particles)
            case "particle":
                empty += not track or track[-1] != particles
                particles += 1
            case _:
                stated = {str(name): str(value) for name, value in element.attrib.items()}
    return _rows(np.frombuffer(values).reshape(-1, 4), track), particles, empty, stated


def _rows(values: FloatArray, track: array[int]) -> pl.DataFrame:
    columns = {
        name: values[:, i]
        for i, name in enumerate(("frame", "x", "y", "z"))
        if i < 2 or not np.isnan(values[:, i]).all()
    }
    return pl.DataFrame({"track": pl.Series(np.frombuffer(track, dtype=np.int64)).cast(pl.String), **columns})


def _time_unit(stated: dict[str, str]) -> str | None:
    unit = stated.get("timeUnits")
    return None if not unit or units.is_frames(unit) else unit


def _interval(stated: dict[str, str]) -> float | None:
    try:
        value = float(stated.get("frameInterval", ""))
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None


def _notes(stated: dict[str, str], particles: int, empty: int) -> list[str]:
    notes = []
    said = stated.get("nTracks")
    if said is not None and said != str(particles):
        notes.append(f"the file states nTracks={said}, but it contains {particles:,}")
    if empty:
        notes.append(f"{empty:,} tracks contain no detection")
    if _time_unit(stated) is not None and _interval(stated) is None:
        notes.append("the file states no usable frame interval (Tracks@frameInterval); times are in frames")
    return notes
