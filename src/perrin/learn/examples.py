"""Labelled windows: tracks are cut, and every window takes the label of its track."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.learned import FrameWindows, cut_on_frames
from perrin.estimate.motion_parameters import initial_status
from perrin.features import frame_clock
from perrin.learn.left_out import REMEDY, Counts, in_words, left_out
from perrin.result import status
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

USUAL_WINDOWS: Final = (100, 64, 50, 32, 20)
"""The first that nine of ten labelled tracks can fill is used where none is asked for."""
SHORTEST: Final = 16
MOST_A_TRACK: Final = 20
MOST: Final = 20_000


@final
@dataclass(frozen=True, eq=False)
class Examples:
    """Windows of labelled tracks.

    Attributes:
        windows: all usable.
        track: (k,) the track of each of `windows.usable`.
        target: (k,) its label: alpha, or the number of its class.
        weight: (k,) one over the number of windows of its track.
        left_out: labelled tracks that give no window, by reason.
        windows_left_out: windows of the other tracks that have too many gaps or do not move.
    """

    windows: FrameWindows
    track: IntArray
    target: FloatArray
    weight: FloatArray
    left_out: Counts
    windows_left_out: int

    @property
    def tracks(self) -> int:
        """How many tracks they come from."""
        return len(np.unique(self.track))


def usual_window(lengths: IntArray) -> int:
    """Positions of a window for labelled tracks of these lengths."""
    long_enough = [n for n in USUAL_WINDOWS if np.count_nonzero(lengths >= n) >= max(0.9 * len(lengths), 1)]
    return long_enough[0] if long_enough else USUAL_WINDOWS[-1]


def examples(tracks: Tracks, target: FloatArray, window: int) -> Examples:
    """Windows of the tracks whose `target` (n_tracks,) is not NaN, half a window apart, at most 20 a track.

    Raises InputError where no labelled track can fill a window.
    """
    if window < SHORTEST:
        raise InputError(
            f"a window of {window} positions is too small to train a model", remedy=f"Use {SHORTEST} or more."
        )
    labeled = np.isfinite(target)
    outcome = initial_status(tracks, window)
    good = (outcome == status.OK) & labeled
    first, track = [], []
    most = max(1, min(MOST_A_TRACK, MOST // max(int(good.sum()), 1)))
    for i in np.flatnonzero(good):
        room = int(tracks.lengths[i]) - window
        count = min(most, 1 + 2 * room // window)
        first.append(tracks.offsets[i] + np.rint(np.linspace(0, room, count)).astype(np.int64))
        track.append(np.full(count, i))
    none, time = np.zeros(0, dtype=np.int64), frame_clock(tracks)
    starts, owner = np.concatenate(first or [none]), np.concatenate(track or [none])
    windows = cut_on_frames(tracks, time, starts, owner, window)
    cut_of, owner = owner, owner[windows.usable]
    unused = left_out(time, outcome, labeled, owner)
    if len(owner) == 0:
        raise _nothing(window, unused, int(tracks.lengths[labeled].max(initial=0)))
    lost = int(np.isin(cut_of, owner).sum()) - len(owner)
    return Examples(windows, owner, target[owner], 1.0 / np.bincount(owner)[owner], unused, lost)


def _nothing(window: int, unused: Counts, longest: int) -> InputError:
    if not unused:
        return InputError("no track has a label", remedy="Give labels for the tracks that were read.")
    return InputError(
        f"no labeled track is as long as a window of {window} positions: {in_words(unused)} (the longest has "
        f"{longest})",
        remedy=REMEDY[next(iter(unused))],
    )
