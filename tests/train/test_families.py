"""Kinds of Hurst functions: they are told apart, and a known kind gives its curve."""

import numpy as np
import pytest
import torch

from perrin.processes.hurst import FAMILIES, HurstPrior, Span
from perrin.train.losses import HurstByFamily, HurstLoss
from perrin.train.nets.families import KINDS, ByFamily, kinds
from perrin.train.nets.quantiles import QUANTILES, ordered

FINE, COARSE = 8, 6


def numbers(n=5, length=97, seed=0):
    """What the layer reads: tokens, a first answer and its quantiles."""
    torch.manual_seed(seed)
    hurst = torch.rand(n, length) * 0.9 + 0.05
    bands = ordered(torch.randn(n, length, len(QUANTILES)))
    return torch.randn(n, FINE), torch.randn(n, COARSE), hurst, bands


def sure_of(kind):
    """A layer that is sure of a kind, whatever it reads."""
    layer = ByFamily(FINE, COARSE).eval()
    with torch.no_grad():
        layer.tell.bias[: len(KINDS)] = 50.0 * torch.eye(len(KINDS))[kind]
    return layer


def telling_anything(seed):
    """A layer of random weights."""
    torch.manual_seed(seed)
    layer = ByFamily(FINE, COARSE).eval()
    torch.nn.init.normal_(layer.tell.weight, std=1.0)
    torch.nn.init.normal_(layer.tell.bias, std=3.0)
    return layer


@pytest.mark.parametrize("length", [32, 512, 5000])
@pytest.mark.parametrize("family", FAMILIES)
def test_kinds_are_told_from_the_function_itself(family, length):
    prior = HurstPrior(steepness=Span(5, 300, log=True), switching=Span(50, 60))
    hurst = torch.as_tensor(prior.draw_family(family, 40, length, np.random.default_rng(3))).float()
    expected = {"constant": 0, "linear": 1}.get(family, 2)
    clear = hurst.amax(1) - hurst.amin(1) > 0.05 if expected else torch.ones(40, dtype=torch.bool)
    assert clear.sum() > 10
    found = kinds(hurst)[clear]
    assert (found == expected).float().mean() > 0.9  # the slowest logistic function of 32 frames is nearly a line


def test_before_training_the_first_answer_hardly_changes():
    fine, coarse, hurst, bands = numbers()
    mean, quantiles, chances, _ = ByFamily(FINE, COARSE)(fine, coarse, hurst, bands)
    torch.testing.assert_close(chances[:, 2], torch.full((5,), 0.9094), atol=1e-3, rtol=0)
    assert (mean - hurst).abs().max() < 0.1
    assert (quantiles - bands).abs().mean() < 0.15 * bands.abs().mean()


@pytest.mark.parametrize("kind", [0, 1])
def test_a_line_is_its_own_curve(kind):
    """The projection of a constant on constants, and of a line on lines, is exact to rounding."""
    share = torch.linspace(0, 1, 301)
    ends = torch.tensor([[0.3, 0.3], [0.72, 0.72]] if kind == 0 else [[0.2, 0.8], [0.9, 0.35]])
    middles = (torch.arange(301) + 0.5) / 301
    hurst = ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * middles
    assert kinds(ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * share).tolist() == [kind, kind]
    bands = torch.log(hurst / (1 - hurst))[..., None] + torch.linspace(-1, 1, len(QUANTILES))
    mean, quantiles, chances, curves = sure_of(kind)(torch.zeros(2, FINE), torch.zeros(2, COARSE), hurst, bands)
    torch.testing.assert_close(chances[:, kind], torch.ones(2))
    torch.testing.assert_close(curves[:, kind], hurst, atol=2e-4, rtol=0)
    torch.testing.assert_close(mean, hurst, atol=2e-4, rtol=0)
    torch.testing.assert_close(quantiles, bands, atol=2e-3, rtol=0)


def test_a_mixture_stays_between_its_kinds_and_quantiles_never_cross():
    for seed in range(20):
        fine, coarse, hurst, bands = numbers(seed=seed)
        mean, quantiles, chances, curves = telling_anything(seed)(fine, coarse, hurst, bands)
        torch.testing.assert_close(chances.sum(dim=1), torch.ones(5))
        every = torch.cat([curves, hurst[:, None]], dim=1)
        assert (mean >= every.amin(dim=1) - 1e-6).all()
        assert (mean <= every.amax(dim=1) + 1e-6).all()
        assert (torch.diff(quantiles, dim=2) >= -1e-5).all()
        assert torch.isfinite(quantiles).all()


def test_a_wrong_kind_and_a_wrong_curve_cost():
    levels = torch.tensor([[0.3], [0.6]]).expand(2, 50)
    usual = (levels, levels[..., None].expand(2, 50, len(QUANTILES)), torch.zeros(2, len(QUANTILES)))
    target = (levels, torch.zeros(2))
    curves = torch.stack([levels, torch.rand(2, 50)], dim=1)  # of lines nothing is asked where H is constant
    loss = HurstByFamily(QUANTILES, chances=0.5, curves=2.0)

    def cost(chances, curves=curves):
        return float(loss((*usual, torch.tensor([chances, chances]), curves), target))

    assert float(HurstLoss(QUANTILES)(usual, target)) == 0.0
    assert cost([1.0, 0.0, 0.0]) == 0.0
    assert cost([0.5, 0.25, 0.25]) == pytest.approx(0.5 * np.log(2))
    assert cost([1.0, 0.0, 0.0], curves + 0.1) == pytest.approx(2.0 * 0.01)
