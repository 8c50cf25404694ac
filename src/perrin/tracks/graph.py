"""From links between spots to linear tracks: cut at splits and merges, parents kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import polars as pl

from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True)
class Branches:
    """Spots of a graph put into linear segments.

    Attributes:
        label: the segment of each spot, 0, 1, … by first frame; -1 for a spot that no link names.
        first: a spot of each segment, the earliest.
        parent: the segment each segment came from, -1 for none (of a merge: the earliest of them).
        splits: spots with two or more links into the future.
        merges: spots with two or more links into the past.
        within: links between two spots of one frame, which no track can follow.
    """

    label: IntArray
    first: IntArray
    parent: IntArray
    splits: int
    merges: int
    within: int


def find_branches(
    frames: FloatArray, source: IntArray, target: IntArray, *, alone: BoolArray | None = None
) -> Branches:
    """Cut the graph of links source[i] – target[i] (numbers of spots, either way round) into linear segments.

    Spots marked in `alone` are segments even where no link names them.
    """
    n = len(frames)
    linked = np.zeros(n, dtype=bool) if alone is None else alone.copy()
    linked[source], linked[target] = True, True
    early, late, within = _directed(frames, source, target)
    ahead, behind = np.bincount(early, minlength=n), np.bincount(late, minlength=n)
    plain = (ahead[early] == 1) & (behind[late] == 1)
    root = _roots(n, early[plain], late[plain])
    first = np.flatnonzero(linked & (root == np.arange(n)))
    first = first[np.argsort(frames[first], kind="stable")]
    label = np.full(n, -1, dtype=np.int64)
    label[first] = np.arange(len(first))
    label[linked] = label[root[linked]]
    return Branches(
        label=label,
        first=first,
        parent=_parents(len(first), label[early[~plain]], label[late[~plain]]),
        splits=int((ahead > 1).sum()),
        merges=int((behind > 1).sum()),
        within=within,
    )


def _directed(frames: FloatArray, source: IntArray, target: IntArray) -> tuple[IntArray, IntArray, int]:
    """Each link once, from the earlier spot to the later; and how many join two spots of one frame."""
    usable: BoolArray = frames[source] != frames[target]
    source, target = source[usable], target[usable]
    forward = frames[source] < frames[target]
    pairs = np.unique(np.where(forward, source, target) * len(frames) + np.where(forward, target, source))
    return pairs // len(frames), pairs % len(frames), int((~usable).sum())


def _roots(n: int, early: IntArray, late: IntArray) -> IntArray:
    """The first spot of the chain each spot is in, found by doubling the step back until nothing moves."""
    back = np.arange(n, dtype=np.int64)
    back[late] = early
    while True:
        further = back[back]
        if np.array_equal(further, back):
            return back
        back = further


def _parents(n: int, source: IntArray, target: IntArray) -> IntArray:
    parent = np.full(n, n, dtype=np.int64)
    np.minimum.at(parent, target, source)
    return np.where(parent == n, -1, parent)


@final
@dataclass(frozen=True)
class LinearTracks:
    """Spots as linear tracks: the rows of a Table, the parents by id, and what has to be said of the cuts."""

    rows: pl.DataFrame
    parents: dict[str, str]
    notes: list[str]


def linear_tracks(
    columns: Mapping[str, FloatArray], early: IntArray, late: IntArray, owner: IntArray, names: Sequence[str]
) -> LinearTracks:
    """Linear tracks from spots and the links between them.

    `columns` holds `frame` (or `t`) and the other numbers of each spot; `owner` is the number of the track each
    spot belongs to in the file, -1 for none, and `names` the ids of these tracks. A track that needs no cut keeps
    its id; the pieces of others are called id.1, id.2, … by first frame.
    """
    clock = columns["frame"] if "frame" in columns else columns["t"]
    segments = find_branches(clock, early, late, alone=owner >= 0)
    owners = owner[segments.first]
    ids = _names(names, owners)
    children = np.flatnonzero(segments.parent >= 0).tolist()
    order = np.flatnonzero((segments.label >= 0) & (owner >= 0))
    order = order[np.lexsort((clock[order], segments.label[order], owner[order]))]
    track = pl.Series("track", ids, dtype=pl.String).gather(segments.label[order])
    used = {name: values[order] for name, values in columns.items() if not np.isnan(values).all() or name in ("x", "t")}
    return LinearTracks(
        rows=pl.DataFrame({"track": track, **used}),
        parents={ids[child]: ids[segments.parent[child]] for child in children},
        notes=_notes(segments),
    )


def _names(names: Sequence[str], owners: IntArray) -> list[str]:
    """The id of each segment, given the number of the track it is a piece of."""
    pieces = np.bincount(owners, minlength=len(names))
    seen = [0] * len(names)
    ids = []
    for track in owners.tolist():
        seen[track] += 1
        ids.append(names[track] if pieces[track] == 1 else f"{names[track]}.{seen[track]}")
    if len({*ids}) < len(ids):
        # A file may call one track 1 and another 1.1, which the first piece of track 1 would be called too.
        ids = [f"{names[track]}:{i + 1}" for i, track in enumerate(owners.tolist())]
    return ids


def _notes(windows: Branches) -> list[str]:
    notes = []
    if windows.splits or windows.merges:
        notes.append(
            f"cut at {windows.splits:,} split{'s' * (windows.splits != 1)} and {windows.merges:,} "
            f"merge{'s' * (windows.merges != 1)} into linear segments; the column parent gives the track from which "
            "each segment comes"
        )
    if windows.within:
        notes.append(f"{windows.within:,} links connect two spots of the same frame and were not followed")
    return notes
