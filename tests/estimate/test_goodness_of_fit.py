"""fit_p: uniform where the model is right, small where it is wrong."""

import numpy as np
import pytest
from scipy.stats import kurtosistest

from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.goodness_of_fit import _excess_kurtosis
from tests.helpers.fbm import fbm, tracks_of

N_TRACKS = 600
"""Of 600 tests at the level of 5 %, 30 ± 5.3 are below .05: bounds at 3 to 7 % are 2.4 standard errors wide."""


def p_values(positions, **settings):
    n = positions.shape[1]
    rng = np.random.default_rng(0)
    return Exact(window=n, **settings).estimate(tracks_of(positions), rng=rng).tracks["fit_p"].to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "d", "hurst", "noise", "settings"),
    [
        (25, 2, 0.5, 0.0, {"sigma": 0.0}),
        (60, 1, 0.2, 0.0, {"sigma": 0.0}),
        (60, 2, 0.8, 0.0, {"sigma": 0.0}),
        (60, 2, 0.5, 0.5, {"sigma": None}),
        (40, 2, 0.5, 0.5, {"sigma": 0.5}),
        (60, 2, 0.5, 0.0, {"sigma": 0.0, "drift": True}),
        (60, 2, 0.5, 0.0, {"sigma": 0.0, "alpha": 1.0}),
    ],
)
def test_size(n, d, hurst, noise, settings):
    positions = fbm(np.random.default_rng(21), N_TRACKS, n, d, hurst, noise)
    p = p_values(positions, **settings)
    assert 0.03 <= np.mean(p < 0.05) <= 0.07
    assert 0.4 < np.median(p) < 0.6


def test_power_against_drift():
    positions = fbm(np.random.default_rng(22), 200, 100, 2, 0.5, velocity=0.5)
    assert np.mean(p_values(positions, sigma=0.0) < 0.05) > 0.5


def test_power_against_a_change_of_d():
    positions = fbm(np.random.default_rng(23), 200, 100, 2, 0.5)
    steps = np.diff(positions, axis=1)
    steps[:, 50:] *= 2
    changed = np.concatenate([positions[:, :1], positions[:, :1] + np.cumsum(steps, axis=1)], axis=1)
    assert np.mean(p_values(changed, sigma=0.0) < 0.05) > 0.95


def test_power_against_rare_jumps():
    rng = np.random.default_rng(24)
    steps = rng.standard_normal((200, 99, 2))
    steps *= np.where(rng.random((200, 99, 1)) < 0.05, 5.0, 1.0)
    positions = np.concatenate([np.zeros((200, 1, 2)), np.cumsum(steps, axis=1)], axis=1)
    assert np.mean(p_values(positions, sigma=0.0) < 0.05) > 0.9


@pytest.mark.slow
def test_power_against_confinement():
    rng = np.random.default_rng(25)
    positions = np.zeros((100, 300, 2))
    for i in range(1, 300):
        positions[:, i] = 0.8 * positions[:, i - 1] + rng.standard_normal((100, 2))
    assert np.mean(p_values(positions, sigma=0.0) < 0.05) > 0.4


def test_advice_says_what_is_off():
    positions = fbm(np.random.default_rng(26), 1, 200, 2, 0.5)
    positions[0, 100:] = positions[0, 100] + 5 * (positions[0, 100:] - positions[0, 100])
    row = Exact(sigma=0.0).estimate(tracks_of(positions), rng=np.random.default_rng(0)).tracks.row(0, named=True)
    assert row["fit_p"] < 1e-4
    assert "changes along the track" in row["advice"]


def test_short_tracks_have_no_p_value():
    positions = fbm(np.random.default_rng(27), 3, 12, 2, 0.5)
    table = Exact(sigma=0.0).estimate(tracks_of(positions), rng=np.random.default_rng(0)).tracks
    assert table["fit_p"].null_count() == 3


@pytest.mark.parametrize("n", [20, 57, 400])
def test_kurtosis_is_that_of_scipy(n):
    numbers = np.random.default_rng(28).standard_t(5, n)
    assert _excess_kurtosis(numbers) == pytest.approx(kurtosistest(numbers).statistic, rel=1e-10)
