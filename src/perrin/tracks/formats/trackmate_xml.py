"""TrackMate's own XML: spots, links between them, and the list of tracks that passed the filters."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
from lxml import etree

from perrin.errors import InputError
from perrin.tracks import units, xml
from perrin.tracks.graph import linear_tracks
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import BoolArray, FloatArray, IntArray

_TAGS: Final = frozenset(("Model", "Spot", "Edge", "Track", "FilteredTracks", "TrackID", "ImageData"))
_AXES: Final = ("x", "y", "z")


@final
class TrackMateXml(Reader):
    """The full file (*File > Save*), with splits and merges cut into linear tracks.

    The oldest files have the root TrakMate, no Model, links before spots, links called sourceID and targetID,
    tracks without ids, and the units in ImageData.
    """

    name = "trackmate-xml"
    title = "TrackMate XML"

    def sniff(self, source: Source) -> str | None:
        """Root element TrackMate, or TrakMate in the oldest files."""
        found = xml.root(source)
        if found is None or found[0] not in ("TrackMate", "TrakMate"):
            return None
        version = found[1].get("version")
        return f"root element {found[0]}" + (f", version {version}" if version else "")

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The spots of the filtered tracks; raises InputError for broken files."""
        options.refuse_columns(source)
        content = _parse(source)
        notes: list[str] = []
        early, late = _ends(content, source)
        track = np.frombuffer(content.track, dtype=np.int64)
        chosen = _passed_filters(content, notes)[track]
        owner = np.full(len(content.spot), -1, dtype=np.int64)
        owner[early[chosen]], owner[late[chosen]] = track[chosen], track[chosen]
        dropped = np.zeros(len(owner), dtype=bool)
        dropped[early[~chosen]], dropped[late[~chosen]] = True, True
        ignored = {"filtered_out": int((dropped & (owner < 0)).sum()), "untracked": int((~dropped & (owner < 0)).sum())}
        found = linear_tracks(content.columns(), early[chosen], late[chosen], owner, list(content.track_ids))
        return Table(
            rows=found.rows,
            length_unit=content.length_unit or None,
            time_unit=_time_unit(content),
            frame_interval=_interval(content, notes),
            columns={"track": "TRACK_ID", "frame": "FRAME", **{a: f"POSITION_{a.upper()}" for a in _AXES}},
            ignored={reason: count for reason, count in ignored.items() if count},
            notes=(*found.notes, *notes),
            parents=found.parents,
        )


@final
@dataclass
class _TrackMateContent:
    """What the file says, packed: a spot takes 40 bytes and a link 24, however long their tags are."""

    spot: array[int] = field(default_factory=lambda: array("q"))
    frame: array[float] = field(default_factory=lambda: array("d"))
    place: array[float] = field(default_factory=lambda: array("d"))
    source: array[int] = field(default_factory=lambda: array("q"))
    target: array[int] = field(default_factory=lambda: array("q"))
    track: array[int] = field(default_factory=lambda: array("q"))
    closed: int = 0
    track_ids: dict[str, int] = field(default_factory=dict)
    filtered: set[str] | None = None
    length_unit: str | None = None
    time_unit: str | None = None
    interval: float = float("nan")

    def columns(self) -> dict[str, FloatArray]:
        """Frame and position of every spot."""
        place = np.frombuffer(self.place).reshape(-1, 3)
        return {"frame": np.frombuffer(self.frame), **{axis: place[:, i] for i, axis in enumerate(_AXES)}}


def _parse(source: Source) -> _TrackMateContent:
    content = _TrackMateContent()
    for element in xml.stream(source, _TAGS):
        match element.tag:
            case "Spot":
                _add_spot(content, source, element)
            case "Edge":
                _add_edge(content, source, element)
            case "Track":
                content.closed += 1
            case "TrackID":
                content.filtered = content.filtered or set()
                content.filtered.add(_filtered(source, element))
            case "FilteredTracks":
                content.filtered = content.filtered or set()
            case "Model":
                content.length_unit = element.get("spatialunits") or content.length_unit
                content.time_unit = element.get("timeunits") or content.time_unit
            case _:
                # In the oldest files the image states the units.
                content.length_unit = content.length_unit or element.get("spatialunits")
                content.time_unit = content.time_unit or element.get("timeunits")
                content.interval = xml.number(source, element, "timeinterval")
    if not content.spot and not content.source:
        raise InputError("contains no spots and no tracks", file=source.path, remedy="Save it again in TrackMate.")
    return content


def _filtered(source: Source, element: etree._Element) -> str:
    if name := element.get("TRACK_ID"):
        return name
    raise InputError(
        "a TrackID refers to a track that does not exist",
        file=source.path,
        row=xml.line(element),
        remedy="Save the file again in TrackMate.",
    )


def _whole(source: Source, element: etree._Element, name: str, old: str = "") -> int:
    text = element.get(name)
    if text is None and old:
        text = element.get(old)
    try:
        return array("q", (int(text or ""),))[0]
    except (ValueError, OverflowError):
        problem = f"has no {name}" if text is None else f"has {name}={text!r}, which is not a whole number"
        raise InputError(
            f"{element.tag} {problem}",
            file=source.path,
            row=xml.line(element),
            remedy="Save the file again in TrackMate.",
        ) from None


def _add_spot(content: _TrackMateContent, source: Source, element: etree._Element) -> None:
    content.spot.append(_whole(source, element, "ID"))
    parent = element.getparent()
    if parent is None or element.get("FRAME") is not None:
        content.frame.append(xml.number(source, element, "FRAME"))
    else:
        content.frame.append(xml.number(source, parent, "frame"))
    for name in ("POSITION_X", "POSITION_Y", "POSITION_Z"):
        content.place.append(xml.number(source, element, name))


def _add_edge(content: _TrackMateContent, source: Source, element: etree._Element) -> None:
    parent = element.getparent()
    name = (None if parent is None else parent.get("TRACK_ID")) or str(content.closed)
    content.source.append(_whole(source, element, "SPOT_SOURCE_ID", "sourceID"))
    content.target.append(_whole(source, element, "SPOT_TARGET_ID", "targetID"))
    content.track.append(content.track_ids.setdefault(name, len(content.track_ids)))


def _ends(content: _TrackMateContent, source: Source) -> tuple[IntArray, IntArray]:
    """Both ends of each link as numbers of spots; raises InputError where a link names a spot that is not there."""
    spot = np.frombuffer(content.spot, dtype=np.int64)
    order = np.argsort(spot, kind="stable")
    again = np.flatnonzero(np.diff(spot[order]) == 0)
    if len(again):
        raise InputError(
            f"two spots have the ID {spot[order][again[0]]}",
            file=source.path,
            remedy="Save the file again in TrackMate.",
        )
    ends = []
    for wanted in (content.source, content.target):
        asked = np.frombuffer(wanted, dtype=np.int64)
        at = np.minimum(np.searchsorted(spot, asked, sorter=order), max(len(spot) - 1, 0))
        found = order[at] if len(spot) else np.zeros(0, dtype=np.int64)
        missing = spot[found] != asked if len(spot) else np.ones(len(asked), dtype=bool)
        if missing.any():
            raise InputError(
                f"an Edge refers to spot {asked[missing][0]}, which the file does not contain",
                file=source.path,
                remedy="Save the file again in TrackMate.",
            )
        ends.append(found)
    return ends[0], ends[1]


def _passed_filters(content: _TrackMateContent, notes: list[str]) -> BoolArray:
    """Which tracks passed the filters."""
    if content.filtered is None:
        notes.append("the file has no list of filtered tracks: all its tracks are used")
        return np.ones(len(content.track_ids), dtype=bool)
    return np.array([name in content.filtered for name in content.track_ids], dtype=bool)


def _time_unit(content: _TrackMateContent) -> str | None:
    return None if not content.time_unit or units.is_frames(content.time_unit) else content.time_unit


def _interval(content: _TrackMateContent, notes: list[str]) -> float | None:
    if content.interval > 0 and np.isfinite(content.interval):
        return content.interval
    if _time_unit(content) is not None:
        notes.append("the file states no frame interval (ImageData@timeinterval): times are in frames")
    return None
