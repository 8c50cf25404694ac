"""Recipes, schedules and streams: what is asked for is what is made, whenever it is made."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.train import Recipe, Schedule, load_recipe, recipes
from perrin.train.recipe import Plateau
from perrin.train.streams.mfbm import MfbmStream
from perrin.train.streams.mfbm_paper import MfbmPaperStream


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_can_be_made(name):
    recipe = load_recipe(name)
    assert recipe.name == name
    assert len(recipe.stream().batch(0)) > 0
    assert recipe.loss() is not None
    assert recipe.schedule.steps > 0
    assert recipe.begins is None or recipe.begins in recipes()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("seed = 3", ""), "Missing or unknown entries: seed"),
        (("[net]", "[nets]"), "Missing or unknown entries: net, nets"),
        (('kind = "mfbm-net"', 'kind = "guess"'), "unknown net 'guess'"),
        (("fine = 8", "fien = 8"), "fien"),
        (("warmup = 4", "warm = 4"), "warm"),
        (("[stream]", "[stream"), "is not a recipe"),
    ],
)
def test_a_wrong_recipe_is_refused(tiny, change, problem):
    with pytest.raises(InputError, match=problem):
        Recipe.parse(tiny.text.replace(*change)).net()


def test_there_is_no_other_recipe(tmp_path):
    with pytest.raises(InputError, match="unknown recipe 'x'"):
        load_recipe("x")
    with pytest.raises(InputError, match="does not exist"):
        load_recipe(str(tmp_path / "x.toml"))


def test_the_rate_rises_stays_and_falls():
    schedule = Schedule(steps=100, rate=2.0, warmup=10, cooldown=0.2)
    rates = [schedule.rate_at(step) for step in range(100)]
    assert rates[0] == pytest.approx(0.2)
    assert set(rates[10:81]) == {2.0}
    assert rates[80] > rates[90] > rates[99] > 0
    assert rates[85] == pytest.approx(2.0 * (1 - 0.5))


def test_the_plateau_does_not_depend_on_the_total():
    short, long = Schedule(steps=100), Schedule(steps=1000)
    assert [short.rate_at(s) for s in range(80)] == [long.rate_at(s) for s in range(80)]


def test_the_rate_falls_where_nothing_is_gained():
    plateau = Plateau(every=1, patience=3, factor=0.3, stop=7)
    assert plateau.factor_after([5, 4, 3, 2, 2, 2]) == 1.0
    assert plateau.factor_after([5, 4, 3, 2, 2, 2, 2]) == pytest.approx(0.3)
    assert plateau.factor_after([5, 2, 2, 2, 2, 1, 1, 1, 1]) == pytest.approx(0.09)
    assert not plateau.ended([2, 1, 1, 1, 1, 1, 1, 1][:7])
    assert plateau.ended([2, 1, 1, 1, 1, 1, 1, 1, 1])


def test_a_batch_is_a_function_of_its_step():
    stream = MfbmStream(seed=5, points=2048, lengths={64: 1.0, 128: 1.0})
    first, again, other = stream.batch(7), stream.batch(7), stream.batch(8)
    for one, two in zip(first.inputs + first.targets, again.inputs + again.targets, strict=True):
        assert np.array_equal(one, two)
    assert first.inputs[0].shape != other.inputs[0].shape or not np.array_equal(first.inputs[0], other.inputs[0])


def test_a_stream_may_change_on_the_way():
    settings = {"points": 1024, "lengths": {64: 1.0}}
    before, after = MfbmStream(5, noisy=1.0, **settings), MfbmStream(5, noisy=0.0, **settings)
    stream = MfbmStream(5, noisy=0.0, early=({"until": 3, "noisy": 1.0},), **settings)
    for step, like in ((2, before), (3, after)):
        assert np.array_equal(stream.batch(step).inputs[0], like.batch(step).inputs[0])


@pytest.mark.slow
def test_the_stream_has_what_its_recipe_promises():
    stream = MfbmStream(seed=1, points=4096, lengths={64: 1.0}, gaps=0.3, noisy=0.4, told=0.5, told_zero=0.5)
    batches = [stream.batch(step) for step in range(60)]
    share = np.mean([len(b.inputs[0][0]) == 1 for b in batches])
    assert 0.5 < share < 0.95
    told = np.concatenate([b.inputs[2][:, 0] for b in batches])
    n = len(told)
    assert abs(told[:, 0].mean() - 0.5) < 4 * 0.5 / np.sqrt(n)
    assert abs(told[:, 1].mean() - 0.3) < 4 * 0.46 / np.sqrt(n)
    seen = np.concatenate([b.inputs[1] for b in batches])
    assert 0.5 < (seen.min(axis=1) == 1).mean() < 0.8
    assert seen[:, [0, -1]].all()
    for batch in batches:
        positions, observed, _ = batch.inputs
        assert not positions[np.broadcast_to(observed[:, None] == 0, positions.shape)].any()
        assert not positions[:, :, 0].any()
        assert batch.targets[0].min() >= 0.01
        assert batch.targets[0].max() <= 0.99


@pytest.mark.slow
def test_the_scale_to_be_learnt_is_the_true_one():
    stream = MfbmStream(seed=2, points=65536, lengths={256: 1.0}, families={"constant": 1.0}, noisy=0.0, gaps=0.0)
    scale = np.concatenate([stream.batch(step).targets[1] for step in range(3)])
    # log of a median of 256 correlated |steps| of unit deviation, over .6745: nearly unbiased
    assert abs(np.median(scale)) < 0.02


def test_the_papers_stream_is_the_papers():
    batch = MfbmPaperStream(seed=1, signals=3).batch(2)
    assert batch.inputs[0].shape == batch.targets[0].shape
    assert batch.inputs[0].shape[1] in (256, 384, 512)
