"""Labelled tracks that give no window, by reason: what is left out is counted and said."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.estimate.motion_parameters import StringArray
from perrin.features import Clock
from perrin.result import status
from perrin.types import BoolArray, IntArray

Counts = dict[str, int]

TOO_SHORT: Final = "too short"
GAPS: Final = "with too many gaps"
IRREGULAR: Final = "at irregular times"
STILL: Final = "that never move"
FLAWED: Final = "with contradictory data"

REMEDY: Final = {
    TOO_SHORT: "Use a smaller --window, or longer tracks.",
    GAPS: "If the frame numbers increase by more than one per image, read their column as t; otherwise link the "
    "tracks with fewer gaps.",
    IRREGULAR: "Use tracks that were recorded at equal intervals.",
    STILL: "Check the tracks with perrin info.",
    FLAWED: "Check the tracks with perrin info.",
}
_OF_STATUS: Final = {status.TOO_SHORT: TOO_SHORT, status.IMMOBILE: STILL, status.BAD_INPUT: FLAWED}


def left_out(time: Clock, outcome: StringArray, labeled: BoolArray, used: IntArray) -> Counts:
    """How many `labeled` (n_tracks,) tracks are not among the tracks `used`, by the reason for it, most first.

    `outcome` (n_tracks,) is what `initial_status` says of them.
    """
    rest = labeled.copy()
    rest[used] = False
    reason = np.where(~time.regular, IRREGULAR, np.where(time.gaps > 0, GAPS, STILL)).astype(object)
    for word, found in _OF_STATUS.items():
        reason[outcome == word] = found
    names, counts = np.unique(reason[rest].astype(str), return_counts=True)
    return {str(names[i]): int(counts[i]) for i in np.argsort(-counts, kind="stable")}


def in_words(counts: Counts) -> str:
    """Such as "12 too short, 3 with too many gaps"."""
    return ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if count)


def describe_left_out(counts: Counts, *, windows: int, unlabeled: int, unmatched: int) -> str:
    """All that was left out: tracks by reason, windows of other tracks, labels; "" where nothing was.

    Args:
        counts: tracks by reason.
        windows: of tracks that were used, those with too many gaps or without motion.
        unlabeled: tracks without a label.
        unmatched: labels of tracks that were not read.
    """
    said = {
        "tracks": in_words({**counts, "without a label": unlabeled}),
        "windows of other tracks": in_words({"with too many gaps or without motion": windows}),
        "labels": in_words({"of tracks that were not read": unmatched}),
    }
    return "; ".join(f"{what}: {words}" for what, words in said.items() if words)
