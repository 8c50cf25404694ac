"""What the exact estimator must reach and cover when truth is drawn from its prior."""

import numpy as np
import pytest

from perrin.estimate.exact.estimator import Exact
from tests.helpers.fbm import fbm, tracks_of

N_TRACKS = 1_500
"""The standard error of a mean absolute error is about 2 %, of a coverage of 95 % 0.6 %."""


def errors_and_coverage(noise, settings, seed):
    rng = np.random.default_rng(seed)
    hurst = rng.uniform(0.01, 0.99, N_TRACKS)
    positions = fbm(rng, N_TRACKS, 20, 2, hurst)
    positions += noise(rng)[:, None, None] * rng.standard_normal(positions.shape)
    table = Exact(**settings).estimate(tracks_of(positions), rng=rng).tracks
    found = table["alpha"].to_numpy() / 2
    inside = (table["alpha_lo"].to_numpy() < 2 * hurst) & (2 * hurst < table["alpha_hi"].to_numpy())
    d_inside = (table["D_lo"].to_numpy() < 0.5) & (table["D_hi"].to_numpy() > 0.5)
    return np.abs(found - hurst).mean(), inside.mean(), d_inside.mean()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("noise", "settings", "expected"),
    [
        (lambda rng: np.zeros(N_TRACKS), {"sigma": 0.0}, 0.0712),
        (lambda rng: np.full(N_TRACKS, 0.5), {"sigma": 0.5}, 0.0935),
    ],
    ids=["clean", "sigma known, ratio .5"],
)
def test_reaches_the_published_limit(noise, settings, expected):
    """Mean absolute error of H in 20-point 2-D windows: .0712 clean, .093 to .094 with sigma known."""
    error, _, _ = errors_and_coverage(noise, settings, seed=1)
    assert error == pytest.approx(expected, rel=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("settings", [{"sigma": 0.0}, {"sigma": None}], ids=["no error", "error unknown"])
def test_intervals_cover_truth_drawn_from_the_prior(settings):
    """Simulation-based calibration: 95 % intervals cover 93 to 97 % (three standard errors)."""
    low, high = np.log(0.05), np.log(5)

    def noise(rng):
        return np.exp(rng.uniform(low, high, N_TRACKS)) if settings["sigma"] is None else np.zeros(N_TRACKS)

    _, alpha, diffusion = errors_and_coverage(noise, settings, seed=2)
    assert 0.93 < alpha < 0.975
    assert 0.93 < diffusion < 0.975


@pytest.mark.slow
def test_clean_long_tracks_come_near_the_cramer_rao_bound():
    """Sd of H at 127 increments, H = .5, scale unknown: bound .056 in 1-D."""
    rng = np.random.default_rng(3)
    positions = fbm(rng, 400, 128, 1, 0.5)
    found = Exact(sigma=0.0, window=128).estimate(tracks_of(positions), rng=rng).tracks["alpha"].to_numpy() / 2
    assert np.std(found) == pytest.approx(0.056, rel=0.12)
    assert abs(found.mean() - 0.5) < 3 * 0.056 / np.sqrt(400)


@pytest.mark.slow
def test_long_tracks_near_h_one_are_not_lost_on_the_ridge():
    """Their posterior is a long, narrow ridge; one third of them were lost, by a factor of e^3 in D."""
    rng = np.random.default_rng(41)
    hurst = np.repeat([0.95, 0.97, 0.985, 0.99], 6)
    tracks = tracks_of(fbm(rng, 24, 512, d=3, hurst=hurst, noise=0.2))
    found = Exact(sigma=0.2).estimate(tracks, rng=rng).tracks
    assert np.abs(np.log(2 * found["D_frame"].to_numpy())).max() < 1.6
    low, high = np.log(found["D_lo"].to_numpy()), np.log(found["D_hi"].to_numpy())
    assert ((low < -np.log(2)) & (-np.log(2) < high)).mean() > 0.85


def test_blocks_of_a_long_track_change_little():
    rng = np.random.default_rng(4)
    positions = fbm(rng, 3, 700, 2, 0.3, noise=0.3)
    exact = Exact(sigma=0.3)
    whole = exact.estimate(tracks_of(positions), rng=rng).tracks
    assert whole["advice"].str.contains("2 independent blocks").all()
    np.testing.assert_allclose(whole["alpha"].to_numpy(), 0.6, atol=0.12)
    assert ((whole["alpha_lo"] < 0.6) & (whole["alpha_hi"] > 0.6)).all()
    assert (whole["fit_p"] > 1e-3).all()


def test_drift_is_marginalised():
    rng = np.random.default_rng(5)
    positions = fbm(rng, 60, 60, 2, 0.4, velocity=np.array([0.8, -0.5]))
    plain, allowed = (
        Exact(sigma=0.0, window=60, drift=d).estimate(tracks_of(positions), rng=rng).tracks["alpha"].median()
        for d in (False, True)
    )
    assert plain > 1.1
    assert allowed == pytest.approx(0.8, abs=0.08)
