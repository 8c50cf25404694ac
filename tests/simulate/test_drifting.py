"""Tracks that drift: each step has the law of its frame, and where nothing drifts all is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import toeplitz

from perrin.processes import increment_autocovariance
from perrin.simulate import Measurement, simulate_drifting
from perrin.simulate import simulate_drifting as simulator
from perrin.simulate.drifting_tracks import evolving_noise, evolving_waves


@pytest.mark.parametrize("hurst", [0.05, 0.5, 0.9])
def test_where_nothing_drifts_the_covariance_is_that_of_the_law(hurst):
    waves = evolving_waves(np.full(30, hurst))
    expected = toeplitz(increment_autocovariance(np.array([hurst]), 30)[0])
    np.testing.assert_allclose((waves @ waves.conj().T).real, expected, atol=1e-12)
    assert np.abs(toeplitz(increment_autocovariance(np.array([hurst + 0.01]), 30)[0]) - expected).max() > 1e-3


def test_every_step_has_unit_variance_whatever_h_does():
    hurst = 0.5 + 0.45 * np.sin(np.arange(50))
    np.testing.assert_allclose((np.abs(evolving_waves(hurst)) ** 2).sum(axis=1), 1, rtol=1e-12)


def test_noise_has_the_covariance_of_its_waves():
    """40,000 paths: entries are known to 1/200; H that is off by .05 at one end would be seen."""
    hurst = np.linspace(0.2, 0.8, 12)
    noise = evolving_noise(hurst, 40_000, np.random.default_rng(1))
    waves = evolving_waves(hurst)
    deviation = np.abs(noise @ noise.T / 40_000 - (waves @ waves.conj().T).real).max()
    assert deviation < 4.5 * np.sqrt(2 / 40_000)
    other = evolving_waves(np.linspace(0.2, 0.85, 12))
    assert np.abs((waves @ waves.conj().T - other @ other.conj().T).real).max() > 5 * np.sqrt(2 / 40_000)


def test_many_frames_are_made_some_at_a_time(monkeypatch):
    hurst = np.linspace(0.2, 0.8, 30)
    whole = evolving_noise(hurst, 3, np.random.default_rng(2))
    monkeypatch.setitem(evolving_noise.__globals__, "_AT_ONCE", 7 * 60)
    np.testing.assert_allclose(evolving_noise(hurst, 3, np.random.default_rng(2)), whole, atol=1e-12)


def test_steps_are_as_large_as_their_frame_says():
    """2 D dt^2H along each axis."""
    made = simulator(5_000, 11, hurst=(0.2, 0.8), D=(0.5, 0.1, 5.0), dt=0.1, dimension=2, seed=3)
    steps = np.diff(made.tracks.positions.reshape(5_000, 11, 2), axis=1)
    expected = 2 * made.D.reshape(5_000, 11)[0] * 0.1 ** made.alpha.reshape(5_000, 11)[0]
    np.testing.assert_allclose((steps**2).mean(axis=(0, 2)), expected[1:], rtol=4 * np.sqrt(2 / 10_000))


def test_values_lie_evenly_along_the_track_and_d_on_a_log_scale():
    made = simulate_drifting(2, 5, hurst=[[0.2, 0.6], [0.9, 0.1]], D=(1.0, 100.0, 1.0), seed=4)
    np.testing.assert_allclose(made.alpha.reshape(2, 5) / 2, [[0.2, 0.3, 0.4, 0.5, 0.6], [0.9, 0.7, 0.5, 0.3, 0.1]])
    np.testing.assert_allclose(made.D.reshape(2, 5)[1], [1, 10, 100, 10, 1])
    assert made.state is None


def test_tracks_that_share_a_curve_are_independent():
    made = simulate_drifting(4_000, 3, hurst=(0.3, 0.8), dimension=2, seed=5)
    last = np.diff(made.tracks.positions.reshape(4_000, 3, 2), axis=1)[:, 1]
    assert abs(np.corrcoef(last[:, 0], last[:, 1])[0, 1]) < 4 / np.sqrt(4_000)
    assert abs(np.corrcoef(last[1:, 0], last[:-1, 0])[0, 1]) < 4 / np.sqrt(4_000)


@given(
    st.integers(1, 3), st.integers(2, 30), st.integers(1, 3), st.lists(st.floats(0.01, 0.99), min_size=1, max_size=5),
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=5), st.floats(0, 0.9), st.booleans(),
)  # fmt: skip
def test_whatever_is_asked_the_truth_stands_at_every_point(tracks, length, dimension, hurst, D, missing, each):
    def make():
        return simulate_drifting(
            tracks, length, hurst=[hurst] * tracks if each else hurst, D=D, dimension=dimension,
            measurement=Measurement(missing=missing), seed=1,
        )  # fmt: skip

    made = make()
    frames = made.tracks.frames
    assert np.isfinite(made.tracks.positions).all()
    grid = np.linspace(0, 1, length)
    np.testing.assert_allclose(made.alpha, 2 * np.interp(grid, np.linspace(0, 1, len(hurst)), hurst)[frames])
    np.testing.assert_allclose(np.log(made.D), np.interp(grid, np.linspace(0, 1, len(D)), np.log(D))[frames], atol=1e-9)
    np.testing.assert_array_equal(made.tracks.positions, make().tracks.positions)
