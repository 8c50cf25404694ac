"""Tracks stand for themselves: what one is, however large, changes nothing in another."""

from dataclasses import replace

import numpy as np
import pytest

from perrin.estimate.exact.estimator import Exact
from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.estimate.local.local_variations import LocalVariations
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks, Units


def tables(estimator, tracks):
    found = estimator.estimate(tracks, rng=np.random.default_rng(0))
    return found.points, found.tracks


@pytest.mark.parametrize("estimator", [LocalVariations(), LocalVariations(window=19), Coeurjolly()])
def test_a_huge_track_changes_nothing_in_those_behind_it(estimator):
    positions = [track.positions for track in simulate_fbm(3, 80, seed=1).tracks]
    behind = tables(estimator, Tracks.from_arrays([positions[0] * 1e14, *positions[1:]]))
    before = tables(estimator, Tracks.from_arrays([*positions[1:], positions[0] * 1e14]))
    for found, expected, rows in zip(behind, before, (80, 1), strict=True):
        for column in ("alpha", "D"):
            ours, theirs = found[column][rows:], expected[column][: 2 * rows]
            assert ours.null_count() < len(ours)
            np.testing.assert_allclose(ours.to_numpy(), theirs.to_numpy(), rtol=1e-9)


@pytest.mark.parametrize("estimator", [LocalVariations(window=19), Coeurjolly(window=21)])
def test_a_quiet_stretch_behind_a_jump_does_not_hang_on_the_tracks_before(estimator):
    """Its squares are 1e-9 of the track's mean: sums that run over all tracks have few digits left for them."""
    walk = simulate_fbm(1, 200, seed=3).tracks.positions.copy()
    walk[60:] += 3e5
    others = [track.positions for track in simulate_fbm(20, 100, seed=4).tracks]
    alone, behind = (tables(estimator, Tracks.from_arrays([*some, walk]))[0][-200:] for some in ([], others))
    assert alone["alpha"].null_count() < 100
    assert behind["status"].equals(alone["status"])
    for column in ("alpha", "D"):
        np.testing.assert_allclose(behind[column].to_numpy(), alone[column].to_numpy(), rtol=1e-9)


@pytest.mark.parametrize("estimator", [LocalVariations(window=29), Coeurjolly(window=29), Coeurjolly()])
def test_where_a_neighbourhood_ends_does_not_hang_on_rounded_times(estimator):
    """Frames are counted in whole numbers, in whatever unit the time is."""
    for interval, length in ((0.00216, 93), (8.98, 93), (0.0107, 65), (0.0107, 80)):
        seen = simulate_fbm(1, length, dimension=1, dt=interval, units=Units("µm", "s"), seed=2).tracks
        expected = tables(estimator, seen)[0]["status"]
        for factor in (60.0, 1000.0):
            origin = replace(seen.provenance[0], frame_interval=interval * factor)
            slowed = replace(seen, times=seen.times * factor, provenance=(origin,))
            assert tables(estimator, slowed)[0]["status"].equals(expected)


@pytest.mark.parametrize(
    "estimator", [Exact(window=9), Exact(window=9, sigma=0.3), Exact(window=9, sigma=0.3, drift=True)]
)
@pytest.mark.parametrize("interval", [1e-3, 1e3])
def test_a_batch_equals_one_by_one_whatever_the_unit(estimator, interval):
    """Masses are summed in single precision: what their sum is off by must not enter as a part of log D."""
    seen = simulate_fbm(8, 9, seed=1, dimension=1, dt=interval, measurement=Measurement(sigma=0.1)).tracks
    batch = tables(estimator, seen)
    for index in range(8):
        alone = tables(estimator, seen[index])
        for whole, one, rows in zip(batch, alone, (9, 1), strict=True):
            for column in ("alpha", "D"):
                expected = whole[column][rows * index : rows * (index + 1)].to_numpy()
                np.testing.assert_allclose(one[column].to_numpy(), expected, rtol=4e-7, err_msg=column)
