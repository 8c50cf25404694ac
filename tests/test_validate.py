"""What makes no sense is refused in the same words wherever it is asked for."""

import math

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.estimate.population import PopulationEstimator
from perrin.simulate.measurement import Measurement
from perrin.validate import check_seed, seed_number


@pytest.mark.parametrize("asked", [Exact, Tamsd, TandemLstm, MfbmNet, PopulationEstimator, Measurement])
@pytest.mark.parametrize("sigma", [-1.0, math.nan, math.inf, (0.1, -0.1)])
def test_an_impossible_error_is_refused_by_all(asked, sigma):
    with pytest.raises(InputError) as caught:
        asked(sigma=sigma)
    assert str(caught.value) == f"the localization error cannot be {sigma}. Give 0 or a positive number."


@pytest.mark.parametrize("asked", [Exact, PopulationEstimator])
@pytest.mark.parametrize("alpha", [0, 2, -1.0, math.nan])
def test_an_impossible_exponent_is_refused_by_all(asked, alpha):
    with pytest.raises(
        InputError, match=rf"^alpha must be between 0 and 2, not {alpha}\. Brownian motion has alpha = 1"
    ):
        asked(alpha=alpha)


@pytest.mark.parametrize("asked", [Exact, TandemLstm, PopulationEstimator])
@pytest.mark.parametrize("exposure", [-0.1, 1.1, math.nan])
def test_an_impossible_exposure_is_refused_by_all(asked, exposure):
    with pytest.raises(InputError, match=f"^the exposure must be a fraction from 0 to 1, not {exposure}$"):
        asked(exposure=exposure)


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, [1, 1]])
def test_a_seed_is_a_whole_number_a_generator_or_none(seed):
    with pytest.raises(InputError, match="the seed cannot be"):
        check_seed(seed)


def test_a_seed_becomes_a_number():
    assert (seed_number(0), seed_number(np.int64(7))) == (0, 7)
    first, second = np.random.default_rng(1), np.random.default_rng(1)
    assert seed_number(first) == seed_number(second) != seed_number(first)
    assert seed_number(None) != seed_number(None)
