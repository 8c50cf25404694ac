"""The networks that ship, held to what their cards say; what is not shipped says how to make it."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.estimate.networks.mfbm_cnn import MfbmCnn
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.processes.hurst import HurstPrior
from perrin.simulate import Measurement, simulate_mfbm
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE
from perrin.testing import check_estimator
from perrin.train.score import score_case
from perrin.weights import load, manifest

CASES = {**TABLE_FOUR, **TABLE_THREE}
SHIPPED = set(manifest())


@pytest.mark.parametrize("estimator", [MfbmNet(), MfbmCnn()], ids=["mfbm-net", "mfbm-cnn"])
def test_weights_are_there_or_it_is_said(estimator):
    tracks = simulate_mfbm(1, 300, dimension=1, seed=0).tracks
    if estimator.info.name in SHIPPED:
        assert estimator.estimate(tracks, rng=np.random.default_rng(0)).tracks["status"].to_list() == ["ok"]
        return
    with pytest.raises(InputError, match=f"perrin train {estimator.info.name}"):
        estimator.estimate(tracks, rng=np.random.default_rng(0))


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_files_are_the_measured_ones_and_small(name):
    model = load(name)
    assert model.path.stat().st_size == model.about["bytes"] < 4e6


@pytest.mark.skipif("mfbm-net" not in SHIPPED, reason="its weights are not shipped yet")
class TestMfbmNet:
    """The network that ships."""

    @pytest.mark.slow
    @pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.length <= 512])
    def test_errors_are_those_of_the_card(self, name):
        signals = 60
        card = load("mfbm-net").about["measured"]["signals of the paper"][name]
        found = score_case(MfbmNet(sigma=0.0), CASES[name], signals=signals, seed=7)
        # the error of one signal has a deviation of at most half its mean over signals
        assert abs(found["mae"] / card["mae"] - 1) < 4 * 0.5 / np.sqrt(signals)
        assert found["coverage"] > 0.88

    @pytest.mark.slow
    def test_bands_hold_what_they_promise_over_the_papers_prior(self):
        n = 150
        made = simulate_mfbm(n, 256, dimension=1, prior=HurstPrior(), seed=5)
        points = MfbmNet(sigma=0.0).estimate(made.tracks, rng=np.random.default_rng(0)).points
        inside = (points["alpha_lo"].to_numpy() <= made.alpha) & (made.alpha <= points["alpha_hi"].to_numpy())
        each = inside.reshape(n, 256).mean(axis=1)
        assert abs(each.mean() - 0.95) < 0.03 + 3 * each.std() / np.sqrt(n)

    @pytest.mark.slow
    def test_more_axes_tell_more_and_noise_tells_less(self):
        errors = {}
        for label, dimension, sigma in (("1-D", 1, 0.0), ("3-D", 3, 0.0), ("1-D, noisy", 1, 0.7)):
            made = simulate_mfbm(
                60, 200, hurst="linear", dimension=dimension, measurement=Measurement(sigma=sigma), seed=3
            )
            points = MfbmNet(sigma=sigma).estimate(made.tracks, rng=np.random.default_rng(0)).points
            errors[label] = np.abs(points["alpha"].to_numpy() - made.alpha).mean()
        assert errors["3-D"] < 0.85 * errors["1-D"] < errors["1-D, noisy"]

    def test_the_scale_is_found(self):
        made = simulate_mfbm(
            80, 256, hurst="constant", step=0.07, dt=0.05, measurement=Measurement(missing=0.2), seed=4
        )
        tracks = MfbmNet(sigma=0.0).estimate(made.tracks, rng=np.random.default_rng(0)).tracks
        ratio = tracks["D_frame"].to_numpy() / (0.07**2 / (2 * 0.05))
        assert abs(np.median(np.log(ratio))) < 0.05
        assert np.quantile(np.abs(np.log(ratio)), 0.9) < 0.3

    @pytest.mark.parametrize(
        ("settings", "options"), [({}, {}), ({"sigma": 0.3}, {}), ({"sigma": 0.0}, {}), ({}, {"errors": True})]
    )
    def test_it_keeps_the_contract(self, settings, options):
        check_estimator(MfbmNet(**settings), examples=8, lengths=(32, 64), **options)


@pytest.mark.skipif("mfbm-cnn" not in SHIPPED, reason="its weights are not shipped yet")
def test_mfbm_cnn_keeps_the_contract():
    check_estimator(MfbmCnn(), examples=8, lengths=(256, 260))
