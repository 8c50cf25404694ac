"""Every method that is told the localisation error says which tracks do not move beyond it."""

import numpy as np
import pytest

from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.overstated_error import error_overstated
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks

RNG = np.random.default_rng(0)


def scattered(n, length, sigma=0.1):
    rng = np.random.default_rng(3)
    return Tracks.from_arrays([sigma * rng.standard_normal((length, 2)) for _ in range(n)])


def statuses(estimator, tracks):
    return estimator.estimate(tracks, rng=RNG).tracks["status"]


@pytest.mark.parametrize("method", [TandemLstm, MfbmNet])
@pytest.mark.parametrize("length", [50, 128])
def test_networks_find_the_tracks_at_rest_that_exact_finds(method, length):
    tracks = scattered(40, length)
    assert (statuses(method(sigma=0.1), tracks) == "immobile").to_list() == (
        statuses(Exact(sigma=0.1), tracks) == "immobile"
    ).to_list()


def test_a_track_at_rest_has_no_alpha_at_any_point():
    points = MfbmNet(sigma=0.1).estimate(scattered(3, 200), rng=RNG).points
    assert set(points["status"]) == {"immobile"}
    assert points["alpha"].null_count() == points.height


@pytest.mark.slow
def test_errors_stated_at_each_point_count_as_well():
    still = scattered(3, 200)
    stated = Tracks.from_arrays(
        np.split(still.positions, 3), sigma=np.split(np.full(still.positions.shape, 0.1), 3)
    )  # fmt: skip
    assert set(statuses(MfbmNet(), stated)) == {"immobile"}


@pytest.mark.parametrize("method", [TandemLstm, MfbmNet])
def test_moving_tracks_stay(method):
    made = simulate_fbm(30, 60, hurst=0.4, measurement=Measurement(sigma=0.5), seed=1).tracks
    assert set(statuses(method(sigma=0.5), made)) == {"ok"}


def test_an_error_in_the_wrong_unit_is_no_estimate_of_mfbm_net():
    made = simulate_fbm(3, 100, hurst=0.8, measurement=Measurement(sigma=0.02), seed=1).tracks
    found = MfbmNet(sigma=20.0).estimate(made, rng=RNG).tracks
    assert set(found["status"]) <= {"immobile", "outside_training_range"}


@pytest.mark.parametrize("method", [Exact, TandemLstm, MfbmNet])
def test_an_error_larger_than_the_scatter_is_told(method):
    """Stated in nm instead of µm, say: everything would seem immobile, and short tracks as fast as the prior allows."""
    made = simulate_fbm(6, 60, hurst=0.5, D=0.1, dt=0.05, measurement=Measurement(sigma=0.02), seed=1).tracks
    wrong, right = (method(sigma=s).estimate(made, rng=RNG).tracks["advice"] for s in (20.0, 0.02))
    assert wrong.str.contains("check .*error and its unit").all()
    assert not right.str.contains("unit").any()


def test_the_axial_error_counts_for_its_axis_and_chance_is_rare():
    still = np.random.default_rng(5).standard_normal((3000, 8, 3)) * [0.1, 0.1, 0.3]
    tracks = Tracks.from_arrays(list(still + 5e3))
    for sigma, share in (((0.1, 0.3), 0.0), ((1.0, 3.0), 1.0)):
        quiet = error_overstated(tracks, LocalizationError.of(sigma, tracks))
        assert quiet.mean() == pytest.approx(share, abs=2e-3)
