"""A model's look at all rolling windows of some tracks, and what is read off it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.learned.frame_windows import cut_on_frames
from perrin.estimate.learned.model import LearnedModel
from perrin.estimate.motion_parameters import StringArray, initial_status
from perrin.features import Clock, frame_clock, window_starts
from perrin.result import status
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

_AT_ONCE: Final = 20_000
"""Windows that are looked at in one go."""


@final
@dataclass(frozen=True, eq=False)
class WindowPredictions:
    """All rolling windows of some tracks, and what the model gave for those that it knows.

    Attributes:
        tracks: what was looked at.
        time: its clock.
        outcome: (n_tracks,) status of each track before the model saw it.
        first: (w,) first point of each window.
        track: (w,) its track.
        window_status: (w,) its status.
        rows: (r,) the windows whose status is ok.
        values: outputs of the model for them, (r,) or (r, classes), by name.
        window: positions in a window.
    """

    tracks: Tracks
    time: Clock
    outcome: StringArray
    first: IntArray
    track: IntArray
    window_status: StringArray
    rows: IntArray
    values: dict[str, FloatArray]
    window: int

    def track_status(self) -> StringArray:
        """(n_tracks,) ok where at least half of a track's windows have a value."""
        words = self.outcome.copy()
        n = len(self.tracks)
        every = np.bincount(self.track, minlength=n)
        good = np.bincount(self.track[self.rows], minlength=n)
        strange = np.bincount(self.track[self.window_status == status.OUTSIDE_TRAINING_RANGE], minlength=n)
        lost = (words == status.OK) & (2 * good < every)
        mostly_strange = 2 * strange >= every - good
        words[lost] = np.where(mostly_strange[lost], status.OUTSIDE_TRAINING_RANGE, status.NO_ESTIMATE)
        return words

    def mean_over_windows(self, values: FloatArray) -> FloatArray:
        """(n_tracks,) mean of values (r,) over the windows of each track; NaN where it has none."""
        owner = self.track[self.rows]
        count = np.bincount(owner, minlength=len(self.tracks))
        total = np.bincount(owner, values, len(self.tracks))
        return np.asarray(np.where(count > 0, total / np.maximum(count, 1), np.nan))

    def diffusion(self, alpha: FloatArray) -> FloatArray:
        """(r,) D from alpha (r,) and the mean squared displacement over one frame in each window."""
        first = self.first[self.rows]
        portions = np.split(first, range(_AT_ONCE, len(first), _AT_ONCE))
        msd = np.concatenate([one_frame_msd(self.tracks, self.time, some, self.window) for some in portions])
        dt = self.time.dt[self.track[self.rows]]
        return np.asarray(msd / (2 * self.tracks.dimension * dt**alpha))


def predict_windows(model: LearnedModel, tracks: Tracks) -> WindowPredictions:
    """Run the model on all rolling windows of the tracks."""
    time = frame_clock(tracks)
    outcome = initial_status(tracks, model.window)
    first, track = window_starts(tracks.lengths, tracks.offsets, model.window)
    useful = np.flatnonzero(outcome[track] == status.OK)
    parts = [
        model.run(cut_on_frames(tracks, time, first[some], track[some], model.window))
        for some in np.split(useful, range(_AT_ONCE, len(useful), _AT_ONCE))
    ]
    found = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    words = np.full(len(first), status.NO_ESTIMATE, dtype=object)
    words[useful[found["distance"] <= 1]] = status.OK
    words[useful[found["distance"] > 1]] = status.OUTSIDE_TRAINING_RANGE
    known = found["distance"] <= 1
    return WindowPredictions(
        tracks, time, outcome, first, track, words, useful[known], {k: v[known] for k, v in found.items()}, model.window
    )


def one_frame_msd(tracks: Tracks, time: Clock, first: IntArray, window: int) -> FloatArray:
    """(k,) mean squared displacement over single frames of windows that begin at `first`.

    Where no single frame shows a displacement, all steps count as if they took one.
    """
    index = first[:, None] + np.arange(window)
    square = (np.diff(tracks.positions[index], axis=1) ** 2).sum(axis=2)
    track = np.searchsorted(tracks.offsets, first, side="right") - 1
    single = np.diff(tracks.times[index], axis=1) < 1.5 * time.dt[track][:, None]
    single[~(single & (square > 0)).any(axis=1)] = True
    return np.asarray((square * single).sum(axis=1) / single.sum(axis=1))
