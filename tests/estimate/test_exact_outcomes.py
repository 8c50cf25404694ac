"""Statuses and advice of `exact`: tracks for which there is no honest number get none."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from perrin.errors import InputError
from perrin.estimate.exact.estimator import Exact
from perrin.tracks import Tracks
from tests.helpers.fbm import fbm, tracks_of

RNG = np.random.default_rng(11)


def analyse(positions, **settings):
    return Exact(**settings).estimate(tracks_of(positions), rng=RNG)


def test_still_and_short_tracks():
    result = analyse([np.ones((30, 2)), fbm(RNG, 1, 5)[0], np.ones((1, 2)), fbm(RNG, 1, 30)[0]])
    assert result.tracks["status"].to_list() == ["immobile", "too_short", "too_short", "ok"]
    assert result.tracks["alpha"].null_count() == 3
    assert "at least 8" in result.tracks["advice"][1]
    assert "1 position;" in result.tracks["advice"][2]
    by_track = result.points.group_by("track", maintain_order=True).agg(pl.col("status").first())
    assert by_track["status"].to_list() == ["immobile", "too_short", "too_short", "edge"]


def test_pure_localisation_error_is_immobile_when_the_error_is_known():
    """The prior holds motion down to a fifth of the error, so the evidence for none grows slowly: half at 40 points."""
    still = 0.03 * RNG.standard_normal((200, 40, 2))
    table = analyse(still, sigma=0.03, window=40).tracks
    assert 0.3 < (table["status"] == "immobile").mean() < 0.7
    assert table.filter(pl.col("status") == "immobile")["D"].null_count() == (table["status"] == "immobile").sum()
    moving = fbm(RNG, 200, 40, 2, 0.5, noise=0.5)
    assert (analyse(moving, sigma=0.5, window=40).tracks["status"] == "ok").all()


def test_a_known_error_far_below_the_steps_does_not_bend_d():
    """rho = .005 lies outside the prior; the answer must be that of no error."""
    positions = fbm(RNG, 40, 40, 2, 0.5)
    clean = analyse(positions, sigma=0.0, window=40).tracks
    tiny = analyse(positions, sigma=0.005, window=40).tracks
    np.testing.assert_allclose(tiny["D"].to_numpy(), clean["D"].to_numpy(), rtol=0.02)
    np.testing.assert_allclose(tiny["alpha"].to_numpy(), clean["alpha"].to_numpy(), atol=0.01)
    assert tiny["advice"].str.contains("neglected").all()


def test_sigma_of_clean_tracks_has_an_upper_bound_only():
    table = analyse(fbm(RNG, 50, 60, 2, 0.5), window=60).tracks
    assert (table["sigma_lo"] == 0).mean() > 0.8
    assert (table["sigma_hi"] > 0).all()
    assert table["sigma_source"].unique().to_list() == ["fitted"]


def test_sigma_is_recovered_where_it_shows():
    table = analyse(fbm(np.random.default_rng(12), 60, 120, 2, 0.5, noise=1.5), window=120).tracks
    assert table["sigma"].median() == pytest.approx(1.5, rel=0.15)
    inside = (table["sigma_lo"] <= 1.5) & (table["sigma_hi"] >= 1.5)
    assert inside.mean() > 0.85


@pytest.mark.parametrize("factor", [1e-150, 1e-9, 1e9, 1e150])
def test_extreme_units_change_nothing(factor):
    positions = fbm(RNG, 3, 30, 2, 0.5)
    plain = analyse(positions, sigma=0.0).tracks["alpha"].to_numpy()
    np.testing.assert_allclose(analyse(positions * factor, sigma=0.0).tracks["alpha"].to_numpy(), plain, rtol=1e-6)


def test_numbers_beyond_arithmetic_get_a_status():
    positions = fbm(RNG, 2, 30)
    positions[0, 10:] = 1e308
    positions[0, 20:] = -1e308
    table = analyse(positions).tracks
    assert table["status"].to_list() == ["failed", "ok"]
    assert table["alpha"][0] is None
    assert "extreme" in table["advice"][0]


def test_flawed_tracks_are_not_analysed():
    tracks = tracks_of(fbm(RNG, 2, 30))
    tracks = replace(tracks, info=tracks.info.with_columns(flaw=pl.Series(["two positions at frame 3", None])))
    table = Exact().estimate(tracks, rng=RNG).tracks
    assert table["status"].to_list() == ["bad_input", "ok"]
    assert table["advice"][0] == "two positions at frame 3"


def test_one_axis_that_never_moves_is_no_failure():
    positions = fbm(RNG, 2, 30)
    positions[:, :, 1] = 0.0
    assert (analyse(positions).tracks["status"] == "ok").all()


@pytest.mark.parametrize("sigma", [None, 0.0, 0.3])
def test_a_track_that_freezes_is_still_analysed_where_it_moves(sigma):
    """A long stretch of repeated positions (a whole block of the likelihood) is immobile, not a failure."""
    positions = fbm(np.random.default_rng(13), 1, 1300, 2, 0.5)
    positions[0, 150:] = positions[0, 150]
    result = analyse(positions, sigma=sigma)
    row = result.tracks.row(0, named=True)
    assert row["status"] in ("ok", "immobile")
    assert row["status"] == "immobile" or "repeat the position before" in row["advice"]
    assert result.points["status"][60] in ("ok", "immobile")
    if row["status"] == "ok":
        assert result.points["status"][60] == "ok"
        assert result.points["status"][600] == "immobile"
        assert result.points["alpha"][600] is None


def test_no_tracks_at_all():
    result = analyse([np.zeros((0, 2))])
    assert result.tracks["status"].to_list() == ["too_short"]
    assert result.points.height == 0


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"window": 2}, "too small"),
        ({"alpha": 2.5}, "between 0 and 2"),
        ({"exposure": 2.0}, "fraction"),
        ({"sigma": -1.0}, "cannot be"),
        ({"min_length": 1}, "cannot be analyzed"),
    ],
)
def test_settings_that_make_no_sense(settings, words):
    with pytest.raises(InputError, match=words):
        Exact(**settings)


def test_two_errors_need_three_axes():
    with pytest.raises(InputError, match="2 localization errors for 1 axes"):
        Exact(sigma=(0.1, 0.2)).estimate(tracks_of(fbm(RNG, 1, 30, 1)), rng=RNG)


@pytest.mark.parametrize("known", [{}, {"sigma": 0.0}])
@pytest.mark.parametrize("line", [2.0 * np.arange(30), np.arange(30) / 3 + 17, 1e14 * np.arange(30) / 7])
def test_a_straight_track_has_no_motion_beside_its_drift(known, line):
    """What rounding leaves of it is no motion: no number comes from it, for the track or for its windows."""
    walk = fbm(RNG, 1, 30, 1)[0]
    turning = np.where(np.arange(30) < 15, line, line[14] + 0.9 * (line[14] - line[::-1]))
    positions = [line[:, None], walk, np.stack([line, -0.7 * line], axis=1)[:, :1], turning[:, None]]
    found = analyse(positions, drift=True, window=8, **known)
    assert found.tracks["status"].to_list() == ["no_estimate", "ok", "no_estimate", "ok"]
    assert found.tracks["advice"][0].startswith("the track moves at constant velocity")
    by_track = found.points.group_by("track", maintain_order=True).agg(
        pl.col("status").unique(), pl.col("alpha").count()
    )
    assert by_track["status"][0].to_list() == ["no_estimate"]
    assert by_track["alpha"].to_list()[:3] == [0, 30, 0]
    assert 0 < by_track["alpha"][3] < 30
    assert (analyse(positions[:1], drift=True, window=8, sigma=1.0).tracks["D"] > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("increments", [600, 601, 1024])
@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e3])
def test_all_blocks_of_a_long_track_say_whether_it_rests(increments, unit):
    """Blocks of one length and blocks of several alike, in every unit of length."""
    rng = np.random.default_rng(0)
    still = unit * rng.standard_normal((increments + 1, 2))
    slow = still + 0.2 * unit * rng.standard_normal(still.shape).cumsum(axis=0)
    tracks = Tracks.from_arrays([still, slow])
    assert Exact(sigma=unit).estimate(tracks, rng=rng).tracks["status"].to_list() == ["immobile", "ok"]


@pytest.mark.parametrize("sigma", [None, 0.0, 0.1, 1e-7])
def test_numbers_beyond_all_measure_are_failures(sigma):
    """D in such a unit of time is more than the largest number there is, whatever is known of the error."""
    walk = np.random.default_rng(1).standard_normal((60, 2)).cumsum(axis=0).cumsum(axis=0)
    tracks = Tracks.from_arrays([walk], interval=1e-300)
    row = Exact(sigma=sigma).estimate(tracks, rng=np.random.default_rng(0)).tracks.row(0, named=True)
    assert (row["status"], row["alpha"], row["D"]) == ("failed", None, None)
