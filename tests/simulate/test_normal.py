"""The ziggurat against the normal distribution: everywhere, in its tails, and number by number."""

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from perrin.simulate.normal import fill_normal

N = 4_000_000
"""Frequencies of 0.1 % are then known to 1.6 %, and 1,030 numbers are expected beyond the ziggurat's last edge."""


@pytest.fixture(scope="module")
def numbers():
    out = np.empty((4, N // 4))
    fill_normal(out, np.random.Generator(np.random.SFC64(1)))
    return out.ravel()


@pytest.mark.slow
def test_distribution(numbers):
    assert kstest(numbers, "norm").pvalue > 1e-3


def test_fine_bins_down_to_the_tails(numbers):
    edges = np.concatenate([[-np.inf], norm.ppf(np.linspace(0, 1, 2001)[1:-1]), [np.inf]])
    found = np.histogram(numbers, edges)[0]
    expected = N / 2000
    assert chi2.sf(((found - expected) ** 2 / expected).sum(), 1999) > 1e-3


def test_tail_beyond_the_last_layer(numbers):
    """The tail has its own way of drawing: how many there are, and how they fall off."""
    edge = 3.6541528853610088
    beyond = np.abs(numbers)[np.abs(numbers) > edge]
    expected = 2 * norm.sf(edge) * N
    assert abs(len(beyond) - expected) < 4 * np.sqrt(expected)
    assert kstest(norm.sf(beyond) / norm.sf(edge), "uniform").pvalue > 1e-3
    assert abs((numbers[np.abs(numbers) > edge] > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(expected)


def test_moments_and_independence(numbers):
    for power, mean in ((1, 0), (2, 1), (3, 0), (4, 3), (6, 15)):
        spread = np.std(numbers**power) / np.sqrt(N)
        assert abs((numbers**power).mean() - mean) < 4 * spread
    for a, b in ((numbers, numbers), (numbers**2 - 1, numbers**2 - 1), (np.abs(numbers), numbers)):
        assert abs((a[1:] * b[:-1]).mean()) < 4 * np.std(a[1:] * b[:-1]) / np.sqrt(N)


def test_other_generators_still_serve():
    out = np.empty(1000)
    fill_normal(out, np.random.Generator(np.random.MT19937(1)))
    assert kstest(out, "norm").pvalue > 1e-3
