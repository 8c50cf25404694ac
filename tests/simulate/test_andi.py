"""The five models of the first AnDi challenge are distributed as in andi-datasets, and seen as they were there."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import perrin
from perrin.errors import InputError
from perrin.simulate import simulate_andi
from perrin.simulate.andi_models import EXPONENTS, MODELS, exponents_of, motion
from tests.helpers.andi_statistics import CASES, LENGTH, statistics

REFERENCE = json.loads((Path(__file__).parent.parent / "fixtures" / "andi_reference.json").read_text())
PATHS = 4000
SUMMED = ("log variance of steps", "kurtosis of steps", "energy in the first half", "end", "correlation of neighbours",
          "MSD over 10 frames over MSD over 1")  # fmt: skip
"""What differs for ATTM in 3-D: andi-datasets 2.1.13 does not sum the steps there (decision 0080)."""


@pytest.mark.parametrize(("name", "alpha", "dimension"), CASES)
def test_distributions_are_those_of_andi_datasets(name, alpha, dimension):
    rng = np.random.default_rng(20201130)
    paths = motion([name], np.zeros(PATHS, dtype=int), np.full(PATHS, alpha), LENGTH, dimension, rng)
    assert np.all(paths[:, 0] == 0)
    expected = REFERENCE["distributions"][f"{name} {alpha} {dimension}"]
    # Kolmogorov and Smirnov's bound of two samples: 1 in 10,000 for each of the 273 comparisons.
    bound = 2.23 * np.sqrt(1 / PATHS + 1 / REFERENCE["about"]["paths"])
    for statistic, values in statistics(paths).items():
        if (name, dimension) == ("attm", 3) and statistic in SUMMED:
            continue
        at = np.array(expected[statistic]["at"])
        below = (values[:, None] <= at + 1e-9 + 1e-6 * np.abs(at)).mean(axis=0)
        assert np.abs(below - expected[statistic]["below"]).max() < bound, statistic


def test_attm_moves_in_space_as_much_as_on_a_line():
    """The length of a step in 3-D is a normal number, as is a step on a line, so its history is the same."""
    expected = REFERENCE["distributions"]["attm 0.7 1"]["energy in the first half"]
    rng = np.random.default_rng(1)
    paths = motion(["attm"], np.zeros(PATHS, dtype=int), np.full(PATHS, 0.7), LENGTH, 3, rng)
    found = statistics(paths)["energy in the first half"]
    below = (found[:, None] <= np.array(expected["at"])).mean(axis=0)
    assert np.abs(below - expected["below"]).max() < 2.23 * np.sqrt(1 / PATHS + 1 / REFERENCE["about"]["paths"])


def test_models_take_turns_and_keep_to_their_exponents():
    simulation = simulate_andi(500, 20, seed=3)
    model = np.array(simulation.model)
    assert {name: int((model == name).sum()) for name in MODELS} == dict.fromkeys(MODELS, 100)
    alpha = simulation.alpha.reshape(500, 20)[:, 0]
    for name in MODELS:
        assert set(alpha[model == name]) <= set(exponents_of(name))
    assert len(EXPONENTS) == 40
    assert exponents_of("lw")[0] == pytest.approx(1.05)
    assert exponents_of("fbm")[-1] == pytest.approx(1.95)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_displacements_are_normalised_along_each_axis_before_the_noise(dimension):
    simulation = simulate_andi(300, 80, models=["fbm", "sbm"], dimension=dimension, noise=0.0, step=0.3, seed=0)
    steps = np.diff(simulation.tracks.positions.reshape(300, 80, dimension), axis=1)
    np.testing.assert_allclose(steps.std(axis=1), 0.3)


def test_noise_is_in_units_of_the_displacements():
    quiet, loud = (simulate_andi(400, 200, models="fbm", alpha=1.0, noise=s, step=2.0, seed=5) for s in (0.0, 1.0))
    variance = [np.diff(s.tracks.positions.reshape(400, 200, 2), axis=1).var(axis=1).mean() for s in (quiet, loud)]
    assert variance[0] == pytest.approx(4.0)
    assert variance[1] == pytest.approx(4.0 * 3, rel=0.02)  # each displacement holds the noise of two positions


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_a_walk_that_never_turns_has_steps_of_unit_size_and_no_noise(dimension):
    """Its displacements have no standard deviation, and what rounding leaves of one is nothing to divide by."""
    simulation = simulate_andi(300, 40, models="lw", alpha=2.0, dimension=dimension, step=0.5, seed=3)
    steps = np.diff(simulation.tracks.positions.reshape(300, 40, dimension), axis=1)
    straight = np.isclose(steps, steps[:, :1], atol=1e-9).all(axis=(1, 2))
    assert straight.sum() > 20
    np.testing.assert_allclose(np.abs(steps[straight]), 0.5, rtol=1e-9)
    assert np.abs(steps).max() < 1e6  # a walk that hardly turns has long steps by the convention


def test_a_track_can_be_the_beginning_of_a_longer_one():
    simulation = simulate_andi(200, 50, models="sbm", alpha=0.3, noise=0.0, step=1.0, simulated=1000, seed=0)
    steps = np.diff(simulation.tracks.positions.reshape(200, 50, 2), axis=1)
    assert steps.std(axis=1).mean() > 1.5  # ageing: the beginning moves more than the whole track


def test_writes_truth_and_model(tmp_path):
    simulate_andi(10, 30, dimension=3, seed=1).write(tmp_path / "tracks.csv")
    table = pl.read_csv(tmp_path / "tracks.csv")
    assert table.columns[-3:] == ["alpha", "D", "model"]
    assert set(table["model"]) == set(MODELS)
    assert perrin.read(tmp_path / "tracks.csv").dimension == 3


def test_the_same_seed_gives_the_same_tracks():
    first, second, other = (simulate_andi(20, 30, seed=s).tracks.positions for s in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"models": "walk"}, "unknown model 'walk'.*attm, ctrw"),
        ({"models": "ctrw", "alpha": 1.5}, "ctrw cannot have alpha = 1.5.*between 0 and 1"),
        ({"models": "lw", "alpha": (0.1, 0.9)}, "lw has no exponent in that range"),
        ({"noise": -1.0}, "noise cannot be -1"),
        ({"step": 0.0}, "must be positive"),
        ({"simulated": 5}, "cannot simulate"),
    ],
)
def test_says_what_cannot_be(asked, message):
    with pytest.raises(InputError, match=message):
        simulate_andi(5, 20, **asked)
