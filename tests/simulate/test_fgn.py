"""Fractional Gaussian noise: its covariance is the one of the formula, at every H, length and blur."""

import mpmath
import numpy as np
import pytest
from scipy.fft import dct
from scipy.stats import chi2

from perrin.errors import InputError
from perrin.processes import increment_autocovariance, increment_covariance
from perrin.simulate import fractional_brownian_motion, fractional_gaussian_noise

EXPONENTS = (0.02, 0.2, 0.5, 0.8, 0.98)


@pytest.mark.parametrize("blur", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("hurst", [0.02, 0.5, 0.7, 0.98, 0.999])
def test_autocovariance_to_full_precision_at_long_lags(hurst, blur):
    """At H = .999 and a lag of a million the formula in double precision has no correct digit left."""
    found = increment_autocovariance(np.array(hurst), 1_000_000, blur)
    with mpmath.workdps(50):
        for lag in (0, 1, 2, 21, 47, 48, 49, 511, 512, 40_000, 999_999):
            assert found[lag] == pytest.approx(float(_exact(lag, hurst, blur)), abs=5e-12)


def _exact(lag, hurst, blur):
    g = [_structure(abs(lag + step), mpmath.mpf(hurst), mpmath.mpf(blur)) for step in (-1, 0, 1)]
    return (g[0] + g[2] - 2 * g[1]) / 2


def _structure(lag, hurst, blur):
    lag, power = mpmath.mpf(lag), 2 * hurst + 2
    if blur == 0 or lag == 0:
        return lag ** (2 * hurst)
    powers = (lag + blur) ** power + abs(lag - blur) ** power - 2 * lag**power - 2 * blur**power
    return powers / (blur**2 * power * (power - 1))


def test_autocovariance_is_the_first_row_of_the_covariance():
    hurst = np.array(EXPONENTS)
    for blur in (0.0, 0.5):
        dense = increment_covariance(np.arange(65.0), hurst, blur)[:, 0]
        np.testing.assert_allclose(increment_autocovariance(hurst, 64, blur), dense, atol=2e-11)


@pytest.mark.parametrize("half", [2, 16, 512, 4096, 2**17])
@pytest.mark.parametrize("blur", [0.0, 0.01, 1.0])
def test_no_circulant_has_a_negative_eigenvalue(half, blur):
    hurst = np.array([1e-3, 0.1, 0.5, 0.9, 0.99, 0.9999])
    assert dct(increment_autocovariance(hurst, half + 1, blur), type=1, axis=-1).min() > 0


@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("hurst", EXPONENTS)
def test_covariance_by_chi_square(hurst, own):
    """Whitened by its exact covariance, noise is 128,000 independent normal numbers.

    The sum of their squares is off by four standard errors where H is off by .03 (checked by hand: .02 may pass).
    """
    n, paths = 64, 2_000
    exponents = np.full(paths, hurst) if own else hurst
    noise = fractional_gaussian_noise(exponents, n, paths=paths, rng=np.random.default_rng(5))
    white = np.linalg.solve(np.linalg.cholesky(increment_covariance(np.arange(n + 1.0), np.array([hurst]))[0]), noise.T)
    assert 1e-4 < chi2.cdf((white**2).sum(), white.size) < 1 - 1e-4
    correlations = white @ white.T / paths
    off = correlations[np.triu_indices(n, 1)] * np.sqrt(paths)
    assert 1e-4 < chi2.cdf((off**2).sum(), off.size) < 1 - 1e-4


def test_pairs_of_one_transform_are_independent():
    noise = fractional_gaussian_noise(0.8, 32, paths=20_000, rng=np.random.default_rng(6))
    product = (noise[::2] * noise[1::2]).sum(axis=1)
    assert abs(product.mean()) < 4 * product.std() / np.sqrt(len(product))


def test_motion_is_the_sum_of_the_noise():
    noise = fractional_gaussian_noise(0.3, 20, paths=5, rng=np.random.default_rng(7))
    motion = fractional_brownian_motion(0.3, 21, paths=5, rng=np.random.default_rng(7))
    assert (motion[:, 0] == 0).all()
    np.testing.assert_allclose(np.diff(motion, axis=1), noise, atol=1e-12)


@pytest.mark.parametrize("paths", [1, 2, 7, 129])
def test_any_number_of_paths_from_a_seed(paths):
    first, again = (
        fractional_gaussian_noise(0.6, 100, paths=paths, rng=np.random.Generator(np.random.SFC64(3))) for _ in range(2)
    )
    assert first.shape == (paths, 100)
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first[:, 0])) == paths


@pytest.mark.parametrize("hurst", [0.0, 1.0, -0.1, np.nan, [0.5, 0.5]])
def test_exponents_that_cannot_be(hurst):
    with pytest.raises(InputError, match="Hurst"):
        fractional_gaussian_noise(np.asarray(hurst), 10, paths=3, rng=np.random.default_rng(0))
