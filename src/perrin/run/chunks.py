"""Where the chunks of a run end. It depends on the lengths of the tracks alone, never on the workers."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.tracks import Tracks
from perrin.types import IntArray

CHUNK_POINTS: Final = 10_000
"""A chunk is closed once it holds this many points."""
_SHARES: Final = 8
"""Fewer points are divided into about so many chunks, so that all cores have work to the end."""
_LEAST_WORK: Final = 20
"""A track counts for at least so many points: very short ones cost more than their points."""


def chunk_size(tracks: Tracks) -> int:
    """Points of a chunk: CHUNK_POINTS, fewer where there are few tracks in all."""
    total = int(np.maximum(tracks.lengths, _LEAST_WORK).sum())
    return min(CHUNK_POINTS, max(CHUNK_POINTS // 10, total // _SHARES))


def cuts(lengths: IntArray, before: int, size: int) -> tuple[IntArray, int]:
    """Where chunks end among tracks of these lengths, and the work counted up to their end.

    A chunk is closed by the track with which the work since the first of all tracks reaches a multiple of `size`.
    """
    filled = before + np.cumsum(np.maximum(lengths, _LEAST_WORK))
    whole = np.concatenate([[before // size], filled // size])
    return np.flatnonzero(np.diff(whole)) + 1, int(filled[-1]) if len(filled) else before
