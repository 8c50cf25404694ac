"""Populations of short tracks: known mixtures come back, with honest bands, whatever the units and chunks."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import perrin
from perrin import figures
from perrin.errors import InputError
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.population import PopulationEstimator, Sample
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.pooled_error import pooled_error_of_population
from perrin.figures import theme
from perrin.result import read_population
from perrin.run import population_estimator
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks, Units
from tests.helpers.populations import DT, crowd, distance


def marginal(found, part, **columns):
    table = found.part(part)
    return table[part].to_numpy(), table["tracks"].to_numpy()


def log_distance(found, D, fractions):
    """Wasserstein distance in decades of D_frame, between the moving part and the truth."""
    place, weights = marginal(found, "D_frame")
    return distance(np.log10(place), weights, np.log10(D), fractions)


@pytest.mark.parametrize("sigma", [0.0, 0.03])
def test_three_kinds_come_back(sigma):
    """3,000 tracks of 2 to 10 positions: fractions within 4 standard errors, D within 10 %, no kind invented."""
    D, fractions = [0.05, 1.0, 12.0], [0.3, 0.4, 0.3]
    tracks, _ = crowd(11, 3000, D, fractions, sigma=sigma)
    found = perrin.population(tracks, sigma=sigma, alpha=1.0, draws=40)
    modes = found.main_modes()
    assert modes.height == 3
    np.testing.assert_allclose(modes["D_frame"], D, rtol=0.1)
    np.testing.assert_allclose(modes["tracks"], fractions, atol=4 * 0.5 / np.sqrt(3000))
    np.testing.assert_allclose(modes["jumps"], fractions, atol=5 * 0.5 / np.sqrt(3000))
    assert (modes["tracks_lo"] < modes["tracks"]).all()
    assert (modes["tracks_hi"] > modes["tracks"]).all()
    assert log_distance(found, D, fractions) < 0.1


def test_alpha_comes_back_with_d():
    """Two kinds apart in both: alpha within .1, although no track is longer than 10 positions."""
    tracks, _ = crowd(12, 2000, [0.1, 4.0], [0.5, 0.5], alpha=[0.6, 1.2], sigma=0.02)
    found = perrin.population(tracks, sigma=0.02, draws=20)
    modes = found.main_modes()
    assert modes.height == 2
    np.testing.assert_allclose(modes["alpha"], [0.6, 1.2], atol=0.1)
    np.testing.assert_allclose(modes["D_frame"], [0.1, 4.0], rtol=0.15)
    np.testing.assert_allclose(modes["tracks"], [0.5, 0.5], atol=4 * 0.5 / np.sqrt(2000))
    joint = found.part("joint")
    for part in ("alpha", "D_frame"):
        summed = joint.group_by(part).agg(pl.col("tracks").sum()).sort(part)
        np.testing.assert_allclose(summed["tracks"], found.part(part)["tracks"], atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [1.0, None])
def test_the_unknown_error_and_the_immobile_fraction_are_found_together(alpha):
    """40 % at rest, error unknown: error within 5 %, immobile fraction within 4 standard errors."""
    tracks, _ = crowd(13, 1500, [0.0, 1.0], [0.4, 0.6], sigma=0.04)
    found = perrin.population(tracks, alpha=alpha, draws=20)
    facts, rest = found.facts, found.immobile().row(0, named=True)
    assert facts.sigma_source == "shared"
    assert facts.sigma == pytest.approx(0.04, rel=0.05)
    assert facts.sigma_lo < 0.0405
    assert facts.sigma_hi > 0.0395
    assert rest["tracks"] == pytest.approx(0.4, abs=4 * 0.5 / np.sqrt(1500))


def test_two_positions_alone_tell_d_but_no_error():
    """Steps alone cannot say what of them is error: the interval reaches 0, and a warning says so."""
    tracks, _ = crowd(14, 800, [1.0], [1.0], sigma=0.05, lengths=(2, 2))
    found = perrin.population(tracks, alpha=1.0, draws=10)
    assert found.facts.sigma_lo == 0
    assert "--localization-error" in " ".join(found.facts.warnings)
    known = perrin.population(tracks, alpha=1.0, sigma=0.05, draws=10)
    assert log_distance(known, [1.0], [1.0]) < 0.2  # 800 exponentially distributed numbers, no more


@pytest.mark.slow
def test_the_interval_of_the_shared_error_covers():
    """95 % intervals over 20 populations of 200 tracks: 16 or more cover (fewer: 1 in 400)."""
    inside = 0
    for seed in range(20):
        tracks, _ = crowd(100 + seed, 200, [0.05, 1.0], [0.5, 0.5], sigma=0.03, lengths=(3, 10))
        found = pooled_error_of_population(Sample.of(tracks, most=999), alpha=1.0, exposure=0.0, drift=False, dt=DT)
        inside += found.low <= 0.03 <= found.high
    assert inside >= 16


@pytest.mark.slow
def test_bands_cover_the_fraction():
    """95 % bands of the slow fraction over 50 populations of 250 tracks: at least 42 cover (fewer: 1 in 1,000)."""
    inside = 0
    for seed in range(50):
        tracks, _ = crowd(200 + seed, 250, [0.05, 5.0], [0.3, 0.7], sigma=0.03)
        found = perrin.population(tracks, alpha=1.0, sigma=0.03, draws=60)
        slow = found.main_modes().row(0, named=True)
        assert slow["D_to"] < 5
        inside += slow["tracks_lo"] <= 0.3 <= slow["tracks_hi"]
    assert inside >= 42


def test_particles_in_focus_come_back_from_a_slab():
    """Half of the particles in a 0.7 µm slab are fast: of the jumps fewer are, and the correction puts it right."""
    depth, n = 0.7, 6000
    D = np.where(np.arange(n) % 2, 0.05, 8.0)
    motion = simulate_fbm(n, 12, D=D, dimension=3, dt=DT, seed=5, units=Units("µm", "s")).tracks.positions.reshape(
        n, 12, 3
    )
    z = motion[..., 2] - motion[:, :1, 2] + np.random.default_rng(1).uniform(0, depth, (n, 1))
    length = np.argmax(np.column_stack([(z < 0) | (z > depth), np.ones(n, dtype=bool)]), axis=1)
    tracks = Tracks.from_arrays([m[:k, :2] for m, k in zip(motion, length, strict=True)], interval=DT,
                                units=Units("µm", "s"))  # fmt: skip
    found = perrin.population(tracks, alpha=1.0, sigma=0.0, focal_depth=depth, draws=10)
    fast = found.main_modes().row(-1, named=True)
    assert found.main_modes().height == 2
    assert fast["jumps"] < 0.35
    assert "bias" in found.facts.warnings[0]
    first = np.minimum(length, 2) == 2
    one_jump = Tracks.from_arrays([m[:2, :2] for m in motion[first]], interval=DT, units=Units("µm", "s"))
    corrected = perrin.population(one_jump, alpha=1.0, sigma=0.0, focal_depth=depth, draws=10)
    fast = corrected.main_modes().row(-1, named=True)
    assert fast["jumps"] < 0.45
    assert fast["particles"] == pytest.approx(0.5, abs=0.05)


def test_chunks_merged_equal_the_whole():
    tracks, _ = crowd(15, 300, [0.1, 2.0], [0.4, 0.6], sigma=0.02)
    estimator = PopulationEstimator(sigma=0.02, alpha=1.0, draws=10)
    whole = estimator.estimate(estimator.sample(tracks))
    parts = [estimator.sample(tracks.select(range(a, a + 60))) for a in range(0, 300, 60)]
    merged = estimator.estimate(Sample.merged(parts))
    assert merged.laws.equals(whole.laws)
    assert merged.modes.equals(whole.modes)
    assert merged.facts == whole.facts


def test_units_carry_through():
    """Lengths times √10 shift D_frame by one decade and change nothing else."""
    tracks, _ = crowd(16, 300, [0.1, 2.0], [0.4, 0.6], sigma=0.02)
    scale = np.sqrt(10)
    larger = replace(tracks, positions=tracks.positions * scale)
    one = perrin.population(tracks, sigma=0.02, alpha=1.0, draws=5)
    other = perrin.population(larger, sigma=0.02 * scale, alpha=1.0, draws=5)
    np.testing.assert_allclose(other.part("D_frame")["D_frame"], 10 * one.part("D_frame")["D_frame"], rtol=1e-9)
    np.testing.assert_allclose(other.part("D_frame")["tracks"], one.part("D_frame")["tracks"], atol=1e-3)


def test_times_that_are_parts_of_a_frame_are_taken_as_they_are():
    """Uncalibrated times need not be whole numbers: the step is that of the tracks, not one frame."""
    made = [simulate_fbm(60, 60, hurst=0.5, D=1.0, dt=dt, seed=3).tracks for dt in (1.0, 0.05)]
    found = [perrin.population(tracks, sigma=0.0, draws=0) for tracks in made]
    assert [p.facts.dt for p in found] == pytest.approx([1.0, 0.05])
    for name in ("D_frame", "alpha"):
        one, other = (p.modes.filter(pl.col("mode") == 1)[name][0] for p in found)
        assert one == pytest.approx(1.0, abs=0.1)
        assert other == pytest.approx(one, rel=1e-6)


@pytest.mark.parametrize("dimension", [1, 3])
def test_other_dimensions_gaps_and_drift(dimension):
    """One kind only, seen with gaps: its D_frame within 15 %; a drift marginalised costs little."""
    seen = simulate_fbm(400, 10, D=1.0, dimension=dimension, dt=DT, seed=6, units=Units("µm", "s"),
               measurement=Measurement(sigma=0.03, missing=0.2)).tracks  # fmt: skip
    for drift in (False, True):
        found = perrin.population(seen, sigma=0.03, alpha=1.0, drift=drift, draws=5)
        assert found.main_modes()["D_frame"].to_list() == [pytest.approx(1.0, rel=0.15)]


def test_two_conditions_differ_only_as_far_as_their_replicates_do():
    """Replicates scatter by a factor, conditions do not: no difference is claimed, though tracks are many."""
    rng = np.random.default_rng(3)
    parts, info = [], []
    for i in range(6):
        tracks, _ = crowd(300 + i, 300, [float(10 ** rng.normal(0, 0.25))], [1.0], sigma=0.02)
        parts.append(tracks)
        info.append(tracks.info.with_columns(condition=pl.lit("AB"[i % 2]), source=pl.lit(f"cell {i}")))
    offsets = np.concatenate([[0], np.cumsum(np.concatenate([p.lengths for p in parts]))])
    together = Tracks(
        np.concatenate([p.positions for p in parts]), np.concatenate([p.times for p in parts]), offsets,
        pl.concat(info), parts[0].units, np.concatenate([p.frames for p in parts]),
    )  # fmt: skip
    found = perrin.population(together, sigma=0.02, alpha=1.0, draws=10)
    assert found.conditions() == ["A", "B"]
    assert found.replicates["replicate"].n_unique() == 6
    row = found.comparisons.filter(pl.col("quantity") == "mean log10 D_frame, mobile").row(0, named=True)
    assert (row["replicates"], row["other_replicates"]) == (3, 3)
    assert row["p"] > 0.01
    assert row["difference_lo"] < 0 < row["difference_hi"]


def test_too_few_tracks_or_none_that_moves_give_a_reason_and_no_numbers():
    few, _ = crowd(1, 10, [1.0], [1.0])
    found = perrin.population(few)
    assert found.laws.height == found.modes.height == 0
    assert "20" in found.facts.reason
    still = Tracks.from_arrays([np.zeros((3, 2))] * 30)
    assert "immobile" in perrin.population(still).facts.reason
    singles = Tracks.from_arrays([np.zeros((1, 2))] * 30)
    assert perrin.population(singles).facts.n_single == 30


def test_bad_settings_are_refused():
    for wrong in ({"alpha": 2.0}, {"sigma": -1.0}, {"focal_depth": 0.0}, {"exposure": 2.0}, {"draws": -1}):
        with pytest.raises(InputError):
            PopulationEstimator(**wrong)


def test_what_is_written_is_read_back(tmp_path):
    tracks, _ = crowd(17, 200, [0.1, 2.0], [0.4, 0.6], sigma=0.02)
    found = perrin.population(tracks, sigma=0.02, focal_depth=0.7, draws=5)
    found.write(tmp_path)
    back = read_population(tmp_path)
    assert back.laws.equals(found.laws)
    assert back.modes.equals(found.modes)
    assert back.facts == found.facts
    assert back.units == found.units
    for part in ("joint", "D_frame", "alpha"):
        total = found.part(part)["tracks"].sum() + found.part("rest")["tracks"].sum()
        assert total == pytest.approx(1.0)
    (tmp_path / "population.parquet").write_bytes(b"no")
    with pytest.raises(InputError, match="population"):
        read_population(tmp_path)


def test_an_error_pooled_over_longer_tracks_is_taken_where_it_excludes_none():
    tracks, _ = crowd(18, 100, [1.0], [1.0], sigma=0.03)
    settings = {"alpha": 1.0, "pooled": {"sigma": 0.031, "low": 0.03, "high": 0.032}, "sigma": None, "window": 20}
    estimator = population_estimator(settings, focal_depth=0.7, seed=3)
    assert (estimator.alpha, estimator.focal_depth, estimator.seed) == (1.0, 0.7, 3)
    facts = estimator.estimate(estimator.sample(tracks)).facts
    assert (facts.sigma, facts.sigma_lo, facts.sigma_source) == (0.031, 0.03, "pooled")
    vague = replace(estimator, pooled=PooledError(0.01, 0.0, 0.1))
    assert vague.estimate(vague.sample(tracks)).facts.sigma_source == "shared"
    axial = population_estimator({"sigma": [0.03, 0.06]})  # as JSON gives it back
    assert axial.sigma == (0.03, 0.06)


@pytest.mark.parametrize("size", [1e150, 1e-150])
@pytest.mark.parametrize("sigma", [0.0, 0.03, None])
def test_steps_beyond_all_measure_break_nothing(size, sigma):
    """A known error far above all steps hides them; far below, it does not matter."""
    steps = np.random.default_rng(0).normal(size=(40, 5, 2)) * size
    found = perrin.population(Tracks.from_arrays(list(steps.cumsum(axis=1))), sigma=sigma, alpha=1.0, draws=3)
    hidden = size < 1 and sigma == 0.03
    assert found.immobile()["tracks"][0] == pytest.approx(float(hidden), abs=1e-6)
    assert figures.population(found).layout.height > 0
    assert (theme.reason(figures.population(found)) is not None) == hidden


@pytest.mark.slow
def test_an_error_that_tamsd_was_not_told_is_not_taken_for_none():
    """Tracks of D_frame 1 whose error adds .64 to it where it is taken for motion."""
    made = simulate_fbm(200, 12, hurst=0.5, dimension=2, seed=1, measurement=Measurement(sigma=0.8)).tracks
    for tamsd, value in ((Tamsd(), 1.0), (Tamsd(sigma=0.8), 1.0), (Tamsd(sigma=0.0), 1.64)):
        estimator = population_estimator(tamsd.settings())
        modes = estimator.estimate(estimator.sample(made)).main_modes()
        assert modes["D_frame"].to_list() == [pytest.approx(value, rel=0.08)]


def test_a_damaged_track_does_not_put_the_others_to_rest():
    tracks, _ = crowd(8, 200, [1.0], [1.0], sigma=0.03, lengths=(5, 10))
    positions = [tracks[i].positions for i in range(200)]
    positions[7] = positions[7].copy()
    positions[7][3] = 1e9  # a decimal sign was lost
    damaged, whole = (
        perrin.population(Tracks.from_arrays(some, interval=DT, units=tracks.units), sigma=0.03, alpha=1.0, draws=5)
        for some in (positions, positions[:7] + positions[8:])
    )
    assert damaged.facts.n_used == 199
    assert damaged.facts.warnings[0].startswith("1 of 200 tracks have steps more than 10,000 times")
    assert damaged.main_modes()["D_frame"].to_list() == pytest.approx(whole.main_modes()["D_frame"].to_list())
    assert not any("random sample" in said for said in damaged.facts.warnings)


@pytest.mark.parametrize("draws", [1, 3])
def test_every_interval_holds_its_estimate(draws):
    """Few resamples may all lie to one side."""
    tracks, _ = crowd(20, 60, [0.1, 2.0], [0.5, 0.5], sigma=0.02)
    found = perrin.population(tracks, draws=draws, focal_depth=1.0)
    for table, names in ((found.laws, ()), (found.modes, ("D_frame", "alpha"))):
        for name in ("tracks", "jumps", "particles", *names):
            given = table.filter(pl.col(name).is_not_null())
            assert given.height
            assert (given[f"{name}_lo"] <= given[name]).all()
            assert (given[name] <= given[f"{name}_hi"]).all()
    assert perrin.population(tracks, draws=0).modes["tracks_lo"].null_count() == found.modes.height


def test_steps_at_a_value_of_the_grid_give_the_same_grid_in_every_unit():
    """Whether the end of the grid is one value further must not hang on rounding."""
    laws = {
        len(Grid.around(np.array([0.5 / 7, 0.5]) * 100.0**p, alpha=1.0, sigma=0.0, dt=10.0**q).d_frame)
        for p in range(-6, 7)
        for q in range(-4, 4)
    }
    assert laws == {42}
