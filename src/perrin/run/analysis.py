"""From tracks to estimates: the plan, the population pass, the chunks, what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, fields, replace
from numbers import Integral
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError, PerrinError
from perrin.estimate import Estimator, method
from perrin.estimate.population.sample import Sample
from perrin.problems import Problem, Problems
from perrin.result import TABLES, Estimates, Overview, Population, PopulationFacts, concatenate_estimates, status
from perrin.run import job as tasks
from perrin.run.executor import Executor
from perrin.run.failed import estimate_all
from perrin.run.folder import Output, disk_errors
from perrin.run.job import Gathered, Gathering, Job, Share
from perrin.run.kept import DamagedChunkError
from perrin.run.local import Cores
from perrin.run.plan import generator, make_plan, plan_of
from perrin.run.population import POPULATION, checked, population_estimator
from perrin.run.shelf import Shelf
from perrin.tracks import Provenance, Tracks
from perrin.tracks.read import read

Progress = Callable[[int, int], None]
"""Called with the number of tracks done and the number of all tracks."""

_STATE_ERROR: Final = "Every track tells its own error instead; stating it (--localization-error) is safer."
MOST_SUMMARIES: Final = 2_000
"""Chunks that the population pass looks at, evenly over all of them."""


@final
@dataclass(frozen=True, eq=False)
class Outcome:
    """What an analysis leaves beside its tables.

    Attributes:
        overview: the numbers of all tracks.
        estimates: tracks that stand for all of them (all, where there are not very many), with the points of those
            in `tracks`.
        tracks: those of them that are drawn as they run.
        population: of all tracks together; one without laws and with a reason where it could not be made.
        plan: fingerprint of the run.
    """

    overview: Overview
    estimates: Estimates
    tracks: Tracks
    population: Population
    plan: str


def analyze(
    data: Any, *, method: str | Estimator = "exact", seed: int = 0, workers: int = 1, **settings: Any
) -> Estimates:
    """Estimate alpha(t) and D(t) for tracks in memory, a table, or a file.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        method: name of a method ('exact', 'tamsd') or an estimator.
        seed: of methods that draw random numbers.
        workers: processes to share the work.
        settings: parameters of the method, e.g. `window=20`, `sigma=0.03`, `alpha=1`, `drift=True`.

    Returns:
        Estimates with the tables `points` and `tracks`. A track on which the method stops has the status failed.
        Where what tracks share (the localisation error) or the fit of a track could not be found, a RuntimeWarning
        says so.

    Raises:
        InputError: naming what is wrong and the remedy.
    """
    tracks = data if isinstance(data, Tracks) else read(data)
    estimator = make_estimator(method, settings) if isinstance(method, str) else method
    plan = make_plan(tracks, estimator, seed)

    def chunks(which: Iterable[int]) -> Iterator[tuple[int, Tracks]]:
        return ((index, plan.chunk(tracks, index)) for index in which)

    problems = Problems()
    with Cores(workers) as cores:
        ready = _prepared(
            estimator, len(plan), lambda some: cores.map(_summarise, (estimator, len(plan)), chunks(some)), problems
        )
        parts = dict(cores.map(_estimate, (ready, seed), chunks(range(len(plan)))))
    found = concatenate_estimates([parts[i] for i in range(len(plan))])
    _note_untested(Overview.of(found), problems)
    problems.warn()
    return found


def analyze_into(
    folder: Output,
    shelf: Shelf,
    estimator: Estimator,
    *,
    seed: int = 0,
    focal_depth: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    lap: Callable[[str], object] = lambda _: None,
    problems: Problems | None = None,
) -> Outcome:
    """The same for tracks on a shelf, chunk by chunk; `folder` keeps finished ones, so that the run can be resumed.

    The two tables are written to `folder.draft`. A finished chunk that was damaged meanwhile is done again. `lap` is
    called with the name of each part once it is done. Side results that could not be made are added to `problems`.

    Raises:
        InputError: where a run is resumed that was another one.
        OSError: where the disk is full or the folder gone.
    """
    plan = plan_of(shelf, estimator, seed)
    todo = folder.begin(plan)
    done = shelf.tracks - sum(plan.size(i) for i in todo)
    executor = executor or Cores(1)
    executor.check(folder.kept.place)

    def told(index: int) -> None:
        nonlocal done
        done += plan.size(index)
        if progress is not None:
            progress(done, shelf.tracks)

    job, problems = _job(folder, shelf, estimator, seed, focal_depth), Problems() if problems is None else problems
    if todo:
        ready = _prepared(
            estimator, len(plan), lambda some: executor.map(tasks.summarise, job, ((index, None) for index in some)),
            problems,
        )  # fmt: skip
        job = _job(folder, shelf, ready, seed, focal_depth)
        lap("shared error")
        _carry_out(executor, job, todo, told)
    lap("estimate")
    gathered = _gathered(executor, job, len(plan))
    lap("gather")
    with disk_errors():
        folder.kept.join(len(plan), TABLES, folder.draft)
    lap("tables")
    outcome = _outcome(job, gathered, plan.fingerprint, problems)
    lap("population")
    return outcome


def _job(folder: Output, shelf: Shelf, estimator: Estimator, seed: int, focal_depth: float | None) -> Job:
    population = population_estimator(estimator.settings(), focal_depth=focal_depth, seed=seed)
    return Job(shelf, folder.kept, estimator, seed, population, Share.of(shelf, population))


def _prepared(
    estimator: Estimator, chunks: int, summarise: Callable[[Iterable[int]], Iterator[tuple[int, Any]]],
    problems: Problems,
) -> Estimator:  # fmt: skip
    """The estimator with what it must know of the population, found in a pass over the chunks where it needs one.

    Where that cannot be found it goes on without: each track then tells its own error, as in a small data set.
    """
    return problems.attempt(
        "the localisation error that all tracks share", lambda: _with_population(estimator, chunks, summarise),
        lambda _: estimator, remedy=_STATE_ERROR, unless=(PerrinError,),
    )  # fmt: skip


def _with_population(
    estimator: Estimator, chunks: int, summarise: Callable[[Iterable[int]], Iterator[tuple[int, Any]]]
) -> Estimator:
    some = np.unique(np.linspace(0, chunks - 1, min(chunks, MOST_SUMMARIES)).astype(np.int64)).tolist()
    found = dict(summarise(some[:1]))
    if found[some[0]] is None:
        return estimator
    found |= dict(summarise(some[1:]))
    return estimator.prepare([found[index] for index in some])


def _carry_out(executor: Executor, job: Job, todo: Iterable[int], told: Callable[[int], None]) -> None:
    # Closed at once on an error: the workers end with it.
    with closing(executor.map(tasks.estimate, job, ((index, None) for index in todo))) as finished:
        for index, _ in finished:
            told(index)


def _gathered(executor: Executor, job: Job, chunks: int) -> Gathered:
    """What is needed of all chunks; those that are damaged are estimated again, once."""
    gathering = Gathering(chunks)
    for _ in range(2):
        missing = [(index, None) for index in gathering.missing()]
        for index, part in executor.map(tasks.gather, job, missing):
            if part is not None:
                gathering.put(index, part)
        damaged = gathering.missing()
        if not damaged:
            return gathering.whole()
        for index in damaged:
            job.kept.forget(index)
        _carry_out(executor, job, damaged, lambda _: None)
    raise DamagedChunkError(
        f"{job.kept.place}: what is written there comes back changed. Mend or leave that disk, then run the same "
        "command with --resume"
    )


def _outcome(job: Job, found: Gathered, plan: str, problems: Problems) -> Outcome:
    _note_untested(found.overview, problems)
    tracks = replace(found.tracks, provenance=job.shelf.provenance)
    return Outcome(found.overview, found.estimates, tracks, _population(job, found, problems), plan)


def _population(job: Job, found: Gathered, problems: Problems) -> Population:
    """The population of all tracks, or one without laws and with the reason."""
    sample = found.sample

    def none(problem: Problem) -> Population:
        return Population.none(PopulationFacts(reason=problem.sentence), found.estimates.units)

    def made(sample: Sample) -> Population:
        # The settings of the method were found by the run that began the chunks, which may be another one.
        together = population_estimator(
            found.estimates.settings, focal_depth=job.population.focal_depth, seed=job.population.seed
        )
        return checked(together.estimate(sample))

    if isinstance(sample, Problem):
        problems.add(sample)
        return none(sample)
    return problems.attempt(POPULATION, lambda: made(sample), none)


def _note_untested(overview: Overview, problems: Problems) -> None:
    if overview.fit_untested:
        cause = f"it stopped on {overview.fit_untested:,} of {overview.tracks:,} tracks, whose advice says why"
        problems.add(Problem("fit_p of all tracks", cause))


def _summarise(asked: tuple[Estimator, int], tracks: Tracks, index: int) -> Any:
    """Task: what the population pass must know of one chunk in memory."""
    del index
    estimator, chunks = asked
    return estimator.summarise(tracks, chunks=chunks)


def _estimate(asked: tuple[Estimator, int], tracks: Tracks, index: int) -> Estimates:
    """Task: the estimates of one chunk in memory."""
    estimator, seed = asked
    return estimate_all(estimator, tracks, generator(seed, index))


_WHOLE: Final = ("int", "int | None")
"""Types of settings that count something."""


def make_estimator(
    name: str, settings: Mapping[str, Any], *, spoken: Callable[[str], str] = lambda setting: setting
) -> Estimator:
    """The method `name` with the given settings.

    Raises InputError for a setting that it does not have, or that is no whole number where it must be; `spoken` says
    what the user calls a setting.
    """
    cls = method(name)
    if name.endswith(".onnx"):
        settings = {"model": name, **settings}
    known = {field.name: str(field.type) for field in fields(cls)}  # type: ignore[arg-type]
    for setting, value in settings.items():
        if setting not in known:
            listing = ", ".join(sorted(map(spoken, known)))
            raise InputError(f"method {name!r} takes no {spoken(setting)}", remedy=f"It takes: {listing}.")
        if known[setting] in _WHOLE and not (value is None or isinstance(value, Integral)):
            raise InputError(f"{spoken(setting)} is {value!r}", remedy="Give a whole number.")
    return cls(**settings)


def why_nothing(overview: Overview, provenance: Iterable[Provenance]) -> str | None:
    """Where no track could be estimated, the reasons with their counts; None where at least one could."""
    found = overview.tracks_by_status
    if status.OK in found:
        return None
    ranked = sorted(found.items(), key=lambda entry: -entry[1])
    reasons = [f"{count:,} {name} ({status.MEANING[name]})" for name, count in ranked] or ["no tracks"]
    ignored: dict[str, int] = {}
    for origin in provenance:
        for reason, count in origin.ignored.items():
            ignored[reason] = ignored.get(reason, 0) + count
    return "; ".join(reasons + [f"{count:,} rows left out ({reason})" for reason, count in ignored.items()])
