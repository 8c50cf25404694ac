"""Covariances against the kernel of FBM, and against averages over the exposure by quadrature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perrin.processes import error_covariance, increment_covariance, structure_function
from tests.helpers.reference_posterior import kernel

TIMES = np.array([0, 1, 2, 4, 5, 9, 9.5, 11.25])


@pytest.mark.parametrize("hurst", [0.02, 0.3, 0.5, 0.8, 0.98])
def test_increments_follow_from_the_kernel(hurst):
    difference = np.diff(np.eye(len(TIMES)), axis=0)
    expected = difference @ kernel(TIMES + 3.0, hurst) @ difference.T
    np.testing.assert_allclose(increment_covariance(TIMES, np.array([hurst]))[0], expected, atol=1e-11)


@pytest.mark.parametrize("hurst", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("blur", [0.5, 1.0])
def test_blur_is_the_average_over_the_exposure(hurst, blur):
    times = np.arange(8.0)
    difference = np.diff(np.eye(8), axis=0)
    expected = difference @ kernel(times + 1.0, hurst, blur) @ difference.T
    np.testing.assert_allclose(increment_covariance(times, np.array([hurst]), blur)[0], expected, atol=2e-3)


def test_blurred_brownian_motion_has_the_known_variance():
    """Full exposure: an increment of Brownian motion keeps 2/3 of its variance, neighbours share 1/6."""
    matrix = increment_covariance(np.arange(5.0), np.array([0.5]), 1.0)[0]
    np.testing.assert_allclose(np.diag(matrix), 2 / 3)
    np.testing.assert_allclose(np.diag(matrix, 1), 1 / 6)
    np.testing.assert_allclose(np.diag(matrix, 2), 0, atol=1e-12)


@given(st.floats(0.01, 0.99), st.floats(0.01, 1.0))
def test_the_series_meets_the_closed_form(hurst, blur):
    border = 20 * blur
    below, above = structure_function(np.array([border, border * (1 + 1e-9)]), np.array(hurst), blur)
    assert above == pytest.approx(below, rel=1e-7)


def test_small_blur_at_long_lags_has_the_right_sign():
    """The closed form cancels there: at blur .1 and lag 5,000 it even changes sign."""
    lag, blur, hurst = np.array([5000.0]), 0.1, np.array(0.3)
    expected = lag ** (2 * hurst) - 2 * blur ** (2 * hurst) / ((2 * hurst + 1) * (2 * hurst + 2))
    np.testing.assert_allclose(structure_function(lag, hurst, blur), expected, rtol=1e-8)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.001, 0.999), st.floats(0, 1), st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_covariances_are_positive(hurst, blur, n, seed):
    times = np.cumsum(np.random.default_rng(seed).integers(1, 5, n)).astype(float)
    values = np.linalg.eigvalsh(increment_covariance(times, np.array([hurst]), blur)[0])
    assert values.min() > 0


def test_patterns_and_exponents_are_batched():
    times = np.stack([TIMES, TIMES * 2])
    batch = increment_covariance(times, np.array([0.3, 0.7]))
    assert batch.shape == (2, 2, 7, 7)
    np.testing.assert_allclose(batch[1, 0], increment_covariance(TIMES * 2, np.array([0.3]))[0])


def test_noise_of_positions_ties_neighbouring_increments():
    variances = np.array([1.0, 2.0, 4.0, 8.0])
    difference = np.diff(np.eye(4), axis=0)
    np.testing.assert_allclose(error_covariance(variances), difference @ np.diag(variances) @ difference.T)
