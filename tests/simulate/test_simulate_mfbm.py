"""Simulated multifractional Brownian motion against its exact covariance."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.processes.hurst import FAMILIES
from perrin.processes.mfbm import covariance, factor
from perrin.simulate import Measurement, simulate_mfbm
from perrin.simulate.harmonizable import _polynomials, field, sample_paths

T = 64
CURVES = {
    "low": np.full(T, 0.02),
    "high": np.full(T, 0.98),
    "linear": np.linspace(0.02, 0.98, T),
    "rough": np.random.default_rng(0).uniform(0.01, 0.99, T),
}


def implied_covariance(hurst):
    """What `Field.sample` has for covariance, summed up instead of sampled."""
    made, place = field(len(hurst)), _polynomials(hurst[:, None], field(len(hurst)).spectrum.shape[1])[:, :, 0]
    times, size = np.arange(len(hurst) + 1), made.size
    weight = np.full(len(made.spectrum), 2.0)
    weight[0] = 1.0
    if size % 2 == 0:
        weight[-1] = 1.0
    power = np.einsum("fkr,flr,f->fkl", made.spectrum, made.spectrum, weight)
    turns = np.cos(2 * np.pi * np.outer(times[:-1], np.arange(len(weight))) / size)
    steps = np.einsum("tf,fkl->tkl", turns, power)
    grown = np.concatenate([0 * steps[:1], np.cumsum(2 * np.cumsum(steps, axis=0) - steps[0], axis=0)])
    at = np.einsum("ik,tkl,jl->ijt", place, grown, place)
    i, j = np.indices(at.shape[:2])
    folded = 0.5 * (at[i, j, i + 1] + at[i, j, j + 1] - at[i, j, np.abs(i - j)])
    waves = np.einsum("taj,jk,tk->taj", made.waves.reshape(len(hurst), 2, -1), made.heights, place)
    lines = place @ made.slopes * times[1:, None]
    waves = waves.reshape(len(hurst), -1)
    return folded + waves @ waves.T + lines @ lines.T


@pytest.mark.parametrize("name", CURVES)
def test_the_fast_generator_has_the_exact_covariance(name):
    hurst = CURVES[name]
    exact = covariance(np.arange(1.0, T + 1), hurst)
    size = np.sqrt(np.diag(exact))
    assert np.abs((implied_covariance(hurst) - exact) / (size * size[:, None])).max() < 1e-5


@pytest.mark.parametrize("method", ["exact", "spectral"])
def test_paths_whitened_by_the_exact_factor_are_white(method):
    n, hurst = 3000, CURVES["linear"]
    tracks = simulate_mfbm(n, T, hurst=hurst, dimension=1, method=method, seed=4).tracks
    white = np.linalg.solve(factor(np.arange(1.0, T + 1), hurst), tracks.positions.reshape(n, T).T)
    found = white @ white.T / n
    # entries off the diagonal have deviation 1/sqrt(n), on it sqrt(2/n); 4,160 of them: 4.5 deviations
    assert np.abs(found - np.diag(np.diag(found))).max() < 4.8 / np.sqrt(n)
    assert np.abs(np.diag(found) - 1).max() < 4.5 * np.sqrt(2 / n)


@pytest.mark.slow
def test_single_precision_is_as_good_for_training():
    n, hurst = 2000, CURVES["linear"]
    paths = sample_paths(np.tile(hurst, (n, 1)), np.random.default_rng(1), single=True)
    white = np.linalg.solve(factor(np.arange(1.0, T + 1), hurst), paths.T.astype(float))
    assert abs(np.mean(white**2) - 1) < 4 * np.sqrt(2 / (n * T))
    assert np.abs(np.mean(white**2, axis=1) - 1).max() < 4.5 * np.sqrt(2 / n)


@pytest.mark.parametrize("method", ["exact", "spectral"])
def test_no_hurst_function_is_ever_refused(method):
    found = simulate_mfbm(70, 100, hurst="any", dimension=1, method=method, seed=7)
    assert np.isfinite(found.tracks.positions).all()
    assert len(found.tracks) == 70


@pytest.mark.slow
def test_axes_share_the_hurst_function_and_nothing_else():
    found = simulate_mfbm(3000, 40, hurst="logistic", dimension=2, seed=1)
    x, y = np.diff(found.tracks.positions.reshape(3000, 40, 2), axis=1).transpose(2, 0, 1)
    assert abs(np.corrcoef(x.ravel(), y.ravel())[0, 1]) < 4 / np.sqrt(3000)


def test_truth_is_written_at_every_point():
    seen = Measurement(sigma=0.1, missing=0.3)
    found = simulate_mfbm(4, 80, hurst=lambda u: 0.2 + 0.6 * u, step=0.5, dt=0.1, dimension=3, measurement=seen, seed=2)
    frame = found.tracks.frames
    np.testing.assert_allclose(found.alpha, 2 * (0.2 + 0.6 * (frame + 1) / 80))
    np.testing.assert_allclose(found.D, 0.5**2 / (2 * 0.1**found.alpha))
    assert {"alpha", "D"} <= {name.split(" ")[0] for name in found.table().columns}


def test_ways_to_say_the_same_hurst_function_agree():
    curve = np.linspace(0.3, 0.7, 30)
    ways = [curve, np.tile(curve, (2, 1)), lambda u: np.interp(u, np.arange(1, 31) / 30, curve)]
    first, *others = (simulate_mfbm(2, 30, hurst=way, seed=5).tracks.positions for way in ways)
    for other in others:
        np.testing.assert_allclose(other, first)


@pytest.mark.slow
def test_uneven_times_are_simulated_at_their_own():
    n = 4000
    found = simulate_mfbm(n, 20, hurst=0.3, dimension=1, measurement=Measurement(jitter=0.6), seed=3)
    tracks = found.tracks
    times, place = tracks.times.reshape(n, 20), tracks.positions.reshape(n, 20)
    ratio = (place[:, 12] - place[:, 4]) ** 2 / (times[:, 12] - times[:, 4]) ** 0.6
    assert abs(ratio.mean() - 1) < 4 * np.sqrt(2 / n)


@pytest.mark.slow
def test_long_tracks_take_the_fast_way():
    found = simulate_mfbm(2, 2100, hurst="telegraph", dimension=1, seed=1)
    assert found.tracks.lengths.tolist() == [2100, 2100]


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"hurst": "wild"}, r"unknown family of H\(t\) 'wild'"),
        ({"hurst": 1.2}, "between 0 and 1"),
        ({"hurst": np.full(7, 0.5)}, r"Hurst exponents of shape \(7,\)"),
        ({"step": 0.0}, "must be positive"),
        ({"measurement": Measurement(exposure=0.5)}, "blur"),
        ({"method": "guess"}, "unknown method 'guess'"),
        ({"method": "spectral", "measurement": Measurement(jitter=0.5)}, "jittered times need method='exact'"),
        ({"hurst": 0.001, "method": "spectral"}, "within"),
        ({"dimension": 4}, "cannot simulate"),
    ],
)
def test_what_cannot_be_is_refused(settings, problem):
    with pytest.raises(InputError, match=problem):
        simulate_mfbm(2, 20, **settings)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_can_be_asked_for(family):
    first, second = (simulate_mfbm(3, 50, hurst=family, dimension=1, seed=9) for _ in range(2))
    assert np.array_equal(first.alpha, second.alpha)
    assert np.array_equal(first.tracks.positions, second.tracks.positions)
    assert len(np.unique(first.alpha.reshape(3, 50)[:, 0])) == 3
    assert (np.ptp(first.alpha.reshape(3, 50), axis=1) == 0).all() == (family == "constant")
