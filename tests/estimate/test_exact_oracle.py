"""`exact` against an independent slow posterior, number by number."""

import numpy as np
import pytest

from perrin.estimate.exact.estimator import Exact
from tests.helpers.fbm import fbm, tracks_of
from tests.helpers.reference_posterior import posterior

RNG = np.random.default_rng(5)
N, DT = 12, 0.5
GAPPY = np.array([0, 1, 2, 4, 5, 6, 9, 10, 11, 12, 15, 16.0])
IRREGULAR = np.cumsum(np.array([0, 1, 0.7, 1.3, 0.9, 1.1, 2.5, 1.0, 0.4, 1.6, 1.0, 1.2]))

CASES = {
    "clean": ({"sigma": 0.0}, None, 2),
    "clean 1-D": ({"sigma": 0.0}, None, 1),
    "clean 3-D": ({"sigma": 0.0}, None, 3),
    "gaps": ({"sigma": 0.0}, GAPPY, 2),
    "irregular": ({"sigma": 0.0}, IRREGULAR, 2),
    "sigma known": ({"sigma": 0.5}, None, 2),
    "sigma known, gaps": ({"sigma": 0.5}, GAPPY, 2),
    "sigma unknown": ({"sigma": None}, None, 2),
    "sigma unknown, irregular": ({"sigma": None}, IRREGULAR, 2),
    "alpha known": ({"sigma": None, "alpha": 1.0}, None, 2),
    "alpha and sigma known": ({"sigma": 0.5, "alpha": 1.0}, None, 2),
    "drift": ({"sigma": 0.0, "drift": True}, None, 2),
    "drift, sigma unknown, gaps": ({"sigma": None, "drift": True}, GAPPY, 2),
    "drift, sigma known": ({"sigma": 0.5, "drift": True}, None, 2),
    "blur": ({"sigma": 0.3, "exposure": 1.0}, None, 1),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_agrees_with_the_slow_grid(name):
    settings, times, d = CASES[name]
    for hurst in (0.3, 0.7):
        positions = fbm(RNG, 1, N, d, hurst, noise=0.5, times=times)
        tracks = tracks_of(positions, times=[np.arange(N) if times is None else times], dt=DT)
        row = Exact(window=N, **settings).estimate(tracks, rng=RNG).tracks.row(0, named=True)
        dt = row["dt"]
        slow = posterior(
            np.diff(positions[0], axis=0),
            tracks.times / dt,
            sigma=settings["sigma"],
            alpha=settings.get("alpha"),
            drift=settings.get("drift", False),
            blur=settings.get("exposure", 0.0),
        )
        compare(row, slow, dt, sigma_unknown=settings["sigma"] is None, alpha_known="alpha" in settings)


def compare(row, slow, dt, *, sigma_unknown, alpha_known=False):
    assert row["alpha"] == pytest.approx(slow.alpha(), abs=0.012)
    log_d = slow.log_d(dt)
    assert np.log(row["D"]) == pytest.approx(slow.mean(log_d), abs=0.03)
    assert np.log(row["D_frame"]) == pytest.approx(slow.mean(slow.log_s2 - np.log(2 * dt)), abs=0.03)
    assert np.log(row["D_lo"]) == pytest.approx(slow.quantile(log_d, 0.025), abs=0.1)
    assert np.log(row["D_hi"]) == pytest.approx(slow.quantile(log_d, 0.975), abs=0.1)
    if not alpha_known:
        assert row["alpha_lo"] == pytest.approx(2 * slow.quantile(slow.hurst, 0.025), abs=0.04)
        assert row["alpha_hi"] == pytest.approx(2 * slow.quantile(slow.hurst, 0.975), abs=0.04)
    if sigma_unknown:
        log_sigma = slow.log_sigma()
        assert np.log(row["sigma"]) == pytest.approx(slow.mean(log_sigma), abs=0.05)
        if row["sigma_lo"] > 0:
            assert np.log(row["sigma_lo"]) == pytest.approx(slow.quantile(log_sigma, 0.025), abs=0.15)
            assert np.log(row["sigma_hi"]) == pytest.approx(slow.quantile(log_sigma, 0.975), abs=0.1)
        else:
            assert np.log(row["sigma_hi"]) == pytest.approx(slow.quantile(log_sigma, 0.95), abs=0.1)


def test_errors_of_each_point_agree_with_the_slow_grid():
    errors = RNG.uniform(0.2, 1.0, (N, 2))
    positions = fbm(RNG, 1, N, 2, 0.4)[0] + errors * RNG.standard_normal((N, 2))
    tracks = tracks_of([positions], dt=DT, sigma=[errors])
    row = Exact(window=N).estimate(tracks, rng=RNG).tracks.row(0, named=True)
    assert row["sigma_source"] == "per_point"
    slow = posterior(np.diff(positions, axis=0), np.arange(N), point_errors=errors)
    compare(row, slow, DT, sigma_unknown=False)


def test_lateral_and_axial_error_agree_with_the_slow_grid():
    errors = np.tile([0.3, 0.3, 0.9], (N, 1))
    positions = fbm(RNG, 1, N, 3, 0.4)[0] + errors * RNG.standard_normal((N, 3))
    row = Exact(window=N, sigma=(0.3, 0.9)).estimate(tracks_of([positions], dt=DT), rng=RNG).tracks.row(0, named=True)
    assert row["sigma_source"] == "given"
    slow = posterior(np.diff(positions, axis=0), np.arange(N), point_errors=errors)
    compare(row, slow, DT, sigma_unknown=False)


def test_a_window_is_a_track_of_its_own():
    """The value of a point is that of the whole track made of its window's positions."""
    positions = fbm(RNG, 1, 30, 2, 0.6, noise=0.3)[0]
    exact = Exact(window=N)
    points = exact.estimate(tracks_of([positions], dt=DT), rng=RNG).points
    for start in (0, 7, 18):
        alone = exact.estimate(tracks_of([positions[start : start + N]], dt=DT), rng=RNG).tracks.row(0, named=True)
        point = points.row(start + N // 2, named=True)
        assert point["status"] == "ok"
        assert point["alpha"] == pytest.approx(alone["alpha"], rel=1e-4)
        assert point["D"] == pytest.approx(alone["D"], rel=1e-4)
    assert points["status"][:6].to_list() == ["edge"] * 6
    assert points["alpha"][0] == points["alpha"][N // 2]
    assert points["alpha"][29] == points["alpha"][18 + N // 2]
