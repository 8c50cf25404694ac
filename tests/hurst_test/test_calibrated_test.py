"""The calibrated test: whitening, fit and scores against dense likelihoods; size, power, and what must not matter."""

import json
from functools import partial
from importlib.resources import files

import numpy as np
import pytest
from scipy.linalg import toeplitz
from scipy.stats import kstest, multivariate_normal

from perrin.errors import PerrinError
from perrin.hurst_test.calibrated_test import (
    deviance,
    fit_at_times,
    scores_of_regular,
    statistic_at_times,
    statistic_of_regular,
)
from perrin.hurst_test.efficient_scores import (
    clipped_steps,
    coefficients,
    efficient_scores,
    joined_axes,
    scores,
    statistic,
)
from perrin.hurst_test.innovations import draw_increments, whiten_at_times, whiten_regular
from perrin.hurst_test.null_distribution import null_table, null_table_from_json
from perrin.hurst_test.whittle import ANGLE, _expectations, error_ratio, fit
from perrin.processes import error_covariance, increment_autocovariance, increment_covariance
from perrin.simulate import fractional_brownian_motion
from tests.helpers.mfbm import paths


def angle_of(rho):
    return np.arctan(np.sqrt(2.0) * rho)


def covariance(times, hurst, rho):
    motion = increment_covariance(times, np.array([hurst]))[0]
    return motion + rho**2 * error_covariance(np.ones(len(times)))


def series(rng, n, positions, hurst, rho):
    """(n, positions - 1) increments of FBM with error, one-frame variance 1."""
    walk = fractional_brownian_motion(hurst, positions, paths=n, rng=rng)
    return np.diff(walk + rho * rng.standard_normal(walk.shape), axis=1)


@pytest.mark.parametrize(("hurst", "rho"), [(0.1, 0.0), (0.5, 0.5), (0.9, 1.0)])
def test_whitening_is_that_of_the_dense_factor(hurst, rho):
    rng, times = np.random.default_rng(51), np.arange(41.0)
    steps = rng.standard_normal((3, 40))
    law = np.full(3, hurst), np.full(3, rho)
    dense = covariance(times, hurst, rho)
    expected = np.linalg.solve(np.linalg.cholesky(dense), steps.T).T
    for whiten in (whiten_regular(steps), whiten_at_times(times, steps)):
        white, log_variance = whiten(*law)
        np.testing.assert_allclose(white, expected, atol=1e-9)
        np.testing.assert_allclose(log_variance.sum(axis=1), np.linalg.slogdet(dense)[1], rtol=1e-9)


def test_expected_periodogram_is_that_of_the_dense_covariance():
    m = 24
    inverse, log_mean = _expectations(m)
    fourier = np.exp(-2j * np.pi * np.outer(np.arange(1, m // 2 + 1), np.arange(m)) / m)
    rho = error_ratio(ANGLE[7])
    dense = toeplitz(increment_autocovariance(np.array([0.36]), m)[0]) + rho**2 * error_covariance(np.ones(m + 1))
    expected = np.einsum("fi,ij,fj->f", fourier, dense, fourier.conj()).real / m
    cell = 17 * len(ANGLE) + 7  # H = .02 + 17 · .02
    np.testing.assert_allclose(1 / inverse[cell], expected, rtol=1e-9)
    assert log_mean[cell] == pytest.approx(np.log(expected).mean())


@pytest.mark.parametrize(("hurst", "rho", "spread"), [(0.2, 0.0, 0.07), (0.5, 0.5, 0.1), (0.8, 0.5, 0.08)])
def test_the_fit_finds_the_law(hurst, rho, spread):
    found, angle = fit(series(np.random.default_rng(52), 300, 512, hurst, rho))
    assert np.median(found) == pytest.approx(hurst, abs=0.02)
    assert found.std() < spread
    assert np.median(error_ratio(angle)) == pytest.approx(rho, abs=0.2)


def test_both_fits_are_about_as_likely():
    """The law of the fast fit against the most likely one: 2 log L differs by less than a parameter is worth."""
    steps = series(np.random.default_rng(53), 6, 200, 0.6, 0.4)
    hurst, angle = fit(steps)
    for i in range(len(steps)):
        whiten = whiten_at_times(np.arange(200.0), steps[i : i + 1])
        exact = fit_at_times(np.arange(200.0), steps[i : i + 1])
        worse = deviance(whiten, hurst[i], angle[i]) - deviance(whiten, *exact)
        assert -0.01 < worse < 2


@pytest.mark.parametrize(("hurst", "rho"), [(0.25, 0.6), (0.7, 0.3), (0.4, 0.0)])
def test_scores_are_derivatives_of_the_dense_likelihood(hurst, rho):
    """Summed over the track: by H, and by log s² with sigma held, at the scale that fits best."""
    times = np.arange(31.0)
    steps = 3.7 * series(np.random.default_rng(54), 1, 31, hurst, rho)
    white, _ = whiten_regular(steps)(np.array([hurst]), np.array([rho]))
    log_s2 = np.log(np.mean(white**2))

    def likelihood(h, log_scale):
        ratio = rho * np.exp(0.5 * (log_s2 - log_scale))
        return multivariate_normal(cov=np.exp(log_scale) * covariance(times, h, ratio)).logpdf(steps[0])

    u, a = scores(whiten_regular(steps), np.array([hurst]), np.array([angle_of(rho)]))
    h = 1e-4
    by_hurst = (likelihood(hurst + h, log_s2) - likelihood(hurst - h, log_s2)) / (2 * h)
    by_scale = (likelihood(hurst, log_s2 + h) - likelihood(hurst, log_s2 - h)) / (2 * h)
    assert u.score.sum() == pytest.approx(by_hurst, rel=2e-3, abs=0.01)
    assert a.score.sum() == pytest.approx(by_scale, rel=2e-3, abs=0.01)


def _fisher(times, hurst, rho):
    """Fisher information of (H, log s²), sigma held, from the dense matrices."""
    h = 1e-5
    base = np.linalg.inv(covariance(times, hurst, rho))
    by_h = (covariance(times, hurst + h, rho) - covariance(times, hurst - h, rho)) / (2 * h)
    by_s = covariance(times, hurst, 0.0)
    a, b = base @ by_h, base @ by_s
    return 0.5 * np.array([[np.trace(a @ a), np.trace(a @ b)], [np.trace(a @ b), np.trace(b @ b)]])


@pytest.mark.parametrize(("hurst", "rho"), [(0.2, 0.0), (0.5, 0.5), (0.8, 0.0)])
def test_scores_are_noise_of_the_predicted_size(hurst, rho):
    """At the true law: mean 0, the predicted variance, which is the efficient Fisher information, no correlation."""
    n, m = 4000, 60
    steps = series(np.random.default_rng(55), n, m + 1, hurst, rho)
    score, variances = efficient_scores(whiten_regular(steps), np.full(n, hurst), np.full(n, angle_of(rho)))
    assert abs(score.mean()) < 0.03 * score.std()
    assert score.var() == pytest.approx(variances.mean(), rel=0.1)
    fisher = _fisher(np.arange(m + 1.0), hurst, rho)
    efficient = fisher[0, 0] - fisher[0, 1] ** 2 / fisher[1, 1]
    assert np.median(variances.sum(axis=1)) == pytest.approx(efficient, rel=0.15)
    neighbours = np.mean(score[:, 1:] * score[:, :-1]) / score.var()
    assert abs(neighbours) < 0.03


@pytest.mark.slow
def test_coefficients_are_standard_normal():
    z = []
    for hurst in (0.2, 0.5, 0.8):
        steps = series(np.random.default_rng(56), 600, 257, hurst, 0.0)
        z.append(coefficients(*scores_of_regular(steps)[2:]))
    z = np.concatenate(z)
    assert np.abs(z.mean(axis=0)).max() < 0.2
    assert z.std(axis=0) == pytest.approx(np.ones(z.shape[1]), abs=0.13)
    correlation = np.corrcoef(z.T) - np.eye(z.shape[1])
    assert np.abs(correlation).max() < 4.5 / np.sqrt(len(z))


def p_values(steps, axes=1):
    found = statistic_of_regular(steps)
    lengths = np.full(len(steps), steps.shape[2] + 1)
    return null_table().p_values(found.statistic, found.hurst.mean(axis=1), found.angle.mean(axis=1), lengths, axes)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("positions", "hurst", "rho", "axes"),
    [(128, 0.1, 0.5, 1), (200, 0.6, 0.0, 2), (90, 0.9, 0.2, 1), (48, 0.4, 0.7, 3)],
)
def test_p_is_uniform_under_fbm(positions, hurst, rho, axes):
    """2,400 fresh tracks off the grid of the table: at a level of 5 %, 120 ± 10.7 are below; bounds at 3.3 sd."""
    n = 2400
    steps = series(np.random.default_rng(57), n * axes, positions, hurst, rho).reshape(n, axes, -1)
    p = p_values(steps, axes)
    assert 0.035 <= np.mean(p <= 0.05) <= 0.065
    assert 0.003 <= np.mean(p <= 0.01) <= 0.018
    assert kstest(p, "uniform").statistic < 0.05


def test_where_nothing_can_be_told_nothing_is_claimed():
    """Short, noisy, H near 1: the law is hardly known and p is on the safe side. 1,500 tracks, 3 sd above .05: .067."""
    steps = series(np.random.default_rng(67), 3000, 60, 0.9, 1.5).reshape(1500, 2, -1)
    assert 0.01 < np.mean(p_values(steps, 2) <= 0.05) < 0.067


def test_own_times_give_the_p_of_the_table():
    """Regular tracks, tested as if they had times of their own: another fit and a bootstrap, about the same p."""
    rng = np.random.default_rng(58)
    steps = series(rng, 8, 120, 0.4, 0.3)
    own = [statistic_at_times(np.arange(120.0), steps[i : i + 1], samples=400, rng=rng)[1] for i in range(len(steps))]
    assert np.mean(np.abs(own - p_values(steps[:, None]))) < 0.07


@pytest.mark.slow
def test_size_with_gaps():
    """120 tracks without a third of their frames: the mean of uniform p-values is .5 ± .026."""
    rng, p = np.random.default_rng(59), []
    for _ in range(120):
        times = np.sort(rng.choice(70, 46, replace=False)).astype(float)
        p.append(statistic_at_times(times, draw_increments(times, 0.4, 0.4, 1, rng), samples=99, rng=rng)[1])
    assert np.mean(p) == pytest.approx(0.5, abs=0.1)
    assert np.mean(np.array(p) <= 0.1) < 0.2


@pytest.mark.parametrize(("shape", "least"), [("linear", 0.85), ("logistic", 0.95)])
def test_power(shape, least):
    u = np.arange(1, 513) / 512
    hurst = 0.3 + 0.4 * u if shape == "linear" else 0.3 + 0.4 / (1 + np.exp(-100 * (u - 0.7)))
    steps = np.diff(paths(np.random.default_rng(60), hurst, 200), axis=1)
    assert np.mean(p_values(steps[:, None]) <= 0.05) > least


def test_a_change_of_amplitude_is_not_a_change_of_h():
    """Steps twice as large in the second half: found almost always by a test of the variance, seldom here."""
    steps = series(np.random.default_rng(61), 400, 256, 0.5, 0.0)
    steps[:, 128:] *= 2
    assert np.mean(p_values(steps[:, None]) <= 0.05) < 0.3


def test_one_wrong_link_does_not_decide():
    steps = series(np.random.default_rng(62), 400, 256, 0.5, 0.0)
    before = np.mean(p_values(steps[:, None]) <= 0.05)
    steps[:, 60] += 12
    assert np.mean(p_values(steps[:, None]) <= 0.05) < before + 0.05


def test_axes_are_brought_to_one_mean():
    """An axis whose scores do not sum to 0 adds no change of its own, whatever its information."""
    rng = np.random.default_rng(66)
    variances = rng.uniform(0.5, 2.0, (3, 2, 50)) * np.array([1.0, 0.1])[:, None]
    score = np.sqrt(variances) * rng.standard_normal(variances.shape)
    shifted = score + variances * rng.standard_normal((3, 2, 1)) * 5
    one, other = (coefficients(*joined_axes(s, variances)) for s in (score, shifted))
    np.testing.assert_allclose(one, other, atol=1e-9)
    alone = joined_axes(score[:, :1], variances[:, :1])
    np.testing.assert_allclose(alone[0], score[:, 0])


def test_the_scale_does_not_matter():
    steps = series(np.random.default_rng(63), 5, 100, 0.4, 0.3)
    one, other = (statistic_of_regular(f * steps[:, None]).statistic for f in (1.0, 4e-5))
    np.testing.assert_allclose(one, other, rtol=1e-6)


def test_leaps_are_drawn_in():
    steps = np.random.default_rng(64).standard_normal((1, 200))
    steps[0, 7] = -50
    drawn = clipped_steps(steps)
    assert -5.5 < drawn[0, 7] < -3
    assert np.array_equal(np.delete(drawn, 7), np.delete(steps, 7))


def test_statistic_weighs_slow_waves_most():
    z = np.eye(12)
    np.testing.assert_allclose(statistic(z), 1 / np.arange(1, 13))


def test_the_table_is_small_and_guarded():
    text = files("perrin.hurst_test").joinpath("null.json").read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    held = json.loads(text)
    assert held["about"]["command"].startswith("python -m perrin.hurst_test.tabulate")
    held["quantiles"][0][0][0][0][0] += 0.01
    for broken in (held, held | {"format": 2}):
        with pytest.raises(PerrinError, match="damaged"):
            null_table_from_json(json.dumps(broken))


def test_p_falls_with_the_statistic_and_goes_on_beyond_the_table():
    at = partial(null_table().p_values, hurst=np.full(6, 0.4), angle=np.zeros(6), positions=np.full(6, 300), axes=1)
    p = at(np.array([0.0, 0.5, 3.0, 8.0, 20.0, 200.0]))
    assert p[0] == pytest.approx(1.0)
    assert np.all(np.diff(p) < 0)
    assert 0 < p[5] < 1e-6 < p[4] < 1e-3


def test_the_table_hardly_depends_on_anything():
    """In 1-D and from 128 positions the 5 % point lies within a fifth of the limit, Σ Z²/k of normal numbers: 6.48."""
    table = null_table()
    critical = table.quantiles[0, table.positions >= 128][..., np.flatnonzero(table.tail == 0.05)[0]]
    z = np.random.default_rng(65).standard_normal((100_000, 12))
    limit = np.quantile(statistic(z), 0.95)
    assert limit == pytest.approx(6.48, abs=0.1)
    assert 0.8 * limit < critical.min() < critical.max() < 1.2 * limit
