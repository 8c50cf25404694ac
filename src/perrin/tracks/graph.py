"""From links between spots to linear tracks: cut at splits and merges, parents kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True)
class Segments:
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


def cut(frames: FloatArray, source: IntArray, target: IntArray) -> Segments:
    """Cut the graph of links source[i] – target[i] (numbers of spots, either way round) into linear segments."""
    n = len(frames)
    linked = np.zeros(n, dtype=bool)
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
    return Segments(
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
