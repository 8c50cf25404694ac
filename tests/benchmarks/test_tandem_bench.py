"""What the tandem's benchmark measures, and that its figures are drawn from the JSON alone."""

import json

import numpy as np
import pytest
import torch

from benchmarks import tandem
from benchmarks.tandem import cost
from benchmarks.tandem.methods import LAGS, of_windows, tamsds
from benchmarks.tandem.posterior import LOG_RATIOS, error_known, ratio_density, ratio_known, scale_given_hurst
from benchmarks.tandem.scenes import DT, MIDDLE, drifting, switching, windows
from benchmarks.tandem.tables import PRIOR, changing, claims, one_law, scale_given
from perrin.estimate.exact.estimator import Exact
from perrin.simulate.simulated_windows import WindowPrior


@pytest.mark.parametrize("ratio", [0.0, 0.5])
def test_the_slow_posterior_is_that_of_the_exact_estimator(ratio):
    made, scene = windows(200, 2, ratio, seed=1)
    points = Exact(sigma=ratio).estimate(scene.tracks, rng=np.random.default_rng(0)).points
    exact = points["alpha"].to_numpy().reshape(-1, 20)[:, MIDDLE] / 2
    flat = WindowPrior(ratio=(0.05, 4.99))
    slow = error_known(made, ratio, flat) if ratio else ratio_known(made, 0.0)
    assert np.abs(slow - exact).mean() < 0.002


def test_a_scale_per_axis_tells_less():
    made, _ = windows(2000, 2, 0.0, seed=2)
    shared, each = (np.abs(ratio_known(made, 0.0, per_axis=p) - made.hurst).mean() for p in (False, True))
    assert 1.0 < each / shared < 1.06


def test_the_closed_form_of_the_scale_has_its_spread():
    from scipy.special import polygamma

    made, _ = windows(1500, 2, 0.0, seed=3)
    found = scale_given_hurst(made, 0.0, PRIOR)
    assert found.std() == pytest.approx(np.sqrt(polygamma(1, 19)), rel=0.06)
    assert abs(found.mean()) < 0.02


def test_the_density_of_ratios_is_that_of_the_windows():
    made = WindowPrior(noisy=1.0, ratio=PRIOR.ratio, even=PRIOR.even, high=PRIOR.high, high_ratio=PRIOR.high_ratio)
    ratios = np.log(made.draw(20_000, 4, 1, np.random.default_rng(4)).errors[:, 0])
    step = LOG_RATIOS[1] - LOG_RATIOS[0]
    below = np.cumsum(ratio_density(PRIOR)) * step
    for at in (15, 30, 42):
        assert (ratios < LOG_RATIOS[at] + step / 2).mean() == pytest.approx(below[at], abs=0.03)


@pytest.mark.parametrize(
    "scene", [switching(40, 200, 0.3, 1), drifting(20, 200, 0.3, 1)], ids=["switching", "drifting"]
)
def test_tracks_that_change_move_as_they_say(scene):
    steps = np.diff(scene.tracks.positions.reshape(*scene.hurst.shape, 2), axis=1)
    expected = np.exp(scene.log_s2[:, 1:]) + 2 * 0.3**2
    assert np.mean(steps**2 / expected[:, :, None]) == pytest.approx(1.0, rel=0.06)
    np.testing.assert_allclose(np.exp(scene.log_d) * 2 * DT ** (2 * scene.hurst), np.exp(scene.log_s2))


def test_lags_are_stated_and_are_those_of_the_fit():
    assert {name: each.lags for name, each in tamsds(0.0).items()} == {f"tamsd {k}": v for k, v in LAGS.items()}
    assert [len(lags) for lags in LAGS.values()] == [4, 10, 19]
    _, scene = windows(30, 2, 0.5, seed=5)
    assert {"tandem-lstm, error pooled", "tamsd 1-10, error subtracted"} <= set(of_windows(scene))


@pytest.mark.slow
def test_tables_and_figures():
    law = [one_law(2, ratio, 60) for ratio in tandem.RATIOS]
    given = [scale_given(2, 0.0, 60)]
    curves = [changing("switching", 0.3, 3, length=60)]
    verdicts = claims(law, curves)
    assert {row["against"] for row in verdicts} == {f"tamsd {n}{e}" for n in LAGS for e in ("", ", error subtracted")}
    for row in verdicts:
        assert row["alpha holds"] == (row["alpha"] >= 0.6 - 1e-3) or abs(row["alpha"] - 0.6) < 1e-3
    asked = tandem.met(law, given)
    assert len(asked) == 5
    assert set(asked["tandem-lstm over the exact estimator, told the same error, at most 1.08"]) == {
        str(r) for r in tandem.RATIOS
    }
    result = json.loads(json.dumps({"windows of one law": law, "tracks that change": curves}))
    figures = tandem.figures(result)
    assert set(figures) == {"tandem", "tandem-curves"}
    assert {trace.name for trace in figures["tandem"].data} >= {"tandem-lstm", "exact", "tamsd 1-4"}


def test_the_network_for_one_window_learns_d():
    recipe = cost.recipe()
    batch = recipe.stream().batch(0)
    assert batch.inputs[0].shape == (64, 19, 2)
    assert 1 <= batch.targets[0].min() < 30
    assert 70 < batch.targets[0].max() <= 100
    assert recipe.net()(torch.from_numpy(batch.inputs[0]))[0].shape == (64,)
