"""Every fast road of `exact` against the general one, which the slow posterior holds to the truth."""

import numpy as np
import pytest
from scipy.linalg import null_space
from scipy.stats import multivariate_normal

from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.grid import whole_prior
from perrin.estimate.exact.immobile_likelihood import immobile_log_likelihood
from perrin.estimate.exact.likelihood import HurstNodes, LikelihoodGrid
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.noise_free import NoiseFreeWindows
from perrin.estimate.exact.posterior import scale_free
from perrin.estimate.exact.quantiles import of_difference, of_own_difference
from perrin.estimate.exact.rolling_windows import infer_windows
from perrin.estimate.motion_parameters import MotionParameters
from perrin.features import Windows, cut_windows, frame_clock
from perrin.processes import error_covariance
from perrin.testing.estimator import CLOSE, CLOSE_BOUNDS
from tests.helpers.fbm import fbm, tracks_of


def segments(positions, steps=None):
    n, m = len(positions), positions.shape[1] - 1
    steps = np.ones((n, m)) if steps is None else np.broadcast_to(steps, (n, m))
    return Windows(np.diff(positions, axis=1), steps, np.ones(n), np.arange(n), np.arange(n))


@pytest.mark.parametrize(("m", "d", "blur"), [(2, 2, 0.0), (7, 1, 0.0), (19, 3, 0.5), (101, 1, 1.0), (300, 2, 0.0)])
def test_clean_stretches_are_those_of_the_dense_likelihood(m, d, blur):
    """Halves, panels and single precision change H by less than a tenth of its standard deviation at this length."""
    rng = np.random.default_rng(m)
    positions = np.concatenate([fbm(rng, 6, m + 1, d, h) for h in (0.1, 0.5, 0.9)])
    part = segments(positions)
    nodes = HurstNodes.for_size(m * d)
    dense = scale_free(
        LikelihoodGrid(np.array(nodes.values), np.zeros(0), blur).forms(part), whole_prior(nodes, m * d, "none")
    )
    found = np.empty((4, len(positions)))
    for rows, posterior in NoiseFreeWindows(m, d, blur).posteriors(part.displacements):
        found[:, rows] = [*posterior.hurst, posterior.mean_log_s2]
    spread = 0.5 / np.sqrt(m * d)
    for values, expected in zip(found[:3], dense.hurst, strict=True):
        np.testing.assert_allclose(values, expected, atol=0.1 * spread)
    np.testing.assert_allclose(found[3], dense.mean_log_s2, atol=0.4 * spread)


@pytest.mark.parametrize("dt", [1.0, 0.01])
@pytest.mark.parametrize(("d", "sigma"), [(1, 0.4), (2, 0.4), (3, (0.4, 0.8))])
def test_windows_that_share_everything_are_as_those_that_share_nothing(d, sigma, dt):
    rng = np.random.default_rng(d)
    errors = np.broadcast_to(sigma if d < 3 else [sigma[0], sigma[0], sigma[1]], (d,))
    positions = np.concatenate([fbm(rng, 4, 60, d, h) for h in (0.2, 0.5, 0.8)])
    tracks = tracks_of(positions + errors * rng.standard_normal(positions.shape), dt=dt)
    told = LocalizationError.of(sigma, tracks)
    time = frame_clock(tracks)
    first = np.concatenate([tracks.offsets[:-1] + k for k in (0, 13, 40)])
    part = cut_windows(tracks, first, np.tile(np.arange(len(tracks)), 3), 20, time.dt)
    rows = np.arange(len(part))
    together, apart = MotionParameters.empty(len(part)), MotionParameters.empty(len(part))
    seen = {"alpha": None, "blur": 0.0, "drift": False}
    infer_windows(MotionModel.for_windows(told, 19 * d, regular=True, **seen), part, together, rows)
    infer_windows(MotionModel.for_windows(told, 19 * d, regular=False, **seen), part, apart, rows)
    width = np.log(apart.D_hi / apart.D_lo)
    assert together.status.tolist() == apart.status.tolist()
    np.testing.assert_allclose(together.alpha, apart.alpha, atol=2e-3)
    np.testing.assert_allclose(together.alpha_lo, apart.alpha_lo, atol=0.02)
    np.testing.assert_allclose(together.alpha_hi, apart.alpha_hi, atol=0.02)
    for name in ("D", "D_lo", "D_hi", "D_frame"):
        gap = np.abs(np.log(getattr(together, name) / getattr(apart, name))) / width
        assert gap.max() < 0.03, name


@pytest.mark.parametrize("drift", [False, True])
def test_stillness_is_the_density_of_pure_error(drift):
    rng = np.random.default_rng(8)
    errors, steps = rng.uniform(0.2, 1.0, (5, 9, 2)), rng.uniform(0.5, 2.0, (5, 8))
    positions = errors * rng.standard_normal((5, 9, 2))
    found = immobile_log_likelihood(segments(positions, steps), errors, drift=drift)
    for i in range(5):
        contrasts = null_space(steps[i][None]).T if drift else np.eye(8)
        expected = sum(
            multivariate_normal.logpdf(
                contrasts @ np.diff(positions[i, :, axis]),
                cov=contrasts @ error_covariance(errors[i, :, axis] ** 2) @ contrasts.T,
            )
            for axis in range(2)
        )
        assert found[i] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("sigma", [0.0, 0.5])
def test_many_tracks_of_a_length_are_as_few(sigma):
    """Few take the recursion over time, many share matrices, clean ones halves of them."""
    positions = fbm(np.random.default_rng(9), 30, 70, 2, 0.4, noise=sigma)
    exact = Exact(sigma=sigma, window=71)
    many = exact.estimate(tracks_of(positions), rng=np.random.default_rng(0)).tracks
    few = exact.estimate(tracks_of(positions[:3]), rng=np.random.default_rng(0)).tracks
    for name in ("alpha", "alpha_lo", "alpha_hi"):
        np.testing.assert_allclose(many[name][:3].to_numpy(), few[name].to_numpy(), atol=4e-3)
    for name in ("D", "D_lo", "D_hi", "D_frame"):
        np.testing.assert_allclose(many[name][:3].to_numpy(), few[name].to_numpy(), rtol=0.01)


def test_quantiles_are_the_same_whether_windows_share_their_cells_or_have_their_own():
    hurst, levels, times = np.linspace(0.1, 0.8, 36), (0.025, 0.5, 0.975), np.array([-4.0, -1.0, 2.0])
    row, column = np.arange(36)[:, None, None], np.arange(30)[:, None]
    middle, correlation = np.array([12.0, 18.0, 24.0]), np.array([-0.6, 0.0, 0.6])
    x, y = (row - middle) / 4, (column - 15) / 4
    mass = np.exp(-(x**2 - 2 * correlation * x * y + y**2) / (2 * (1 - correlation**2)))
    shared = of_difference(mass / mass.sum((0, 1)), 0.2, hurst, times, levels)
    own = of_own_difference(mass / mass.sum((0, 1)), 0.2, np.tile(hurst[:, None], 3), times, levels)
    sd = np.hypot(0.8, 0.08 * times)
    np.testing.assert_allclose(np.array(own) / sd, np.array(shared) / sd, atol=0.02)
    expected = 0.2 * 15 - times * (0.1 + 0.02 * middle)
    np.testing.assert_allclose(own[1], expected, atol=0.02)


@pytest.mark.parametrize(
    ("settings", "length"),
    [({"sigma": 0.0}, 50), ({"sigma": 0.5}, 103), ({"sigma": 0.5, "drift": True}, 103), ({"drift": True}, 30)],
)
def test_other_tracks_of_the_same_length_change_nothing(settings, length):
    """Neither how many there are, which decides how they are computed, nor whether a window has cells like no other."""
    rng = np.random.default_rng(61)
    positions = np.concatenate([fbm(rng, 10, length, 1, h) for h in (0.1, 0.5, 0.9)])
    estimator = Exact(min_length=8, **settings)
    together = estimator.estimate(tracks_of(positions), rng=rng).tracks
    for row in range(0, len(positions), 3):
        alone = estimator.estimate(tracks_of(positions[row : row + 1]), rng=rng).tracks
        for name in ("alpha", "D", "D_frame", "alpha_lo", "alpha_hi", "D_lo", "D_hi"):
            tolerance = CLOSE_BOUNDS if name.endswith(("_lo", "_hi")) else CLOSE
            assert alone[name][0] == pytest.approx(together[name][row], rel=tolerance, abs=1e-9), (row, name)
