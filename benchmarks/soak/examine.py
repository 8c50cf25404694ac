"""One world from the first position to the report, and all that is wrong with it."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

import perrin
from benchmarks.soak.checks import check_decisions, check_estimates, check_population, check_problems
from benchmarks.soak.command import analyze_words, test_words
from benchmarks.soak.finding import Finding, watched
from benchmarks.soak.particles import tracks_of
from benchmarks.soak.twists import (
    Twist,
    all_of,
    compare_decisions,
    compare_estimates,
    compare_populations,
    compare_shared_errors,
    without_rounding,
)
from benchmarks.soak.worlds import World
from perrin.errors import NothingToAnalyzeError
from perrin.estimate import Estimator
from perrin.estimate.exact.error_evidence import MOST
from perrin.hurst_test import run_hurst_test
from perrin.result import (
    Estimates,
    HurstTest,
    Population,
    concatenate_estimates,
    read_estimates,
    read_hurst_test,
    read_population,
)
from perrin.run import make_estimator, make_record, population_estimator
from perrin.run.failed import estimate_all
from perrin.run.plan import make_plan
from perrin.tracks import Tracks
from perrin.tracks.store import write_parquet
from perrin.types import Json

_DRAWS: Final = 5
"""Bootstrap samples of a population; the command line takes its own number."""


def examine(world: World, estimator: type[Estimator] | None = None) -> list[Finding]:
    """All that is wrong in a world; `estimator` stands in for the method that it names."""
    found: list[Finding] = []
    with watched(found, "simulate"):
        tracks = tracks_of(world)
        for stage in (_examine_method, _examine_decisions):
            stage(world, tracks, estimator, found)
        if world.call.by_command:
            _examine_command(world, tracks, found)
    return sorted(set(found))


def _examine_method(
    world: World, tracks: Tracks, estimator: type[Estimator] | None, found: list[Finding]
) -> None:  # fmt: skip
    """The main job, and once more with everything twisted that must not matter."""
    result = population = None
    with watched(found, "analyze"):
        result = perrin.analyze(tracks, method=_estimator(world, Twist("nothing"), estimator))
        found += check_estimates(result, tracks)
        json.dumps(make_record(tracks, result), allow_nan=False)
    if result is None:
        return
    with watched(found, "population"):
        population = _population(world, tracks, Twist("nothing"), result)
        found += check_population(population, tracks)
    together, *single = _twists(world, tracks)
    if changed := list(_changes(world, tracks, together, estimator, result, population, found)):
        alone = [
            one for twist in single for one in _changes(world, tracks, twist, estimator, result, population, found)
        ]
        found += alone or changed


def _twists(world: World, tracks: Tracks) -> list[Twist]:
    """Uncalibrated times are frames, whatever they are multiplied with."""
    slow = 1.0 if world.units[1] == "frame" else world.call.slow
    stretch = without_rounding(world.call.stretch, tracks)
    return all_of(turned=True, stretch=stretch, slow=slow, parts=world.call.parts)


def _changes(
    world: World, tracks: Tracks, twist: Twist, estimator: type[Estimator] | None, base: Estimates,
    population: Population | None, found: list[Finding],
) -> Iterator[Finding]:  # fmt: skip
    with watched(found, f"analyze with another {twist.name}"):
        ready = _ready(world, tracks, twist, estimator)
        if _sampled(world, tracks, estimator):
            held = _ready(world, tracks, replace(twist, turned=False, parts=0), estimator)
            yield from compare_shared_errors(twist, *(one.settings().get("pooled") for one in (ready, held)))
            ready = held
        twisted = twist.of(tracks)
        result = concatenate_estimates(
            [
                estimate_all(ready, chunk, np.random.default_rng([0, i]))
                for i, chunk in enumerate(_chunks(ready, twisted, twist))
            ]
        )
        yield from compare_estimates(twist, result, base, tracks)
        if population is not None and _settled(base, result):
            yield from compare_populations(twist, _population(world, twisted, twist, result), population)


def _settled(base: Estimates, result: Estimates) -> bool:
    """Whether both rest on the same knowledge of the localisation error."""
    return (base.settings.get("pooled") is None) == (result.settings.get("pooled") is None)


def _estimator(world: World, twist: Twist, stand_in: type[Estimator] | None) -> Estimator:
    settings = twist.settings(world.call.settings)
    return make_estimator(world.call.method, settings) if stand_in is None else stand_in()


def _sampled(world: World, tracks: Tracks, stand_in: type[Estimator] | None) -> bool:
    """Whether only a sample of the tracks tells of the error that they share: it changes with order and chunks."""
    summary = _estimator(world, Twist("nothing"), stand_in).summarize(tracks)
    return summary is not None and len(summary) >= MOST


def _ready(world: World, tracks: Tracks, twist: Twist, stand_in: type[Estimator] | None) -> Estimator:
    """The method, with what the twisted tracks tell of the error that they share."""
    estimator = _estimator(world, twist, stand_in)
    chunks = _chunks(estimator, twist.of(tracks), twist)
    summaries = [estimator.summarize(chunk, chunks=len(chunks)) for chunk in chunks]
    return estimator if summaries[0] is None else estimator.prepare(summaries)


def _chunks(estimator: Estimator, twisted: Tracks, twist: Twist) -> list[Tracks]:
    if twist.parts:
        return twist.chunks(twisted)
    plan = make_plan(twisted, estimator, 0)
    return [plan.chunk(twisted, index) for index in range(len(plan))]


def _population(world: World, tracks: Tracks, twist: Twist, result: Estimates) -> Population:
    depth = None if world.call.focal_depth is None else world.call.focal_depth * twist.stretch
    together = replace(population_estimator(result.settings, focal_depth=depth), draws=_DRAWS)
    samples = [together.sample(chunk) for chunk in (twist.chunks(tracks) if twist.parts else [tracks])]
    return together.estimate(samples[0].merged(samples))


def _examine_decisions(
    world: World, tracks: Tracks, estimator: type[Estimator] | None, found: list[Finding]
) -> None:  # fmt: skip
    if world.call.samples is None:
        return
    base = None
    with watched(found, "test"):
        base = _decided(world, tracks, estimator)
        found += check_decisions(base, tracks)
    if base is None:
        return
    for twist in _twists(world, tracks)[1:4]:
        with watched(found, f"test with another {twist.name}"):
            found += compare_decisions(twist, _decided(world, twist.of(tracks), estimator), base, tracks)


def _decided(world: World, tracks: Tracks, estimator: type[Estimator] | None) -> HurstTest:
    method = "coeurjolly" if estimator is None else estimator()
    return run_hurst_test(tracks, method=method, samples=world.call.samples or 20)


def _examine_command(world: World, tracks: Tracks, found: list[Finding]) -> None:
    """From a file to the report, by the command line."""
    with watched(found, "perrin analyze"), TemporaryDirectory() as folder:
        file, out = Path(folder) / "tracks.parquet", Path(folder) / "out"
        write_parquet(tracks, file)
        _command(analyze_words(world, str(file), str(out)))
        found += check_estimates(read_estimates(out), perrin.read(file))
        found += check_population(read_population(out), tracks)
        found += check_problems(_record(out))
    if world.call.samples is not None:
        with watched(found, "perrin test"), TemporaryDirectory() as folder:
            file, out = Path(folder) / "tracks.parquet", Path(folder) / "out"
            write_parquet(tracks, file)
            _command(test_words(world, str(file), str(out)))
            found += check_decisions(read_hurst_test(out), tracks)
            found += check_problems(_record(out))


def _command(words: list[str]) -> None:
    """The command in this process; nothing to analyse is an answer too."""
    from perrin.cli.app import app

    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(NothingToAnalyzeError):
        app(words, standalone_mode=False)


def _record(out: Path) -> Json:
    """The record, which is JSON as others read it, beside a whole report; raises ValueError where one is not."""

    def refuse(word: str) -> float:
        raise ValueError(f"run.json has {word}")

    if "</html>" not in (out / "report.html").read_text(encoding="utf-8")[-100:]:
        raise ValueError("the report is not whole")
    record: Json = json.loads((out / "run.json").read_text(encoding="utf-8"), parse_constant=refuse)
    return record
