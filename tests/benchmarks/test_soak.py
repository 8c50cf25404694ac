"""300 small worlds of the soak in every run of the tests, and the soak itself: it finds what it looks for."""

import json
import os
import shlex
import signal
import warnings
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
import polars as pl
import pytest

from benchmarks import soak
from benchmarks.soak import crew, examine, journal
from benchmarks.soak.calls import Call
from benchmarks.soak.checks import check_advice, check_decisions, check_population, check_problems
from benchmarks.soak.command import analyze_words, by_command_line, words_of
from benchmarks.soak.finding import Finding, watched
from benchmarks.soak.particles import tracks_of
from benchmarks.soak.twists import (
    Twist,
    compare_decisions,
    compare_populations,
    compare_shared_errors,
    without_rounding,
)
from benchmarks.soak.worlds import PARTICLES, SIMULATORS, draw
from perrin import population, read
from perrin.cli.app import app
from perrin.estimate import METHODS, Estimator, method
from perrin.estimate.exact.estimator import Exact
from perrin.hurst_test import run_hurst_test
from perrin.result import status
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Units

WORLDS, PORTION = 300, 20
SETTINGS = {"window", "sigma", "alpha", "drift", "exposure", "lags", "min_length"}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, WORLDS, PORTION))
def test_nothing_is_found_in_small_worlds(first):
    found = {seed: examine.examine(draw(seed, small=True)) for seed in range(first, first + PORTION)}
    assert not {f"python -m benchmarks.soak --only {seed} --small": some for seed, some in found.items() if some}


def test_worlds_have_all_the_variety_there_is():
    worlds = [draw(seed, small=True) for seed in range(WORLDS)]
    assert {world.call.method for world in worlds} == set(METHODS)
    assert {kind for world in worlds for kind in world.kinds} == {*SIMULATORS, *PARTICLES}
    assert {world.dimension for world in worlds} == {1, 2, 3}
    settings = {name for world in worlds for name in world.call.settings}
    assert settings == SETTINGS
    for part in ("missing", "jitter", "error", "stated", "ragged", "exposure", "mixed", "conditions"):
        assert len({bool(getattr(world, part)) for world in worlds}) == 2, part
    for part in ("focal_depth", "samples", "by_command"):
        assert len({bool(getattr(world.call, part)) for world in worlds}) == 2, part
    assert {world.giant for world in worlds} == {1, 1e14}
    assert min(world.D[0] for world in worlds) < 1e-10
    assert max(world.D[1] for world in worlds) > 1e10
    assert min(world.alpha[0] for world in worlds) < 0.02
    assert max(world.alpha[1] for world in worlds) > 1.98


@pytest.mark.slow
def test_larger_worlds_reach_every_size():
    sizes = np.array([(world.tracks, world.length) for world in map(draw, range(3_000))])
    assert sizes.min(axis=0).tolist() == [3, 4]
    assert (sizes.max(axis=0) >= [200, 700]).all()
    assert sizes.prod(axis=1).mean() < 1_000


def test_a_seed_is_a_world():
    for seed in range(5):
        one, other = (tracks_of(draw(seed)) for _ in range(2))
        assert one.to_polars().equals(other.to_polars())
        assert not one.to_polars().equals(tracks_of(draw(seed + 5)).to_polars())


# What the command line repeats.


def repeatable(kind):
    """The first small world that the command line makes itself with this simulator."""
    return next(w for w in (draw(s, small=True) for s in range(2_000)) if w.kinds == (kind,) and by_command_line(w))


@pytest.mark.parametrize("kind", SIMULATORS)
def test_the_command_line_makes_the_same_tracks(kind, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = repeatable(kind)
    simulate, analyze = by_command_line(world).split(" && ")
    app(shlex.split(simulate)[1:], standalone_mode=False)
    made, expected = read("tracks.csv"), tracks_of(world)
    np.testing.assert_allclose(made.positions, expected.positions, rtol=1e-12)
    np.testing.assert_allclose(made.times, expected.times, rtol=1e-12)
    assert analyze == words_of(world, "tracks.csv", "found")


def test_what_the_command_line_cannot_make_is_not_claimed():
    world = repeatable("fbm")
    changed = {
        "kinds": ("fbm", "still"), "ragged": True, "stated": True, "giant": 1e14, "conditions": 2, "units": ("px", "s")
    }  # fmt: skip
    assert not any(by_command_line(replace(world, **{name: value})) for name, value in changed.items())


def test_options_are_said_as_they_are_typed():
    call = replace(draw(0).call, method="exact", focal_depth=1e-7, settings={
        "window": 12, "sigma": (1e-5, 0.25), "drift": True, "alpha": 1.0, "lags": (1, 2, 5)
    })  # fmt: skip
    said = " ".join(analyze_words(replace(draw(0), call=call), "a.csv", "b")[2:])
    assert said.endswith(
        "--window 12 --localization-error 0.00001,0.25 --drift --alpha 1 --lags 1,2,5 --focal-depth 0.0000001"
    )


# Estimators that break what must hold.


class Faulty(Estimator):
    """The exact estimator, with one fault."""

    info: ClassVar = Exact.info

    def estimate(self, tracks, *, rng):
        result = Exact(window=10).estimate(tracks, rng=rng)
        return replace(result, points=self.spoil(result.points, tracks), tracks=self.spoil(result.tracks, tracks))

    def spoil(self, table, tracks):
        return table


@dataclass(frozen=True)
class Sound(Faulty):
    pass


@dataclass(frozen=True)
class Raises(Faulty):
    def estimate(self, tracks, *, rng):
        raise MemoryError("too much")


@dataclass(frozen=True)
class StopsOnATrack(Faulty):
    def estimate(self, tracks, *, rng):
        if "3" in tracks.info["track"]:
            raise ValueError("3 is no track")
        return super().estimate(tracks, rng=rng)


@dataclass(frozen=True)
class Warns(Faulty):
    def estimate(self, tracks, *, rng):
        warnings.warn("divide by zero", RuntimeWarning, stacklevel=1)
        return super().estimate(tracks, rng=rng)


def spoiling(name, **columns):
    """An estimator whose columns are others; expressions are functions of the tracks."""

    def spoil(self, table, tracks):
        return table.with_columns(**{c: f(tracks) for c, f in columns.items() if c in table.columns})

    return dataclass(frozen=True)(type(name, (Faulty,), {"spoil": spoil}))


def largest(tracks):
    return float(np.abs(tracks.positions).max())


Crossed = spoiling("Crossed", alpha_lo=lambda _: pl.col("alpha") + 0.1, alpha_hi=lambda _: pl.col("alpha") + 0.2)
Negative = spoiling("Negative", D=lambda _: -pl.col("D"))
Impossible = spoiling("Impossible", alpha=lambda _: pl.col("alpha") * 0 + 2.5)
NotANumber = spoiling("NotANumber", D_frame=lambda _: pl.col("D_frame") * float("nan"))
Infinite = spoiling("Infinite", D=lambda _: pl.col("D") * float("inf"))
Speechless = spoiling("Speechless", status=lambda _: pl.lit("no_estimate"))
Renamed = spoiling("Renamed", track=lambda _: pl.lit("x"))
OfTheOrder = spoiling("OfTheOrder", D=lambda t: pl.col("D") * (1 + 1e-4 * (t.info["track"][0] < t.info["track"][-1])))
OfTheChunk = spoiling("OfTheChunk", D=lambda t: pl.col("D") * (1 - 1e-4 * len(t)))
OfTheLength = spoiling("OfTheLength", D=lambda t: pl.col("D") * (1 - 1e-4 * np.tanh(largest(t))))
OfTheTime = spoiling("OfTheTime", D=lambda t: pl.col("D") * (1 - 1e-4 * np.tanh(t.times.max() / 100)))


@dataclass(frozen=True)
class Silent(Faulty):
    def spoil(self, table, tracks):
        points = "x" in table.columns
        return table.with_columns(alpha=pl.lit(None, dtype=pl.Float64)) if points else table


@dataclass(frozen=True)
class Loses(Faulty):
    def estimate(self, tracks, *, rng):
        result = super().estimate(tracks, rng=rng)
        return replace(result, points=result.points[:-1], tracks=result.tracks[:-1])


CAUGHT_BY = {
    Raises: "traceback", StopsOnATrack: "failed", Warns: "warning", Crossed: "value outside its interval",
    Negative: "D not positive", Impossible: "alpha outside 0 to 2", NotANumber: "not finite", Infinite: "not finite",
    Silent: "status without its number", Speechless: "status without its number", Renamed: "rows", Loses: "rows",
    OfTheOrder: "changes with order", OfTheChunk: "changes with chunks", OfTheLength: "changes with length",
    OfTheTime: "changes with time",
}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    """Six tracks of free motion in µm and s, with an error that nobody knows, in which nothing is found."""
    call = Call("exact", {}, focal_depth=None, samples=None, by_command=False, stretch=1e-3, slow=60.0, parts=3)
    plain = {"missing": 0.0, "jitter": 0.0, "exposure": 0.0, "ragged": False, "giant": 1.0, "conditions": 0}
    return replace(
        draw(0), kinds=("fbm",), dimension=2, tracks=6, length=14, alpha=(0.8, 1.2), D=(1.0, 1.0), dt=0.5, step=1.0,
        error=0.1, stated=False, units=("µm", "s"), call=call, **plain,
    )  # fmt: skip


def test_a_sound_estimator_passes(world):
    assert examine.examine(world, Sound) == []


@pytest.mark.parametrize(("fault", "check"), CAUGHT_BY.items(), ids=lambda value: getattr(value, "__name__", value))
def test_every_fault_is_found(world, fault, check):
    found = examine.examine(world, fault)
    assert check in {finding.check for finding in found}
    if check.startswith("changes"):
        assert {finding.check for finding in found} == {check}, "the one change that matters is named"


def test_the_place_of_an_error_is_the_last_in_perrin():
    found = []
    with watched(found, "simulate"):
        simulate_fbm(1, 1)
    with watched(found, "test"):
        warnings.warn("odd", UserWarning, stacklevel=1)
    assert found[0] == Finding("traceback", "InputError in perrin/simulate/arguments.py:check_size", found[0].said)
    assert (found[1].check, found[1].said) == ("warning", "test: odd")


def test_faults_of_a_population_are_found():
    tracks = simulate_fbm(40, 8, seed=1, measurement=Measurement(sigma=0.1), units=Units("µm", "s")).tracks
    sound = population(tracks, draws=5)
    assert list(check_population(sound, tracks)) == []
    wrong = {
        "rows": replace(sound, facts=replace(sound.facts, n_tracks=39)),
        "population": replace(sound, facts=replace(sound.facts, reason="none")),
        "no fraction": replace(sound, laws=sound.laws.with_columns(jumps=-pl.col("jumps"))),
        "not finite": replace(sound, laws=sound.laws.with_columns(jumps_lo=pl.lit(float("inf")))),
        "D not positive": replace(sound, modes=sound.modes.with_columns(D_frame=-pl.col("D_frame"))),
        "value outside its interval": replace(sound, modes=sound.modes.with_columns(alpha_hi=pl.col("alpha_lo") / 2)),
        "alpha outside 0 to 2": replace(sound, modes=sound.modes.with_columns(alpha=pl.lit(2.0))),
        "fractions do not make up the whole": replace(sound, laws=sound.laws.with_columns(tracks=pl.col("tracks") / 2)),
    }
    for check, spoiled in wrong.items():
        assert check in {finding.check for finding in check_population(spoiled, tracks)}
    nothing = Twist("order", turned=True)
    assert list(compare_populations(nothing, sound, sound)) == []
    changed = compare_populations(nothing, wrong["fractions do not make up the whole"], sound)
    assert {finding.where for finding in changed} == {"population alpha", "population D_frame"}
    fewer = replace(sound, facts=replace(sound.facts, n_used=1))
    assert len(list(compare_populations(nothing, fewer, sound))) == 1


def test_faults_of_decisions_are_found():
    tracks = simulate_fbm(6, 64, seed=1).tracks
    sound = run_hurst_test(tracks, samples=20)
    assert list(check_decisions(sound, tracks)) == []
    tests, bands = sound.tests, sound.bands
    wrong = {
        "rows": replace(sound, tests=tests[:-1]),
        "no probability": replace(sound, tests=tests.with_columns(p=pl.lit(1.5))),
        "q below p": replace(sound, tests=tests.with_columns(q=pl.col("p") / 2)),
        "Hurst exponent outside 0 to 1": replace(sound, tests=tests.with_columns(hurst=-pl.col("hurst"))),
        "failed": replace(sound, tests=tests.with_columns(status=pl.lit("failed"))),
        "status without its number": replace(sound, tests=tests.with_columns(p=pl.lit(None, dtype=pl.Float64))),
        "value outside its interval": replace(sound, bands=bands.with_columns(lo=pl.col("hi") + 1)),
    }
    for check, spoiled in wrong.items():
        assert check in {finding.check for finding in check_decisions(spoiled, tracks)}
    turned = Twist("order", turned=True)
    assert list(compare_decisions(turned, run_hurst_test(turned.of(tracks), samples=20), sound, tracks)) == []
    assert len(list(compare_decisions(turned, sound, sound, tracks))) == 2
    assert len(list(compare_decisions(turned, wrong["failed"], sound, tracks))) == 1


def test_what_a_run_only_tells_of_is_found():
    """Side results that could not be made, and tests of a track that stopped, end no run."""
    record = {"problems": [{"what": "the population", "cause": "ValueError: 3 of 4", "remedy": ""}]}
    assert [f.kind for f in check_problems(record)] == ["failed: the population ValueError: # of #"]
    advice = [
        "",
        "fractional Brownian motion with one exponent does not fit",
        f"{status.FIT_UNTESTED} (ValueError: 7)",
        "no band (x); please report it",
    ]
    table = pl.DataFrame({"advice": advice, "status": ["ok"] * 4})
    assert len(list(check_advice(table, "exact"))) == 2
    assert list(check_problems({"problems": []})) == []


def test_another_unit_of_length_rounds_no_steps():
    """A walk at one velocity has turns that rounding makes: only powers of two leave them as they are."""
    plain = simulate_fbm(3, 20, seed=1).tracks
    steady = replace(plain, positions=0.1 * plain.times[:, None] * np.ones(2) + 7)
    assert without_rounding(1e3, plain) == 1e3
    assert without_rounding(1e3, steady) == 1024
    exact = Twist("length", stretch=without_rounding(1e-6, steady)).of(steady).positions
    assert np.array_equal(np.diff(exact, axis=0) * 2**20, np.diff(steady.positions, axis=0))


def test_shared_errors_of_two_samples_lie_within_their_intervals():
    twist = Twist("chunks", parts=3)
    near = {"sigma": 1.0, "low": 0.9, "high": 1.1}
    assert list(compare_shared_errors(twist, near, {"sigma": 1.05, "low": 0.95, "high": 1.2})) == []
    assert list(compare_shared_errors(twist, near, None)) == []
    assert len(list(compare_shared_errors(twist, near, {"sigma": 1.05, "low": 1.02, "high": 1.2}))) == 1


@pytest.mark.parametrize("seed", [764, 909, 1153, 1564, 2255, 2352, 2745, 2898, 3448, 3697, 3751])
def test_what_was_found_once_is_not_found_again(seed):
    """One world of every kind of finding that 5,000 worlds had."""
    assert examine.examine(draw(seed)) == []


# Limits of time, and what is kept.


def test_a_world_that_takes_too_long_is_a_finding(monkeypatch):
    def slow(world):
        for _ in range(2_000):
            sum(range(1_000_000))

    monkeypatch.setattr(crew, "examine", slow)
    record = crew.record_of(3, small=True, limit=0.2)
    assert record["findings"][0][0] == "too long"
    assert record["seconds"] < 5
    assert record["command"] == "python -m benchmarks.soak --only 3 --small"


@pytest.mark.slow
def test_a_process_that_dies_is_a_finding_and_is_replaced():
    worker = crew._Worker(small=True, limit=60)
    try:
        for number, check in ((signal.SIGPROF, "too long"), (signal.SIGSEGV, "died")):
            worker.take(5)
            first = worker._process
            os.kill(first.pid, number)
            record = worker.record()
            assert (record["seed"], record["findings"][0][0]) == (5, check)
            assert worker._process.pid != first.pid
        worker.take(6)
        assert worker.connection.poll(60)
        assert worker.record()["seed"] == 6
    finally:
        worker.end()


def test_a_run_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = []

    def records(seeds, *, small, jobs):
        for seed in seeds:
            if len(asked) == 3:
                raise KeyboardInterrupt
            asked.append(seed)
            faults = [["rows", "tamsd points", "1 of 2"]] if seed % 2 else []
            yield crew._record(seed, small, [Finding(*fault) for fault in faults])

    monkeypatch.setattr(soak, "records", records)
    with pytest.raises(KeyboardInterrupt):
        soak.run(tmp_path, worlds=5, first=10, small=True)
    book = journal.Journal.of(small=True)
    with book.path.open("a") as file:
        file.write('\n{"seed": 13, "fin')  # it was killed while it wrote
    assert sorted(book.read()) == [10, 11, 12]
    asked[:] = []
    result = soak.run(tmp_path, worlds=5, first=10, small=True)
    assert asked == [13, 14]
    assert json.loads(json.dumps(result)) == result
    assert (result["worlds"], result["worlds with findings"], result["met"]) == (5, 2, False)
    kind = result["kinds of findings"]["rows: tamsd points"]
    assert (kind["worlds"], kind["seeds"], kind["said"]) == (2, [11, 13], "1 of 2")
    assert kind["command"] == "python -m benchmarks.soak --only 11 --small"
    assert not book.path.exists()


def test_with_another_source_all_worlds_are_examined_anew(monkeypatch):
    before = journal.Journal.of(small=False)
    monkeypatch.setattr(journal, "__file__", crew.__file__.replace("crew", "none/none"))
    assert journal.Journal.of(small=False).path != before.path
    assert journal.Journal.of(small=True).path != before.path


def test_settings_of_all_methods_are_drawn():
    drawn = {}
    for world in map(draw, range(500)):
        drawn.setdefault(world.call.method, set()).update(world.call.settings)
    for name, settings in drawn.items():
        offered = {field.name for field in fields(method(name))} & SETTINGS
        assert settings == offered - ({"window"} if name.startswith("tandem") else set()), name
