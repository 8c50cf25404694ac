"""The covariance against its formula written out, and the seven families against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gamma

from perrin.errors import InputError
from perrin.processes.fbm import increment_covariance
from perrin.processes.hurst import FAMILIES, LEAST, MOST, HurstPrior, Span
from perrin.processes.mfbm import covariance, factor


def by_the_formula(times, hurst):
    x, y, t, s = hurst[:, None], hurst[None, :], times[:, None], times[None, :]
    d = np.sqrt(gamma(2 * x + 1) * gamma(2 * y + 1) * np.sin(np.pi * x) * np.sin(np.pi * y))
    d /= 2 * gamma(x + y + 1) * np.sin(np.pi * (x + y) / 2)
    return d * (t ** (x + y) + s ** (x + y) - np.abs(t - s) ** (x + y))


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(1, 150), st.integers(0, 2**32 - 1))
def test_covariance_is_the_formula(n, seed):
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.1, 3.0, n))
    hurst = rng.uniform(0.001, 0.999, n)
    found = covariance(times, hurst)
    np.testing.assert_allclose(found, by_the_formula(times, hurst), rtol=2e-12)
    assert np.array_equal(found, found.T)


@pytest.mark.parametrize("hurst", [0.05, 0.5, 0.95])
def test_constant_hurst_is_fractional_brownian_motion(hurst):
    times = np.arange(1.0, 40)
    steps = np.diff(np.diff(covariance(times, np.full(39, hurst)), axis=0), axis=1)
    np.testing.assert_allclose(steps, increment_covariance(times, np.array([hurst]))[0], atol=1e-10)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_factor_always_exists_and_is_one(family):
    rng = np.random.default_rng(1)
    times = np.arange(0.0, 200)
    for hurst in HurstPrior().draw_family(family, 5, 200, rng):
        lower = factor(times, hurst)
        expected = covariance(times[1:], hurst[1:])
        size = np.sqrt(np.diag(expected))
        error = (lower @ lower.T)[1:, 1:] - expected
        assert np.abs(error / (size * size[:, None])).max() < 2e-10
        assert not lower[0].any()


@pytest.mark.parametrize(
    ("times", "hurst"),
    [([1.0, 2.0], [0.5, 1.0]), ([1.0, 2.0], [0.0, 0.5]), ([0.0, 1.0], [0.5, 0.5]), ([1.0], [np.nan])],
)
def test_what_cannot_be_is_refused(times, hurst):
    with pytest.raises(InputError):
        covariance(np.array(times), np.array(hurst))


@pytest.mark.parametrize("family", FAMILIES)
def test_families_stay_in_range_and_have_their_shape(family):
    rng = np.random.default_rng(2)
    curves = HurstPrior().draw_family(family, 400, 256, rng)
    assert curves.shape == (400, 256)
    assert curves.min() >= LEAST
    assert curves.max() <= MOST
    bends = np.abs(np.diff(curves, 2, axis=1)).max(axis=1)
    if family == "constant":
        assert np.all(np.ptp(curves, axis=1) == 0)
    elif family == "linear":
        assert bends.max() < 1e-12
    else:
        # a telegraph of rate .1 to 10 often does not switch at all
        assert np.mean(bends > 1e-6) > (0.6 if family == "telegraph" else 0.9)


def test_ends_of_a_change_follow_the_table():
    curves = HurstPrior().draw_family("linear", 20_000, 50, np.random.default_rng(3))
    first, last = curves[:, 0], curves[:, -1]
    free = (last > LEAST + 1e-9) & (last < MOST - 1e-9) & (np.abs(first - 0.5) < 0.02)
    # Gaussian of deviation .5 around .5, cut at .01 and .99: deviation .2746
    assert abs(np.std(last[free]) - 0.2746) < 4 * 0.2746 / np.sqrt(2 * free.sum())
    assert abs(curves[:, 0].mean() - 0.5) < 4 * 0.283 / np.sqrt(20_000)


def test_ornstein_uhlenbeck_has_its_stationary_deviation():
    prior = HurstPrior(reversion=Span(50, 50), spread=Span(0.4, 0.4))
    curves = prior.draw_family("rou", 3000, 400, np.random.default_rng(4))
    middle = (curves[:, 0] > 0.4) & (curves[:, 0] < 0.6)
    deviation = np.std(curves[middle, 200:] - curves[middle, 200:].mean(axis=1, keepdims=True))
    # σ / sqrt(2 λ) = .04, less what the mean over half the track takes away (1 / (λ/2) of the variance)
    assert abs(deviation - 0.04 * np.sqrt(1 - 2 / 25)) < 0.001


def test_telegraph_visits_two_levels_at_its_rate():
    prior = HurstPrior(switching=Span(5, 5), smoothing=Span(1e6, 1e6))
    curves = prior.draw_family("telegraph", 2000, 500, np.random.default_rng(5))
    jumps = (np.abs(np.diff(curves, axis=1)) > 1e-9).sum(axis=1)
    assert abs(jumps.mean() - 5 * 499 / 500) < 4 * np.sqrt(5 / 2000) + 0.03
    assert max(len(np.unique(np.round(row, 6))) for row in curves[:50]) == 2
