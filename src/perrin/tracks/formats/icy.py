"""Icy's track manager (*Save tracks*): tracks without gaps, and links that say which belong together."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np

from perrin.errors import InputError
from perrin.tracks import xml
from perrin.tracks.graph import linear_tracks
from perrin.tracks.model import AXES
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL
from perrin.types import IntArray

_TAGS: Final = frozenset(("track", "detection", "link"))
_INTERPOLATED: Final = "2"


@final
class Icy(Reader):
    """`root/trackgroup/track[@id]/detection[@t,x,y,z,type]` and `root/linklist/link[@from,to]`, in pixels.

    Icy allows no gaps within a track, so trackers split tracks there and link the pieces. A piece with one
    successor, which has no other predecessor, is joined to it; other links are splits and merges. Detections of
    type 2 are virtual: Icy interpolated them, so they are no observations and are left out.
    """

    name = "icy"
    title = "Icy tracks XML"

    def sniff(self, source: Source) -> str | None:
        """Root element root, with a trackfile or a trackgroup below it."""
        found = xml.root(source)
        if found is None or found[0] != "root":
            return None
        return next((f"element {tag}" for tag in ("trackfile", "trackgroup") if f"<{tag}" in source.head), None)

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All real detections; raises InputError for broken files and for links to tracks that are not there."""
        options.refuse_columns(source)
        content = _parse(source)
        spots = np.frombuffer(content.numbers).reshape(-1, 4)
        early, late, owner, notes = _joined(content, spots[:, 0], source)
        columns = {name: spots[:, i] for i, name in enumerate(("frame", *AXES))}
        found = linear_tracks(columns, early, late, owner, list(content.ids))
        return Table(
            rows=found.rows,
            length_unit=PIXEL,
            columns={"track": "id", "frame": "t", **{axis: axis for axis in AXES}},
            ignored={"interpolated": content.virtual} if content.virtual else {},
            notes=(*found.notes, *notes),
            parents=found.parents,
        )


@final
@dataclass
class _IcyContent:
    numbers: array[float] = field(default_factory=lambda: array("d"))
    track: array[int] = field(default_factory=lambda: array("q"))
    ids: dict[str, int] = field(default_factory=dict)
    links: list[tuple[str, str]] = field(default_factory=list)
    virtual: int = 0


def _parse(source: Source) -> _IcyContent:
    content = _IcyContent()
    for element in xml.stream(source, _TAGS):
        match element.tag:
            case "detection":
                xml.require_parent(source, element, "track")
                if element.get("type") == _INTERPOLATED:
                    content.virtual += 1
                    continue
                content.numbers.extend([xml.number(source, element, name) for name in "txyz"])
                content.track.append(len(content.ids))
            case "track":
                name = element.get("id", str(len(content.ids)))
                if name in content.ids:
                    raise InputError(
                        f"two tracks have the id {name!r}",
                        file=source.path,
                        row=xml.line(element),
                        remedy="Save the tracks again in Icy.",
                    )
                content.ids[name] = len(content.ids)
            case _:
                content.links.append((element.get("from", ""), element.get("to", "")))
    return content


def _joined(content: _IcyContent, frame: np.ndarray, source: Source) -> tuple[IntArray, IntArray, IntArray, list[str]]:
    """Both ends of every link between detections, the track each detection belongs to, and remarks.

    Joined tracks bear the id of their first piece.
    """
    track = np.frombuffer(content.track, dtype=np.int64)
    order = np.lexsort((frame, track))
    inside = track[order][1:] == track[order][:-1]
    early, late = [order[:-1][inside]], [order[1:][inside]]
    borders = np.searchsorted(track[order], np.arange(len(content.ids) + 1))
    family = np.arange(len(content.ids))
    lost = backwards = 0
    for start, end in content.links:
        for name in (start, end):
            if name not in content.ids:
                raise InputError(
                    f"a link refers to track {name!r}, which the file does not contain",
                    file=source.path,
                    remedy="Save the tracks again in Icy.",
                )
        a, b = content.ids[start], content.ids[end]
        if borders[a] == borders[a + 1] or borders[b] == borders[b + 1]:
            lost += 1
            continue
        last, first = order[borders[a + 1] - 1], order[borders[b]]
        if not frame[last] < frame[first]:
            backwards += 1
            continue
        early.append(np.array([last]))
        late.append(np.array([first]))
        _unite(family, a, b)
    roots = np.array([_root(family, i) for i in range(len(family))], dtype=np.int64)
    notes = [f"{lost:,} links to tracks without detections were not followed"] if lost else []
    notes += [f"{backwards:,} links do not lead forward in time and were not followed"] if backwards else []
    return np.concatenate(early), np.concatenate(late), roots[track], notes


def _root(family: IntArray, member: int) -> int:
    while family[member] != member:
        family[member] = family[family[member]]
        member = int(family[member])
    return member


def _unite(family: IntArray, a: int, b: int) -> None:
    first, second = sorted((_root(family, a), _root(family, b)))
    family[second] = first
