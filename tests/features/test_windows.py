"""Clocks, windows, and which window speaks for which point."""

import numpy as np
import pytest

from perrin.features import cut_windows, frame_clock, window_of_each_point, window_starts
from perrin.tracks import Tracks


def make(*times):
    return Tracks.from_arrays([np.zeros((len(t), 2)) for t in times], times=[np.asarray(t, float) for t in times])


def test_clock_knows_frames_gaps_and_irregular_times():
    tracks = make([0, 1, 2, 5, 6], [0, 0.5, 1.0, 2.5], [0, 1, 2.3, 3.1], [4.0], [])
    found = frame_clock(tracks)
    np.testing.assert_allclose(found.dt[:3], [1.0, 0.5, 1.0])
    assert np.isnan(found.dt[3:]).all()
    assert found.regular.tolist() == [True, True, False, True, True]
    assert found.gaps.tolist() == [1, 1, 0, 0, 0]


def test_irregular_times_use_the_median_step():
    assert frame_clock(make([0, 1, 2.3, 2.9])).dt[0] == pytest.approx(1.0)


def test_spread_to_points_takes_the_nearest_full_window():
    lengths = np.array([6, 3, 4])
    offsets = np.array([0, 6, 9, 13])
    index, edge = window_of_each_point(lengths, offsets, 4)
    # windows 0, 1, 2 belong to the first track and are stamped at its points 2, 3, 4; window 3 to the third
    assert index.tolist() == [0, 0, 0, 1, 2, 2, -1, -1, -1, 3, 3, 3, 3]
    assert edge.tolist() == [True, True, False, False, False, True, *[False] * 3, True, True, False, True]


def test_stretches_hold_steps_in_frames_and_share_patterns():
    tracks = make([0, 0.5, 1.0, 2.0, 2.5, 3.0, 4.0])
    first, track = window_starts(tracks.lengths, tracks.offsets, 4)
    part = cut_windows(tracks, first, track, 4, frame_clock(tracks).dt)
    assert part.steps.tolist() == [[1, 1, 2], [1, 2, 1], [2, 1, 1], [1, 1, 2]]
    patterns, index = part.patterns
    assert len(patterns) == 3
    assert index[0] == index[3]
