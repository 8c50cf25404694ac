"""The exact posterior mean: as good as the Cramér-Rao bound where that is a limit, and no better than its prior."""

import numpy as np
import pytest

from benchmarks.mfbm.limit import near, posterior_mean
from perrin.processes.bound import hurst_bound
from perrin.processes.hurst import HurstPrior
from perrin.simulate.harmonizable import sample_paths

CONSTANT = HurstPrior(weights={"constant": 1.0})


def test_of_constants_it_has_the_error_of_the_bound():
    """400 signals: the mean absolute error is known to 4 %, three times which is asked."""
    length, hurst = 64, 0.4
    functions, drawn = near(np.full(length, hurst), 0.35, CONSTANT, np.random.default_rng(0), most=800)
    assert len(functions) == 800
    assert drawn == 20_000
    paths = 7.0 * sample_paths(np.full((400, length), hurst), np.random.default_rng(1))
    told, effective = posterior_mean(np.diff(paths, axis=1), functions)
    bound = hurst_bound(np.arange(length), hurst, 0.0, 1, error_known=True)
    error = np.abs(told - hurst).mean()
    assert abs(error / (bound * np.sqrt(2 / np.pi)) - 1) < 0.12
    assert np.median(effective) > 50


@pytest.mark.slow
def test_a_changing_exponent_is_seen():
    truth = np.linspace(0.2, 0.8, 128)
    prior = HurstPrior(weights={"constant": 1.0, "linear": 1.0})
    functions, _ = near(truth, 0.3, prior, np.random.default_rng(0), most=1500)
    paths = sample_paths(np.tile(truth, (60, 1)), np.random.default_rng(2))
    told, _ = posterior_mean(np.diff(paths, axis=1), functions)
    assert told.mean(axis=0)[-1] - told.mean(axis=0)[0] > 0.3
    flat, _ = near(np.full(128, 0.5), 0.4, CONSTANT, np.random.default_rng(0), most=300)
    constants, _ = posterior_mean(np.diff(paths, axis=1), flat)
    assert np.abs(told - truth).mean() < 0.7 * np.abs(constants - truth).mean()
