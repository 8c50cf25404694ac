"""The tandem's networks, small and hardly trained: shapes, symmetries, ONNX, and what an estimator makes of them."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest
import torch

from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.simulate import Measurement, simulate_fbm
from perrin.testing import check_estimator
from perrin.train import Recipe
from perrin.train.export import check_parity
from perrin.train.loop import train
from perrin.train.nets import tandem
from perrin.train.nets.tandem import DLstm, HLstm, HLstmPaper
from perrin.train.publish import publish
from perrin.train.recipe import Plateau
from perrin.train.streams.windows_paper import WindowPaperStream
from perrin.weights import load

pytestmark = pytest.mark.slow

TINY = """
name = "tiny-{kind}"
seed = 5
[net]
kind = "{kind}"
{net}
[stream]
kind = "{stream}"
{settings}
[loss]
kind = "mean-and-quantiles"
quantiles = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
[schedule]
steps = 6
warmup = 2
looks = 2
"""
SMALL = "first = 12\nsecond = 8\nwidth = 8"
NOISY = "[stream.prior]\nnoisy = 0.5\ngaps = 0.3\nswitch = 0.2\nramp = 0.2\ndrift = 0.2"
RECIPES = {
    "h-lstm": (SMALL, "windows", "windows = 32\nblurred = 0.5\n" + NOISY),
    "d-lstm": (SMALL, "windows", "windows = 32\nblurred = 0.5\ngiven_hurst = true\n" + NOISY),
    "h-lstm-paper": ("axes = 2", "windows-paper", "axes = 2\nsize = 500"),
}


@pytest.fixture(scope="module")
def made(once):
    """A folder with the tiny networks, published as `perrin train` does."""
    torch.set_num_threads(1)
    return once("tandem", make_networks)


def make_networks(folder):
    with pytest.MonkeyPatch.context() as patch:
        for kind, (net, stream, settings) in RECIPES.items():
            recipe = Recipe.parse(TINY.format(kind=kind, net=net, stream=stream, settings=settings))
            patch.setattr(type(recipe.stream()), "measure", lambda self, model: {"H": {"2-D": {"mae": 0.1}}})
            train(recipe, folder / kind)
            with windows_for_export(kind):
                publish(recipe, folder / kind, [folder / kind])


@contextmanager
def windows_for_export(kind):
    """Windows of six positions for the published network: it reads each four times, and the exporter unrolls it all."""
    with pytest.MonkeyPatch.context() as patch:
        if kind == "h-lstm-paper":
            patch.setattr(tandem, "INCREMENTS", 5)
        yield


@pytest.fixture
def small_tandem(made):
    return TandemLstm(
        hurst_model=str(made / "h-lstm/tiny-h-lstm.onnx"), scale_model=str(made / "d-lstm/tiny-d-lstm.onnx")
    )


def test_networks_of_ones_own_keep_the_contract(small_tandem):
    check_estimator(small_tandem, examples=3, lengths=(18, 32))


@pytest.mark.parametrize("kind", RECIPES)
def test_onnx_gives_what_torch_gives_at_any_batch(made, kind):
    file = made / kind / f"tiny-{kind}.onnx"
    entry = load(str(file)).session
    assert entry.get_outputs()[0].name in ("hurst", "log_s2")
    net, stream, settings = RECIPES[kind]
    recipe = Recipe.parse(TINY.format(kind=kind, net=net, stream=stream, settings=settings))
    from perrin.train.checkpoint import averaged
    from perrin.train.export import round_weights

    torch_net = averaged(recipe.net(), made / kind)
    round_weights(torch_net)
    with windows_for_export(kind):
        assert check_parity(torch_net, file, torch_net.examples()) < 1e-5


def test_orientation_and_mirrors_do_not_matter(small_tandem):
    """Turned, mirrored, axes exchanged: the products of increments stay what they are."""
    plain = simulate_fbm(4, 40, dimension=3, dt=0.1, measurement=Measurement(sigma=0.3), seed=1).tracks
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    other = replace(plain, positions=plain.positions @ turn)
    estimator = replace(small_tandem, sigma=0.3)
    one, two = (estimator.estimate(t, rng=np.random.default_rng(0)).points for t in (plain, other))
    for column in ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi"):
        np.testing.assert_allclose(one[column].to_numpy(), two[column].to_numpy(), rtol=1e-4)


def test_quantiles_rise_and_h_stays_inside():
    torch.manual_seed(1)
    increments = 30 * torch.randn(50, 19, 2)
    told = (torch.zeros(50, 19), torch.rand(50, 2), torch.ones(50, 3))
    mean, quantiles = HLstm(8, 8, 8)(increments, *told)
    assert (quantiles.diff(dim=1) >= 0).all()
    assert (mean > 0).all()
    assert (mean < 1).all()
    centre, spread = DLstm(8, 8, 8)(increments, *told, torch.rand(50, 4))
    assert centre.shape == (50, 4)
    assert (spread.diff(dim=2) >= 0).all()


def test_the_published_layers_have_as_many_weights_as_published():
    net = HLstmPaper(axes=2)
    count = sum(weight.numel() for weight in net.parameters() if weight.requires_grad)
    assert count - sum(weight.numel() for weight in net.quantiles.parameters()) == 30_113


def test_quantiles_leave_the_published_network_alone():
    net = HLstmPaper(axes=1)
    net(torch.randn(4, 19, 1))[1].sum().backward()
    assert net.dense.weight.grad is None
    assert net.quantiles.weight.grad is not None


def test_the_published_windows_come_round_once_an_epoch():
    stream = WindowPaperStream(seed=1, size=128, windows=32)
    epoch = np.concatenate([stream.batch(step).targets[0] for step in range(4)])
    again = np.concatenate([stream.batch(step).targets[0] for step in range(4, 8)])
    assert len(np.unique(epoch)) == 128
    assert sorted(epoch) == sorted(again)
    assert (epoch != again).any()


def test_the_rate_falls_no_lower_than_it_may():
    plateau = Plateau(every=1, patience=1, factor=0.1, stop=50, least=0.01)
    assert plateau.factor_after([1.0] * 20) == pytest.approx(0.01)
