"""The parts of the population estimator against closed forms, independent computations and each other."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from scipy.stats import multivariate_normal

from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.population import Sample
from perrin.estimate.population.components import PENALTIES, WideComponents
from perrin.estimate.population.conditions import compare
from perrin.estimate.population.defocalization import still_in_focus
from perrin.estimate.population.fit import distribution
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.likelihood import BLOCK, ObservationModel, likelihoods
from perrin.estimate.population.mixture import GAP, PointComponents, maximize, maximize_each
from perrin.estimate.population.modes import valleys
from perrin.estimate.population.sample import MOST_INCREMENTS
from perrin.result.population import REPLICATES
from perrin.simulate import Measurement, simulate_andi, simulate_fbm
from perrin.tracks import Tracks
from tests.helpers.populations import DT, crowd


def dense(positions, times, alpha, d_frame, dt, errors):
    """log density of the increments of one track from the covariance of its positions, written out."""
    t = (times - times[0]) / dt
    power = t**alpha
    position = d_frame * dt * (power[:, None] + power - np.abs(t[:, None] - t) ** alpha)
    difference = np.diff(np.eye(len(t)), axis=0)
    total = 0.0
    for axis in range(positions.shape[1]):
        covariance = difference @ (position + np.diag(errors[:, axis] ** 2)) @ difference.T
        total += multivariate_normal.logpdf(difference @ positions[:, axis], cov=covariance)
    return total


@pytest.mark.parametrize("kind", ["clean", "noisy", "gaps", "stated", "axial", "long"])
def test_likelihoods_equal_the_dense_ones(kind):
    dimension = 3 if kind == "axial" else 2
    sigma = {"clean": 0.0, "axial": (0.03, 0.06)}.get(kind, 0.03)
    lengths = (BLOCK + 5, BLOCK + 9) if kind == "long" else (2, 10)
    tracks, _ = crowd(3, 40, [0.02, 3.0], [0.5, 0.5], alpha=[0.7, 1.2], sigma=sigma, lengths=lengths,
                      dimension=dimension, missing=0.3 if kind == "gaps" else 0.0)  # fmt: skip
    errors = np.broadcast_to(Measurement(sigma=sigma).errors(dimension), tracks.positions.shape)
    if kind == "stated":
        errors = np.random.default_rng(0).uniform(0.01, 0.05, tracks.positions.shape)
        tracks = Tracks.from_arrays(
            np.split(tracks.positions, tracks.offsets[1:-1]), times=np.split(tracks.times, tracks.offsets[1:-1]),
            units=tracks.units, sigma=np.split(errors, tracks.offsets[1:-1]),
        )  # fmt: skip
    known = LocalizationError.of(None if kind == "stated" else sigma, tracks)
    size = 0.02 if kind == "stated" else known.typical
    grid = Grid(np.array([0.4, 1.0, 1.7]), np.array([0.01, 0.5, 8.0]), DT)
    found = likelihoods(tracks, grid, ObservationModel(known, size))
    for i in range(0, 40, 3):
        rows = slice(*tracks.offsets[i : i + 2])
        x, t, e = tracks.positions[rows], tracks.times[rows], errors[rows]
        cuts = [0, (len(t) - 1) // 2 + (len(t) - 1) % 2 * (round((len(t) - 1) / 2) > (len(t) - 1) / 2), len(t) - 1]
        pieces = [slice(0, cuts[1] + 1), slice(cuts[1], None)] if kind == "long" else [slice(None)]
        expected = [sum(dense(x[p], t[p], a, d, DT, e[p]) for p in pieces) for a in grid.alpha for d in grid.d_frame]
        rest = sum(dense(x[p], t[p], 1.0, 0.0, DT, e[p]) for p in pieces) if size else -np.inf
        expected = np.array([*expected, rest])
        assert found.log_scale[i] == pytest.approx(expected.max(), abs=1e-6)
        np.testing.assert_allclose(found.scaled[:, i], np.exp(expected - expected.max()), rtol=2e-5, atol=1e-7)


def test_tracks_that_one_law_alone_explains():
    """Straight flights beside slow particles: nothing overflows, and no mixture is better, in double precision."""
    rng = np.random.default_rng(4)
    laws, tracks = 60, 200
    place = np.where(np.arange(tracks) < 150, rng.uniform(5, 8, tracks), rng.uniform(10, 60, tracks))
    sharpness = np.where(np.arange(tracks) < 150, 1.0, 20.0)
    log_l = -0.5 * sharpness * (np.arange(laws)[:, None] - place) ** 2
    log_l -= log_l.max(axis=0)
    scaled = np.exp(np.where(log_l > -60, log_l, -np.inf)).astype(np.float32)
    regions = np.arange(laws) // 30
    for counts in (np.ones(tracks), rng.multinomial(tracks, np.full(tracks, 1 / tracks)).astype(float)):
        best = maximize(PointComponents(scaled), counts, regions)
        density = best.weights @ scaled.astype(float)
        gradient = scaled.astype(float) @ np.divide(counts, density, where=counts > 0, out=np.zeros(tracks))
        assert best.gap <= GAP
        assert gradient.max() - counts.sum() <= 2 * GAP
        assert best.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize(("tracks", "length", "seed"), [(300, 30, 2), (150, 25, 279482)])
def test_populations_of_flights_and_slow_particles(tracks, length, seed):
    sample = Sample.of(
        simulate_andi(tracks, length, noise=1.0, dimension=1, seed=seed).tracks, most=1000
    ).within_reach()
    grid = Grid.around(sample.step_variances(), alpha=None, sigma=0.0, dt=1.0)
    scaled = likelihoods(sample.tracks, grid, ObservationModel(LocalizationError.of(0.0, sample.tracks), 0.0)).scaled
    patches = WideComponents(scaled, grid)
    assert maximize(patches, np.ones(len(sample)), patches.regions).gap <= GAP


def test_a_track_without_a_step_is_at_rest():
    positions = [np.zeros((4, 2)), np.random.default_rng(0).normal(size=(4, 2))]
    tracks = Tracks.from_arrays(positions)
    grid = Grid(np.array([1.0]), np.array([0.1, 1.0]), 1.0)
    for sigma in (0.0, 0.1):
        known = LocalizationError.of(sigma, tracks)
        found = likelihoods(tracks, grid, ObservationModel(known, sigma)).scaled
        assert found[:, 0].tolist() == [0.0, 0.0, 1.0]
        assert found[-1, 1] < 1e-3


def test_the_mixture_is_the_best_there_is():
    """Against 20,000 steps of expectation-maximisation, and by its own bound."""
    tracks, _ = crowd(1, 300, [0.1, 2.0], [0.4, 0.6], sigma=0.03)
    grid = Grid.around(Sample.of(tracks, most=1000).step_variances(), alpha=1.0, sigma=0.03, dt=DT)
    scaled = likelihoods(tracks, grid, ObservationModel(LocalizationError.of(0.03, tracks), 0.03)).scaled
    counts = np.random.default_rng(2).integers(0, 4, 300).astype(float)
    best = maximize(PointComponents(scaled), counts, grid.regions)
    weights, wide = np.full(len(grid), 1 / len(grid)), scaled.astype(np.float64)
    for _ in range(20_000):
        weights = weights * (wide @ (counts / (weights @ wide))) / counts.sum()
    slow = float(counts @ np.log(weights @ wide))
    assert best.weights.min() >= 0
    assert best.weights.sum() == pytest.approx(1.0, abs=1e-9)
    assert best.gap <= GAP
    assert slow - GAP <= best.log_likelihood <= slow + 0.05
    assert float(counts @ np.log(best.weights @ wide)) == pytest.approx(best.log_likelihood, abs=1e-3)


def test_side_by_side_equals_one_by_one():
    tracks, _ = crowd(1, 200, [0.1, 2.0], [0.4, 0.6])
    grid = Grid.around(Sample.of(tracks, most=1000).step_variances(), alpha=1.0, sigma=0.0, dt=DT)
    scaled = likelihoods(tracks, grid, ObservationModel(LocalizationError.of(0.0, tracks), 0.0)).scaled
    counts = np.random.default_rng(2).multinomial(200, np.full(200, 1 / 200), size=5).astype(float)
    for one, many in zip(counts, maximize_each(PointComponents(scaled), counts, grid.regions), strict=True):
        assert maximize(PointComponents(scaled), one, grid.regions).log_likelihood == pytest.approx(
            many.log_likelihood, abs=2 * GAP
        )


def test_kernels_spread_and_unfold_are_transposes():
    grid = Grid(np.array([0.5, 0.6, 0.7]), 10 ** (np.arange(8) / 20), 1.0)
    rng = np.random.default_rng(0)
    laws, weights, kernels = rng.random((len(grid), 5)), rng.random(len(grid)), grid.kernels(0.1)
    np.testing.assert_allclose(weights @ grid.spread(laws, kernels), grid.unfold(weights, kernels) @ laws)
    assert grid.unfold(weights, kernels).sum() == pytest.approx(weights.sum())
    some = np.array([0, 13, len(grid) - 1])
    np.testing.assert_allclose(grid.component_weights(some, kernels), grid.unfold(np.eye(len(grid))[some], kernels))


def test_patches_are_one_matrix_that_is_never_written_out():
    """Rows, sums over tracks and weights of laws against the whole matrix of all patches of all widths."""
    grid = Grid(np.array([0.5, 0.6, 0.7]), 10 ** (np.arange(8) / 20), 1.0)
    rng = np.random.default_rng(0)
    scaled = rng.random((len(grid), 30)).astype(np.float32)
    patches = WideComponents(scaled, grid)
    laws = np.concatenate(
        [grid.unfold(np.eye(len(grid)), grid.kernels(w)) * np.exp(-p / 30) for w, p in PENALTIES.items()]
    )
    for some in (rng.permutation(len(laws))[:7], rng.permutation(len(laws))[:20], np.arange(len(laws))):
        np.testing.assert_allclose(patches.rows(some), laws[some] @ scaled, rtol=1e-5)
    tracks = rng.random((30, 4)).astype(np.float32)
    np.testing.assert_allclose(patches.pull(tracks), laws @ scaled @ tracks, rtol=1e-5)
    weights = rng.random((2, len(laws)))
    together = weights @ laws
    np.testing.assert_allclose(patches.unfold(weights), together / together.sum(axis=1, keepdims=True))


@pytest.mark.parametrize("most", [7, 40, 1000])
def test_samples_of_chunks_merge_to_the_sample_of_the_whole(most):
    tracks, _ = crowd(5, 60, [1.0], [1.0], lengths=(1, 5))
    whole = Sample.of(tracks, most=most)
    for borders in ([0, 10, 11, 60], [0, 30, 60], [0, 20, 40, 60]):
        parts = [Sample.of(tracks.select(range(a, b)), most=most) for a, b in pairwise(borders)]
        merged = Sample.merged(parts)
        assert merged.tracks.info.equals(whole.tracks.info)
        np.testing.assert_array_equal(merged.tracks.positions, whole.tracks.positions)
        np.testing.assert_array_equal(merged.jumps, whole.jumps)
        assert dict(merged.counts) == dict(whole.counts)
        nested = Sample.merged([Sample.merged(parts[:2]), *parts[2:]])
        assert nested.tracks.info.equals(whole.tracks.info)


def test_the_sample_does_not_depend_on_the_order_and_is_fair():
    """Of 2,000 tracks 1,000 stay; half of them from each half (binomial, 4 standard deviations)."""
    tracks = simulate_fbm(2000, 2, seed=1).tracks
    kept = set(Sample.of(tracks, most=1000).tracks.info["track"])
    turned = tracks.select(np.arange(2000)[::-1])
    assert kept == set(Sample.of(turned, most=1000).tracks.info["track"])
    assert abs(sum(int(name) < 1000 for name in kept) - 500) < 4 * np.sqrt(2000 / 4) / np.sqrt(2)


def test_long_tracks_are_cut_but_their_jumps_counted():
    sample = Sample.of(simulate_fbm(3, MOST_INCREMENTS + 50, seed=1).tracks, most=10)
    assert sample.tracks.lengths.tolist() == [MOST_INCREMENTS + 1] * 3
    assert sample.jumps.tolist() == [MOST_INCREMENTS + 49] * 3
    np.testing.assert_allclose(
        sample.step_variances()[0], (np.diff(sample.tracks.positions[: MOST_INCREMENTS + 1], axis=0) ** 2).mean()
    )


def test_in_focus_against_particles_in_a_slab():
    """Closed form against 400,000 particles (4 standard errors), and its limits."""
    rng = np.random.default_rng(0)
    for step in (0.05, 0.4, 2.0):
        place = rng.random(400_000) * 0.7
        after = place + step * rng.standard_normal(len(place))
        inside = ((after > 0) & (after < 0.7)).mean()
        assert float(still_in_focus(np.array(step), 0.7)) == pytest.approx(inside, abs=4 * 0.5 / np.sqrt(len(place)))
    assert still_in_focus(np.array([0.0]), 0.7)[0] == pytest.approx(1.0)
    assert still_in_focus(np.array([70.0]), 0.7)[0] == pytest.approx(0.01 / np.sqrt(2 * np.pi), rel=1e-3)


def test_valleys_need_the_agreement_of_the_resamples():
    place = np.arange(60)
    two = np.exp(-0.5 * ((place - 15) / 4) ** 2) + np.exp(-0.5 * ((place - 45) / 4) ** 2)
    borders, support = valleys(two / two.sum(), np.tile(two / two.sum(), (20, 1)))
    assert len(borders) == 1
    assert 25 < borders[0] < 36
    assert support[0] == 1.0
    one = np.exp(-0.5 * ((place - 30) / 9) ** 2)
    half = np.where(np.arange(20)[:, None] < 10, two / two.sum(), one / one.sum())
    assert len(valleys(two / two.sum(), half)[0]) == 0


def test_conditions_are_compared_over_replicates():
    from scipy.stats import ttest_ind

    a, b = [0.1, 0.2, 0.15], [0.3, 0.5]
    rows = [("A", f"a{i}", 50, "x", v) for i, v in enumerate(a)] + [("B", f"b{i}", 50, "x", v) for i, v in enumerate(b)]
    rows += [("C", "c", 50, "x", 0.7)]
    found = compare(REPLICATES.from_rows(rows))
    first = found.row(0, named=True)
    assert (first["condition"], first["other"], first["replicates"], first["other_replicates"]) == ("A", "B", 3, 2)
    assert first["p"] == pytest.approx(ttest_ind(b, a, equal_var=False).pvalue)
    interval = ttest_ind(b, a, equal_var=False).confidence_interval()
    assert (first["difference_lo"], first["difference_hi"]) == pytest.approx((interval.low, interval.high))
    assert found.filter(pl.col("other") == "C")["p"].null_count() == 2


def test_a_kind_stays_narrow_beside_a_continuum():
    """Half of 3,000 tracks have D = .05, half are spread evenly over .8 to 8: their widths are found side by side."""
    truth = np.concatenate([[0.05], np.geomspace(0.8, 8, 40)])
    tracks, _ = crowd(7, 3000, truth, np.concatenate([[0.5], np.full(40, 1 / 80)]))
    grid = Grid.around(Sample.of(tracks, most=9999).step_variances(), alpha=1.0, sigma=0.0, dt=DT)
    scaled = likelihoods(tracks, grid, ObservationModel(LocalizationError.of(0.0, tracks), 0.0)).scaled
    found = distribution(scaled, tracks.lengths - 1, grid, draws=0, rng=np.random.default_rng(0)).tracks[:-1]
    log_d = np.log10(grid.d_frame)
    for inside, middle, spread in ((log_d < -0.7, np.log10(0.05), 0.0), (log_d >= -0.7, np.log10(2.53), 0.29)):
        share = found[inside] / found[inside].sum()
        mean = share @ log_d[inside]
        assert found[inside].sum() == pytest.approx(0.5, abs=0.03)
        assert mean == pytest.approx(middle, abs=0.03)
        assert np.sqrt(share @ (log_d[inside] - mean) ** 2) == pytest.approx(spread, abs=0.06)
        assert share.max() > 0.3 if not spread else share.max() < 0.15


def test_a_mixture_of_patches_is_the_best_there_is():
    """The gradient towards every patch of the dictionary, computed from the whole matrix."""
    tracks, _ = crowd(3, 400, [0.1, 2.0], [0.4, 0.6])
    grid = Grid.around(Sample.of(tracks, most=999).step_variances(), alpha=1.0, sigma=0.0, dt=DT)
    scaled = likelihoods(tracks, grid, ObservationModel(LocalizationError.of(0.0, tracks), 0.0)).scaled
    patches = WideComponents(scaled, grid)
    for regions in (patches.regions, patches.places):
        best = maximize(patches, np.ones(400), regions)
        rows = patches.rows(np.arange(len(best.weights))).astype(np.float64)
        assert (rows / (best.weights @ rows)).sum(axis=1).max() - 400 < 2 * GAP


def test_without_draws_there_are_no_bands():
    tracks, _ = crowd(1, 100, [1.0], [1.0])
    grid = Grid.around(Sample.of(tracks, most=999).step_variances(), alpha=1.0, sigma=0.0, dt=DT)
    scaled = likelihoods(tracks, grid, ObservationModel(LocalizationError.of(0.0, tracks), 0.0)).scaled
    found = distribution(scaled, tracks.lengths - 1, grid, draws=0, rng=np.random.default_rng(0))
    assert found.track_draws.shape == (0, len(grid))
    assert found.tracks.sum() == pytest.approx(1.0)
    assert found.jumps.sum() == pytest.approx(1.0)


def test_matrices_met_before_serve_any_error():
    tracks, _ = crowd(4, 50, [0.1, 2.0], [0.5, 0.5], sigma=0.03, missing=0.3)
    grid = Grid(np.array([0.6, 1.0]), np.array([0.1, 1.0, 8.0]), DT)
    small, large = (ObservationModel(LocalizationError.of(sigma, tracks), sigma) for sigma in (0.01, 0.05))
    first = small.observation(grid)
    likelihoods(tracks, grid, small, first)
    again = likelihoods(tracks, grid, large, first.with_ratios(large.ratios(grid)))
    fresh = likelihoods(tracks, grid, large)
    np.testing.assert_array_equal(again.scaled, fresh.scaled)
    np.testing.assert_array_equal(again.log_scale, fresh.log_scale)
