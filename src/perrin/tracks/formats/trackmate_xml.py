"""TrackMate's own XML: spots, links between them, and the list of tracks that passed the filters."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
import polars as pl
from lxml import etree

from perrin.errors import InputError
from perrin.tracks import units, xml
from perrin.tracks.graph import Segments, cut
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import BoolArray, FloatArray, IntArray

_TAGS: Final = frozenset(("Model", "Spot", "Edge", "FilteredTracks", "TrackID", "ImageData"))
_AXES: Final = ("x", "y", "z")


@final
class TrackMateXml(Reader):
    """The full file (*File > Save*), with splits and merges cut into linear tracks."""

    name = "trackmate-xml"
    title = "TrackMate XML"

    def sniff(self, source: Source) -> str | None:
        """Root element TrackMate, or TrakMate in the oldest files (which `read` refuses with a remedy)."""
        found = xml.root(source)
        if found is None or found[0] not in ("TrackMate", "TrakMate"):
            return None
        version = found[1].get("version")
        return f"root element {found[0]}" + (f", version {version}" if version else "")

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The spots of the filtered tracks; raises InputError for broken files and for those without a Model."""
        options.refuse_columns(source)
        content = _parse(source)
        notes: list[str] = []
        spots, early, late, track, kept = _links(content, source, notes)
        chosen = kept[track]
        segments = cut(spots.frame, early[chosen], late[chosen])
        _note_cuts(segments, notes)
        owner = np.full(len(spots.frame), -1, dtype=np.int64)
        owner[early[chosen]], owner[late[chosen]] = track[chosen], track[chosen]
        ids, parents = _names(content.track_ids, owner[segments.first], segments)
        used = segments.label >= 0
        dropped = np.zeros(len(used), dtype=bool)
        dropped[early[~chosen]], dropped[late[~chosen]] = True, True
        ignored = {"filtered_out": int((dropped & ~used).sum()), "untracked": int((~dropped & ~used).sum())}
        return Table(
            rows=_rows(spots, segments, ids, owner),
            length_unit=content.length_unit or None,
            time_unit=_time_unit(content),
            frame_interval=_interval(content, notes),
            columns={"track": "TRACK_ID", "frame": "FRAME", **{a: f"POSITION_{a.upper()}" for a in _AXES}},
            ignored={reason: count for reason, count in ignored.items() if count},
            notes=tuple(notes),
            parents=parents,
        )


@final
@dataclass
class _Content:
    """What the file says, packed: a spot takes 40 bytes and a link 24, however long their tags are."""

    spot: array[int] = field(default_factory=lambda: array("q"))
    frame: array[float] = field(default_factory=lambda: array("d"))
    place: array[float] = field(default_factory=lambda: array("d"))
    source: array[int] = field(default_factory=lambda: array("q"))
    target: array[int] = field(default_factory=lambda: array("q"))
    track: array[int] = field(default_factory=lambda: array("q"))
    track_ids: dict[str, int] = field(default_factory=dict)
    filtered: set[str] | None = None
    length_unit: str | None = None
    time_unit: str | None = None
    interval: float = float("nan")


@final
@dataclass(frozen=True)
class _Spots:
    frame: FloatArray
    place: FloatArray


def _parse(source: Source) -> _Content:
    content = _Content()
    checked = False
    for element in xml.stream(source, _TAGS):
        if not checked and element.tag in ("Spot", "Edge"):
            _require_model(source, element)
            checked = True
        match element.tag:
            case "Spot":
                _add_spot(content, source, element)
            case "Edge":
                _add_edge(content, source, element)
            case "TrackID":
                content.filtered = content.filtered or set()
                content.filtered.add(element.get("TRACK_ID", ""))
            case "FilteredTracks":
                content.filtered = content.filtered or set()
            case "Model":
                content.length_unit, content.time_unit = element.get("spatialunits"), element.get("timeunits")
            case _:
                content.interval = xml.number(source, element, "timeinterval")
    if not checked:
        raise InputError("holds no spots and no tracks", file=source.path, remedy="Save it again in TrackMate.")
    return content


def _require_model(source: Source, element: etree._Element) -> None:
    if any(ancestor.tag == "Model" for ancestor in element.iterancestors()):
        return
    raise InputError(
        "was saved by a very old TrackMate (it has no Model element), which perrin does not read",
        file=source.path,
        row=xml.line(element),
        remedy="Open it in a current TrackMate (Load a TrackMate file) and save it again.",
    )


def _whole(source: Source, element: etree._Element, name: str) -> int:
    text = element.get(name)
    try:
        return int(text or "")
    except ValueError:
        shown = "has no" if text is None else f"has {name}={text!r} for a"
        raise InputError(
            f"{element.tag} {shown} whole number {name}",
            file=source.path,
            row=xml.line(element),
            remedy="Save the file again in TrackMate.",
        ) from None


def _add_spot(content: _Content, source: Source, element: etree._Element) -> None:
    content.spot.append(_whole(source, element, "ID"))
    parent = element.getparent()
    if parent is None or element.get("FRAME") is not None:
        content.frame.append(xml.number(source, element, "FRAME"))
    else:
        content.frame.append(xml.number(source, parent, "frame"))
    for name in ("POSITION_X", "POSITION_Y", "POSITION_Z"):
        content.place.append(xml.number(source, element, name))


def _add_edge(content: _Content, source: Source, element: etree._Element) -> None:
    parent = element.getparent()
    name = "" if parent is None else parent.get("TRACK_ID", "")
    content.source.append(_whole(source, element, "SPOT_SOURCE_ID"))
    content.target.append(_whole(source, element, "SPOT_TARGET_ID"))
    content.track.append(content.track_ids.setdefault(name, len(content.track_ids)))


def _links(
    content: _Content, source: Source, notes: list[str]
) -> tuple[_Spots, IntArray, IntArray, IntArray, BoolArray]:
    """Spots, both ends of each link as numbers of spots, the track of each link, and which tracks are kept."""
    spot = np.frombuffer(content.spot, dtype=np.int64)
    order = np.argsort(spot, kind="stable")
    ends = []
    for wanted in (content.source, content.target):
        asked = np.frombuffer(wanted, dtype=np.int64)
        at = np.minimum(np.searchsorted(spot, asked, sorter=order), max(len(spot) - 1, 0))
        found = order[at] if len(spot) else np.zeros(0, dtype=np.int64)
        missing = spot[found] != asked if len(spot) else np.ones(len(asked), dtype=bool)
        if missing.any():
            raise InputError(
                f"an Edge names spot {asked[missing][0]}, which the file does not hold",
                file=source.path,
                remedy="Save the file again in TrackMate.",
            )
        ends.append(found)
    kept = np.array([content.filtered is None or name in content.filtered for name in content.track_ids], dtype=bool)
    if content.filtered is None:
        notes.append("the file has no list of filtered tracks: all its tracks are used")
    spots = _Spots(np.frombuffer(content.frame), np.frombuffer(content.place).reshape(-1, 3))
    return spots, ends[0], ends[1], np.frombuffer(content.track, dtype=np.int64), kept


def _note_cuts(segments: Segments, notes: list[str]) -> None:
    if segments.splits or segments.merges:
        notes.append(
            f"cut at {segments.splits:,} split{'s' * (segments.splits != 1)} and {segments.merges:,} "
            f"merge{'s' * (segments.merges != 1)} into linear segments; the column parent tells where each came from"
        )
    if segments.within:
        notes.append(f"{segments.within:,} links join two spots of one frame and were not followed")


def _names(track_ids: dict[str, int], owner: IntArray, segments: Segments) -> tuple[list[str], dict[str, str]]:
    """The id of each segment, TRACK_ID or TRACK_ID.1, TRACK_ID.2, …, and the parents by id."""
    names = list(track_ids)
    pieces = np.bincount(owner, minlength=len(names))
    seen = [0] * len(names)
    ids = []
    for track in owner.tolist():
        seen[track] += 1
        ids.append(names[track] if pieces[track] == 1 else f"{names[track]}.{seen[track]}")
    children = np.flatnonzero(segments.parent >= 0).tolist()
    return ids, {ids[child]: ids[segments.parent[child]] for child in children}


def _rows(spots: _Spots, segments: Segments, ids: list[str], owner: IntArray) -> pl.DataFrame:
    """The spots in tracks, tracks in file order, their segments and spots by frame."""
    order = np.flatnonzero(segments.label >= 0)
    order = order[np.lexsort((spots.frame[order], segments.label[order], owner[order]))]
    track = pl.Series("track", ids, dtype=pl.String).gather(segments.label[order])
    place = {axis: spots.place[order, i] for i, axis in enumerate(_AXES) if not np.isnan(spots.place[:, i]).all()}
    return pl.DataFrame({"track": track, "frame": spots.frame[order], **place})


def _time_unit(content: _Content) -> str | None:
    return None if not content.time_unit or units.is_frames(content.time_unit) else content.time_unit


def _interval(content: _Content, notes: list[str]) -> float | None:
    if content.interval > 0 and np.isfinite(content.interval):
        return content.interval
    if _time_unit(content) is not None:
        notes.append("the file states no frame interval (ImageData@timeinterval): times are in frames")
    return None
