"""From tracks to decisions: the published band test by hand, and what a decision must not depend on."""

import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from perrin.errors import InputError
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.hurst_test import run_hurst_test
from perrin.hurst_test.band import BandTest
from perrin.result.hurst_test import BANDS, TESTS
from perrin.simulate import fractional_brownian_motion, simulate_mfbm
from perrin.tracks import Tracks
from tests.helpers.fbm import fbm, tracks_of

QUICK = {"samples": 100}
NUMBERS = ("hurst", "noise_ratio", "statistic", "p", "band_hurst", "band_inside")


def curves(walks):
    points = Coeurjolly().estimate(tracks_of(walks[..., None]), rng=np.random.default_rng(0)).points
    return points["alpha"].to_numpy().astype(float).reshape(walks.shape) / 2


@pytest.mark.slow
@pytest.mark.parametrize(("hurst", "positions"), [(0.33, 128), (0.71, 100)])
def test_bands_between_the_nodes_are_those_of_fresh_simulation(hurst, positions):
    """The table is as near to a fresh simulation of 1,000 tracks as two fresh ones are to each other, by half more."""
    table = BandTest(Coeurjolly()).regular(hurst, positions, 1)
    fresh = []
    for seed in (71, 72):
        walks = fractional_brownian_motion(hurst, positions, paths=1000, rng=np.random.default_rng(seed))
        fresh.append(np.quantile(curves(walks)[:, 35:], [0.025, 0.5, 0.975], axis=0))
    assert np.isnan(table[:, :35]).all()
    between = np.abs(fresh[0] - fresh[1]).mean()
    assert np.abs(table[:, 35:] - fresh[0]).mean() < 1.5 * between
    assert np.mean(table[2, 35:] - table[0, 35:]) == pytest.approx(np.mean(fresh[0][2] - fresh[0][0]), rel=0.08)


@pytest.mark.slow
def test_the_band_test_as_published():
    """Time mean, 1,000 FBM of that H, pointwise quantiles, 95 % inside: step by step for three tracks."""
    walks = fractional_brownian_motion(0.4, 128, paths=12, rng=np.random.default_rng(73))
    found = run_hurst_test(tracks_of(walks[..., None]), seed=3).tests
    for row, curve in enumerate(curves(walks)[:3]):
        mean = np.nanmean(curve)
        simulated = fractional_brownian_motion(mean, 128, paths=1000, rng=np.random.default_rng([74, row]))
        low, high = np.nanquantile(curves(simulated)[:, 35:], [0.025, 0.975], axis=0)
        inside = np.mean((curve[35:] >= low) & (curve[35:] <= high))
        assert found["band_hurst"][row] == pytest.approx(mean)
        assert found["band_inside"][row] == pytest.approx(inside, abs=0.06)
    verdicts = np.where(found["band_inside"].to_numpy() >= 0.95, "FBM", "MFBM")
    assert found["band_verdict"].to_list() == verdicts.tolist()


@pytest.fixture(scope="module")
def mixed() -> Tracks:
    """Plain, gappy, irregular, short, still and flawed tracks, and one that moves along one axis only."""
    rng = np.random.default_rng(75)
    gappy = np.sort(rng.choice(110, 90, replace=False)).astype(float)
    uneven = np.cumsum(rng.uniform(0.6, 1.4, 50))
    times = [np.arange(120.0), gappy, uneven, np.arange(20.0), np.arange(40.0), np.arange(80.0), np.arange(80.0)]
    walks = [fbm(rng, 1, len(t), 2, 0.4, times=t)[0] for t in times]
    walks[4][:] = 1.0
    walks[6][:, 1] = 2.5
    tracks = tracks_of(walks, times=times, dt=0.5)
    flaws = [None] * 5 + ["the track contains contradictory data", None]
    return replace(tracks, info=tracks.info.with_columns(pl.Series("flaw", flaws, dtype=pl.String)))


def test_every_track_gets_an_answer_or_a_reason(mixed):
    found = run_hurst_test(mixed, **QUICK)
    assert dict(found.tests.schema) == TESTS.dtypes
    assert dict(found.bands.schema) == BANDS.dtypes
    statuses = ["ok", "ok", "ok", "too_short", "immobile", "bad_input", "ok"]
    assert found.tests["status"].to_list() == statuses
    tested = [s == "ok" for s in statuses]
    assert found.tests["p"].is_not_null().to_list() == tested
    assert found.tests["null"].to_list() == [
        "table", "simulated at its own times", "simulated at its own times", None, None, None, "table"
    ]  # fmt: skip
    assert found.tests["band_verdict"].is_not_null().to_list() == [True, True, False, False, False, False, True]
    assert "no H(t)" in found.tests["advice"][2]
    assert (found.tests["advice"].str.len_chars() > 0).to_list()[3:6] == [True] * 3
    assert found.bands["track"].unique().sort().to_list() == ["0", "1", "6"]
    assert found.summary()["tested"] == 4


def test_a_track_with_h_near_one_says_that_its_p_is_not_to_be_trusted():
    rng = np.random.default_rng(5)
    walks = [fbm(rng, 1, 200, 1, hurst)[0] for hurst in (0.5, 0.8, 0.99)]
    found = run_hurst_test(tracks_of(walks), **QUICK)
    assert [("close to 1" in words) for words in found.tests["advice"]] == [False, False, True]
    assert found.tests["hurst"][2] > 0.95


def same(one, other):
    for name in NUMBERS:
        np.testing.assert_allclose(
            one[name].to_numpy().astype(float), other[name].to_numpy().astype(float), rtol=1e-6, err_msg=name
        )  # fmt: skip
    assert one["status"].to_list() == other["status"].to_list()


def test_units_and_origin_do_not_matter(mixed):
    first = run_hurst_test(mixed, **QUICK).tests
    moved = replace(mixed, positions=mixed.positions * 7.5 + 40.0, times=mixed.times * 3.0 + 8.0)
    same(run_hurst_test(moved, **QUICK).tests, first)
    assert_frame_equal(run_hurst_test(mixed, **QUICK).tests, first)


@pytest.mark.slow
def test_order_and_company_do_not_matter(mixed, monkeypatch):
    rng = np.random.default_rng(76)
    regular = tracks_of([fbm(rng, 1, n, 2, 0.6)[0] for n in (100, 64, 100, 200)])
    for tracks in (regular, mixed.select([0, 1, 2, 6])):  # gaps and uneven times are simulated anew for each track
        together = run_hurst_test(tracks, **QUICK).tests
        same(run_hurst_test(tracks.select([3, 1, 2, 0]), **QUICK).tests, together[[3, 1, 2, 0]])
        for row in range(4):
            same(run_hurst_test(tracks[row], **QUICK).tests, together[row : row + 1])
    monkeypatch.setattr("perrin.run.chunks.CHUNK_POINTS", 150)
    same(run_hurst_test(mixed.select([0, 1, 2, 6]), **QUICK).tests, together)


@pytest.mark.slow
def test_workers_do_not_matter(mixed, monkeypatch):
    monkeypatch.setattr("perrin.run.chunks.CHUNK_POINTS", 150)
    alone = run_hurst_test(mixed, **QUICK)
    shared = run_hurst_test(mixed, workers=2, **QUICK)
    assert_frame_equal(shared.tests, alone.tests)
    assert_frame_equal(shared.bands, alone.bands)


def test_false_discoveries_are_controlled():
    tracks = tracks_of(fbm(np.random.default_rng(77), 4, 40))
    found = run_hurst_test(tracks, **QUICK)
    p = [0.9, 0.001, 0.02, 0.04]
    adjusted = replace(found, tests=found.tests.with_columns(pl.Series("p", p))).adjusted().tests
    assert adjusted["q"].to_list() == pytest.approx([0.9, 0.004, 0.04, 0.16 / 3])
    assert adjusted["changes"].to_list() == [False, True, True, False]


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [Exact(window=20, sigma=0.0), MfbmNet(sigma=0.0)], ids=["exact", "mfbm-net"])
def test_any_estimator_of_h_serves_the_band(estimator):
    tracks = tracks_of(fbm(np.random.default_rng(78), 2, 40, 1, 0.5))
    found = run_hurst_test(tracks, method=estimator, samples=40)
    assert found.method == estimator.info.name
    assert found.tests["band_inside"].null_count() == 0
    assert found.bands.height == 80


@pytest.mark.slow
def test_the_network_sees_a_change_that_the_band_does_not_hold():
    paths = simulate_mfbm(4, 256, hurst=lambda u: 0.2 + 0.6 * (u > 0.5), dimension=1, seed=5).tracks
    found = run_hurst_test(paths, method="mfbm-net", samples=60).tests
    assert found["band_verdict"].to_list() == ["MFBM"] * 4
    still = run_hurst_test(tracks_of(fbm(np.random.default_rng(79), 4, 256, 1, 0.4)), method="mfbm-net", samples=60)
    assert still.tests["band_inside"].mean() > found["band_inside"].mean() + 0.3


def test_what_is_written(mixed, tmp_path):
    found = run_hurst_test(mixed, **QUICK)
    found.write(tmp_path)
    assert_frame_equal(pl.read_parquet(tmp_path / "tests.parquet"), found.tests)
    about = json.loads(pl.read_parquet_metadata(tmp_path / "bands.parquet")["perrin"])
    assert (about["level"], about["samples"], about["method"]) == (0.05, 100, "coeurjolly")
    assert about["units"]["t"] == "s"


@pytest.mark.parametrize(
    ("asked", "words"), [({"level": 1.5}, "level"), ({"samples": 10}, "samples"), ({"seed": -1}, "seed")]
)
def test_calls_that_make_no_sense(asked, words):
    with pytest.raises(InputError, match=words):
        run_hurst_test(tracks_of(fbm(np.random.default_rng(0), 1, 40)), **asked)


def test_no_tracks_at_all():
    found = run_hurst_test(tracks_of([np.zeros((0, 2))]).select([]))
    assert found.tests.height == found.bands.height == 0
    assert found.summary()["tested"] == 0


def test_an_axis_that_runs_at_one_velocity_tells_nothing():
    """What rounding leaves beside the velocity has no H: neither the axis nor a track of such axes is tested."""
    walk = fbm(np.random.default_rng(3), 1, 64, 1, 0.5)[0]
    line = np.arange(64.0)[:, None] / 3 + 17
    for times in (np.arange(64) * 0.1, np.cumsum(np.random.default_rng(4).uniform(0.05, 0.15, 64))):
        straight = line if times[1] == 0.1 else 0.7 * times[:, None] + 17
        both = Tracks.from_arrays(
            [np.hstack([walk, straight]), np.hstack([straight, -2 * straight])], times=[times] * 2
        )
        tests = run_hurst_test(both, samples=20).tests
        alone = run_hurst_test(Tracks.from_arrays([walk], times=[times]), samples=20).tests
        assert tests["status"].to_list() == ["ok", "no_estimate"]
        assert tests["hurst"][0] == pytest.approx(alone["hurst"][0], abs=1e-6)
        assert tests["p"].null_count() == 1
        assert tests["advice"][1].startswith("the track moves at constant velocity")
