"""The tandem as it ships: near the exact posterior, calibrated, and clear about what it does not know."""

import numpy as np
import pytest

from benchmarks.tandem.posterior import error_known, ratio_known, scale_given_hurst
from benchmarks.tandem.scenes import DT, MIDDLE, UNITS, windows
from benchmarks.tandem.tables import PRIOR
from perrin.errors import InputError
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.networks.tandem import mixed_interval
from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.estimate.networks.tandem_lstm_paper import TandemLstmPaper
from perrin.features.window_inputs import WindowInputs
from perrin.result import status
from perrin.simulate import Measurement, simulate_fbm
from perrin.testing import check_estimator
from perrin.tracks import Tracks
from perrin.train import load_recipe
from perrin.weights import load


def middle(estimator, scene, *columns):
    points = estimator.estimate(scene.tracks, rng=np.random.default_rng(0)).points
    return [points[name].to_numpy().reshape(scene.hurst.shape)[:, MIDDLE] for name in columns]


@pytest.mark.slow
@pytest.mark.parametrize(("d", "ratio"), [(1, 0.0), (2, 0.0), (2, 0.5), (2, 1.0), (3, 0.5)])
def test_h_is_nearly_as_good_as_the_posterior_and_calibrated(d, ratio):
    made, scene = windows(1500, d, ratio, seed=11)
    alpha, low, high = middle(TandemLstm(sigma=ratio), scene, "alpha", "alpha_lo", "alpha_hi")
    best = error_known(made, ratio, PRIOR) if ratio else ratio_known(made, 0.0)
    moves = np.isfinite(alpha.astype(float))  # a few are taken to stand still where the error is large
    assert moves.mean() > 0.98
    mine, limit = np.abs(alpha / 2 - made.hurst)[moves], np.abs(best - made.hurst)[moves]
    doubt = 2 * np.std(mine - limit) / np.sqrt(len(mine))
    assert mine.mean() < 1.08 * limit.mean() + doubt
    inside = ((low / 2 <= made.hurst) & (made.hurst <= high / 2))[moves]
    # windows that change their law were learnt too, so intervals are a little wide on those that do not
    assert 0.93 < inside.mean() < 0.99


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_d_given_h_is_nearly_the_closed_form(ratio):
    made, _ = windows(600, 2, ratio, seed=12)
    inputs = WindowInputs.of(made.displacements, made.steps, made.errors)
    feed = dict(zip(("increments", "log_steps", "noise", "told"), inputs.arrays, strict=True))
    found = load("d-lstm").session.run(None, feed | {"hurst": made.hurst[:, None].astype(np.float32)})
    value = found[0][:, 0] + 2 * np.log(inputs.scale)
    assert np.abs(value).mean() < 1.1 * np.abs(scale_given_hurst(made, ratio, PRIOR)).mean() + 0.01


@pytest.mark.slow
def test_intervals_of_d_hold_in_any_unit_of_time():
    """H and s are tied; their mixture is right at dt = 1 as at dt = .02, where log D = log s² / 2 - 2H log dt."""
    made, scene = windows(2000, 2, 0.2, seed=13)
    for dt in (DT, 1.0, 40.0):
        tracks = Tracks.from_arrays(
            list(scene.tracks.positions.reshape(-1, 20, 2)), times=[dt * np.arange(20.0)] * len(made.hurst), units=UNITS
        )
        points = TandemLstm(sigma=0.2).estimate(tracks, rng=np.random.default_rng(0)).points
        low, high = (points[c].to_numpy().reshape(-1, 20)[:, MIDDLE] for c in ("D_lo", "D_hi"))
        truth = 1 / (2 * dt ** (2 * made.hurst))
        assert 0.93 < ((low <= truth) & (truth <= high)).mean() < 0.99


def test_the_published_one_is_near_its_bound():
    made, scene = windows(2000, 2, 0.0, seed=14)
    alpha, low, high = middle(TandemLstmPaper(), scene, "alpha", "alpha_lo", "alpha_hi")
    bound = np.abs(ratio_known(made, 0.0, per_axis=True) - made.hurst).mean()
    assert np.abs(alpha / 2 - made.hurst).mean() < 1.09 * bound
    assert 0.93 < ((low / 2 <= made.hurst) & (made.hurst <= high / 2)).mean() < 0.97


def test_the_prior_of_the_benchmark_is_that_of_the_recipes():
    for name in ("h-lstm", "d-lstm"):
        made = load_recipe(name).parts["stream"]["prior"]
        assert [made[key] for key in ("ratio", "even", "high", "high_ratio")] == [
            list(PRIOR.ratio), PRIOR.even, PRIOR.high, PRIOR.high_ratio,
        ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (TandemLstm(), {}),
        (TandemLstm(sigma=0.3), {}),
        (TandemLstm(sigma=0.0, drift=True, exposure=0.7), {}),
        (TandemLstm(sigma=(0.3, 0.6)), {"dimension": 3}),
        (TandemLstm(), {"errors": True}),
        (TandemLstmPaper(), {"dimension": 2}),
    ],
    ids=str,
)
def test_both_keep_the_contract(estimator, options):
    check_estimator(estimator, examples=6, lengths=(18, 32), **options)


def test_a_shared_error_is_found_and_told():
    _, scene = windows(300, 2, 0.5, seed=15)
    ready = TandemLstm()
    ready = ready.prepare([ready.summarize(scene.tracks)])
    assert ready.pooled.sigma == pytest.approx(0.5, rel=0.15)
    found = ready.estimate(scene.tracks, rng=np.random.default_rng(0)).tracks
    assert set(found["sigma_source"]) == {"pooled"}
    told = middle(TandemLstm(sigma=0.5), scene, "alpha")[0]
    assert np.abs(middle(ready, scene, "alpha")[0] - told).mean() < 0.05


@pytest.mark.parametrize("ratio", [0.005, 0.04, 0.07])
def test_a_small_error_is_no_bound_on_the_scale(ratio):
    """The networks met ratios from .05 on; told a smaller one, they would take s for 20 errors at most."""
    _, scene = windows(600, 2, ratio, seed=16)
    value = middle(TandemLstm(sigma=ratio), scene, "D")[0].astype(float)
    clean = middle(TandemLstm(sigma=0.0), scene, "D")[0].astype(float)
    assert abs(np.mean(np.log(value / clean))) < 0.02


def test_gaps_are_known_up_to_their_length():
    seen = simulate_fbm(60, 120, hurst=0.3, measurement=Measurement(missing=0.3), seed=1).tracks
    points = TandemLstm(sigma=0.0).estimate(seen, rng=np.random.default_rng(0)).points
    assert set(points["status"]) <= {status.OK, status.EDGE, status.OUTSIDE_TRAINING_RANGE}
    assert points["alpha"].mean() == pytest.approx(0.6, abs=0.06)
    frames = np.concatenate([np.arange(25.0), 40.0 + np.arange(25.0)])
    walk = np.cumsum(np.random.default_rng(1).standard_normal((50, 2)), axis=0)
    found = TandemLstm().estimate(Tracks.from_arrays([walk], times=[frames]), rng=np.random.default_rng(0))
    counts = dict(found.points["status"].value_counts().iter_rows())
    assert counts[status.OUTSIDE_TRAINING_RANGE] == 19
    assert found.tracks["status"].to_list() == [status.OK]


@pytest.mark.parametrize(
    ("estimator", "times", "outcome", "word"),
    [
        (TandemLstm(), np.arange(19.0), status.TOO_SHORT, "at least 20"),
        (TandemLstm(), np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, 40)), status.NO_ESTIMATE, "irregular"),
        (TandemLstm(), 9.0 * np.arange(40) + (np.arange(40) == 5), status.OUTSIDE_TRAINING_RANGE, "more than 8"),
        (TandemLstm(sigma=50.0), np.arange(40.0), status.IMMOBILE, "does not move"),
        (TandemLstmPaper(), np.delete(np.arange(30.0), 12), status.NO_ESTIMATE, "gaps"),
        (TandemLstm(), np.arange(40.0), status.OK, ""),
    ],
)
def test_what_the_networks_do_not_know_they_do_not_answer(estimator, times, outcome, word):
    walk = np.cumsum(np.random.default_rng(1).standard_normal((len(times), 2)), axis=0)
    found = estimator.estimate(Tracks.from_arrays([walk], times=[times]), rng=np.random.default_rng(0))
    assert found.tracks["status"].to_list() == [outcome]
    assert word in found.tracks["advice"][0]


def test_particles_that_stand_still_are_immobile_and_movers_are_not():
    rng = np.random.default_rng(2)
    still, moving = 0.5 * rng.standard_normal((150, 2)), np.cumsum(rng.standard_normal((150, 2)), axis=0)
    tracks = Tracks.from_arrays([still, moving + 0.5 * rng.standard_normal((150, 2))])
    found = TandemLstm(sigma=0.5).estimate(tracks, rng=np.random.default_rng(0))
    assert found.tracks["status"].to_list() == [status.IMMOBILE, status.OK]
    exact = Exact(sigma=0.5).estimate(tracks, rng=np.random.default_rng(0))
    assert exact.tracks["status"].to_list() == found.tracks["status"].to_list()


@pytest.mark.parametrize("method", [TandemLstm, TandemLstmPaper])
def test_other_windows_are_refused_with_those_there_are(method):
    with pytest.raises(InputError, match=r"no network for windows of 32 .*Windows with weights: 20"):
        method(window=32)
    with pytest.raises(InputError, match="needs min_length = 20"):
        method(min_length=8)


def test_an_impossible_exposure_or_error_is_refused():
    with pytest.raises(InputError, match="exposure"):
        TandemLstm(exposure=1.5)
    with pytest.raises(InputError, match="localization error"):
        TandemLstm(sigma=-1.0)


def test_a_mixture_of_quantiles_has_the_interval_of_the_sum():
    """Quantiles of N(0, 1) given quantiles of N(0, 2²): together N(0, 5)."""
    from scipy.stats import norm

    levels = norm.ppf([0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975])
    low, high = mixed_interval((2 * levels[:, None] + levels[None, :])[None])
    assert low[0] == pytest.approx(-1.96 * np.sqrt(5), rel=0.05)
    assert high[0] == pytest.approx(1.96 * np.sqrt(5), rel=0.05)
