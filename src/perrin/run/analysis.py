"""From tracks to estimates: the plan, the population pass, the chunks, what they say together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any, Final, Unpack, final

import numpy as np

from perrin.errors import InputError, PerrinError
from perrin.estimate import Estimator, MethodSettings, method
from perrin.estimate.population.sample import Sample
from perrin.estimate.settings import setting_types
from perrin.problems import Problem, Problems
from perrin.result import TABLES, Estimates, Overview, Population, PopulationFacts, concatenate_estimates, status
from perrin.run import tasks
from perrin.run.chunk_store import ChunkStore
from perrin.run.executor import Executor
from perrin.run.failed import estimate_all
from perrin.run.folder import Output, disk_errors
from perrin.run.local import Cores
from perrin.run.plan import generator, make_plan, plan_of
from perrin.run.populations import POPULATION, checked, population_estimator
from perrin.run.result_chunks import DamagedChunkError
from perrin.run.tasks import AnalysisJob, ChunkDigest, DigestCollector, SampleShares
from perrin.tracks import Provenance, Tracks
from perrin.tracks.reading import Readable, read
from perrin.types import Seed
from perrin.validate import seed_number

Progress = Callable[[int, int], None]
"""Called with the number of tracks done and the number of all tracks."""

_STATE_ERROR: Final = "The error is estimated for each track instead. It is safer to give it with --localization-error."
MOST_SUMMARIES: Final = 2_000
"""Chunks that the population pass looks at, evenly over all of them."""


@final
@dataclass(frozen=True, eq=False)
class AnalysisOutcome:
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
    data: Tracks | Readable,
    method: str | Estimator = "exact",
    *,
    seed: Seed = 0,
    workers: int = 1,
    **settings: Unpack[MethodSettings],
) -> Estimates:
    """Estimate alpha(t) and D(t) for tracks in memory, a table, or a file.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        method: the name of a method (`perrin methods` lists them), a model that `perrin learn` wrote, or an estimator.
        seed: of methods that draw random numbers: a whole number gives the same result each time, a generator is
            drawn from, None gives another result each time.
        workers: processes that share the work.
        settings: parameters of the named method, such as `window=20` (positions), `sigma=0.03` (localisation error in
            the tracks' unit of length), `alpha=1`, `drift=True`. An estimator has its own.

    Returns:
        Estimates with the tables `points` and `tracks`. A track on which the method stops has the status failed.
        Where what tracks share (the localisation error) or the fit of a track could not be found, a RuntimeWarning
        says so.

    Raises:
        InputError: naming what is wrong and the remedy.
    """
    tracks = data if isinstance(data, Tracks) else read(data)
    estimator, seed = chosen_estimator(method, settings), seed_number(seed)
    plan = make_plan(tracks, estimator, seed)

    def chunks(which: Iterable[int]) -> Iterator[tuple[int, Tracks]]:
        return ((index, plan.chunk(tracks, index)) for index in which)

    problems = Problems()
    with Cores(workers) as cores:
        ready = _prepared(
            estimator,
            len(plan),
            lambda some: cores.map(_summarize_in_memory, (estimator, len(plan)), chunks(some)),
            problems,
        )
        parts = dict(cores.map(_estimate_in_memory, (ready, seed), chunks(range(len(plan)))))
    found = concatenate_estimates([parts[i] for i in range(len(plan))])
    _note_untested(Overview.of(found), problems)
    problems.warn()
    return found


def analyze_into(
    folder: Output,
    store: ChunkStore,
    estimator: Estimator,
    *,
    seed: int = 0,
    focal_depth: float | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    lap: Callable[[str], object] = lambda _: None,
    problems: Problems | None = None,
) -> AnalysisOutcome:
    """The same for tracks in a chunk store, chunk by chunk; `folder` keeps finished ones: the run can be resumed.

    The two tables are written to `folder.draft`. A finished chunk that was damaged meanwhile is done again. `lap` is
    called with the name of each part once it is done. Side results that could not be made are added to `problems`.

    Raises:
        InputError: where a run is resumed that was another one.
        OSError: where the disk is full or the folder gone.
    """
    plan = plan_of(store, estimator, seed)
    todo = folder.begin(plan)
    done = store.tracks - sum(plan.size(i) for i in todo)
    executor = executor or Cores(1)
    executor.check(folder.results.storage)

    def report(index: int) -> None:
        nonlocal done
        done += plan.size(index)
        if progress is not None:
            progress(done, store.tracks)

    job, problems = _job(folder, store, estimator, seed, focal_depth), Problems() if problems is None else problems
    if todo:
        ready = _prepared(
            estimator, len(plan), lambda some: executor.map(tasks.summarize, job, ((index, None) for index in some)),
            problems,
        )  # fmt: skip
        job = _job(folder, store, ready, seed, focal_depth)
        lap("shared error")
        _estimate_chunks(executor, job, todo, report)
    lap("estimate")
    gathered = _collected_digest(executor, job, len(plan))
    lap("gather")
    with disk_errors():
        folder.results.join(len(plan), TABLES, folder.draft)
    lap("tables")
    outcome = _outcome(job, gathered, plan.fingerprint, problems)
    lap("population")
    return outcome


def _job(folder: Output, store: ChunkStore, estimator: Estimator, seed: int, focal_depth: float | None) -> AnalysisJob:
    population = population_estimator(estimator.settings(), focal_depth=focal_depth, seed=seed)
    return AnalysisJob(store, folder.results, estimator, seed, population, SampleShares.of(store, population))


def _prepared(
    estimator: Estimator, chunks: int, summarize: Callable[[Iterable[int]], Iterator[tuple[int, Any]]],
    problems: Problems,
) -> Estimator:  # fmt: skip
    """The estimator with what it must know of the population, found in a pass over the chunks where it needs one.

    Where that cannot be found it goes on without: each track then tells its own error, as in a small data set.
    """
    return problems.attempt(
        "the estimate of the localization error that all tracks share",
        lambda: _with_population(estimator, chunks, summarize),
        lambda _: estimator,
        remedy=_STATE_ERROR,
        unless=lambda error: isinstance(error, PerrinError),
    )


def _with_population(
    estimator: Estimator, chunks: int, summarize: Callable[[Iterable[int]], Iterator[tuple[int, Any]]]
) -> Estimator:
    some = np.unique(np.linspace(0, chunks - 1, min(chunks, MOST_SUMMARIES)).astype(np.int64)).tolist()
    found = dict(summarize(some[:1]))
    if found[some[0]] is None:
        return estimator
    found |= dict(summarize(some[1:]))
    return estimator.prepare([found[index] for index in some])


def _estimate_chunks(executor: Executor, job: AnalysisJob, todo: Iterable[int], report: Callable[[int], None]) -> None:
    # Closed at once on an error: the workers end with it.
    with closing(executor.map(tasks.estimate, job, ((index, None) for index in todo))) as finished:
        for index, _ in finished:
            report(index)


def _collected_digest(executor: Executor, job: AnalysisJob, chunks: int) -> ChunkDigest:
    """What is needed of all chunks; those that are damaged are estimated again, once."""
    gathering = DigestCollector(chunks)
    for _ in range(2):
        missing = [(index, None) for index in gathering.missing()]
        for index, part in executor.map(tasks.digest, job, missing):
            if part is not None:
                gathering.add(index, part)
        damaged = gathering.missing()
        if not damaged:
            return gathering.whole()
        for index in damaged:
            job.results.forget(index)
        _estimate_chunks(executor, job, damaged, lambda _: None)
    raise DamagedChunkError(
        f"{job.results.storage}: files read back differ from what was written. Repair the disk, then run the same "
        "command with --resume, or write to another disk with another -o"
    )


def _outcome(job: AnalysisJob, digest: ChunkDigest, plan: str, problems: Problems) -> AnalysisOutcome:
    _note_untested(digest.overview, problems)
    tracks = replace(digest.tracks, provenance=job.store.provenance)
    return AnalysisOutcome(digest.overview, digest.estimates, tracks, _population(job, digest, problems), plan)


def _population(job: AnalysisJob, digest: ChunkDigest, problems: Problems) -> Population:
    """The population of all tracks, or one without laws and with the reason."""
    sample = digest.sample

    def none(problem: Problem) -> Population:
        return Population.none(PopulationFacts(reason=problem.sentence), digest.estimates.units)

    def made(sample: Sample) -> Population:
        # The settings of the method were found by the run that began the chunks, which may be another one.
        together = population_estimator(
            digest.estimates.settings, focal_depth=job.population.focal_depth, seed=job.population.seed
        )
        return checked(together.estimate(sample))

    if isinstance(sample, Problem):
        problems.add(sample)
        return none(sample)
    return problems.attempt(POPULATION, lambda: made(sample), none)


def _note_untested(overview: Overview, problems: Problems) -> None:
    if overview.fit_untested:
        cause = f"it failed on {overview.fit_untested:,} of {overview.tracks:,} tracks; the column advice shows why"
        problems.add(Problem("the test of the fit", cause))


def _summarize_in_memory(settings: tuple[Estimator, int], tracks: Tracks, index: int) -> Any:
    """Task: what the population pass must know of one chunk in memory."""
    del index
    estimator, chunks = settings
    return estimator.summarize(tracks, chunks=chunks)


def _estimate_in_memory(settings: tuple[Estimator, int], tracks: Tracks, index: int) -> Estimates:
    """Task: the estimates of one chunk in memory."""
    estimator, seed = settings
    return estimate_all(estimator, tracks, generator(seed, index))


_WHOLE: Final = ("int", "int | None")
"""Types of settings that count something."""


def chosen_estimator(method: str | Estimator, settings: Mapping[str, object]) -> Estimator:
    """The estimator itself, or the method of that name with the settings.

    Raises InputError for settings beside an estimator, which has its own, and as `make_estimator` does.
    """
    if isinstance(method, str):
        return make_estimator(method, settings)
    if settings:
        raise InputError(
            f"{next(iter(settings))} is given beside an estimator, which has settings of its own",
            remedy="Set it where the estimator is made.",
        )
    return method


def make_estimator(
    name: str, settings: Mapping[str, object], *, option_name: Callable[[str], str] = lambda setting: setting
) -> Estimator:
    """The method `name` with the given settings.

    Raises InputError for a setting that it does not have, or that is no whole number where it must be;
    `option_name` says what the user calls a setting.
    """
    cls = method(name)
    chosen: dict[str, Any] = {"model": name, **settings} if name.endswith(".onnx") else dict(settings)
    known = setting_types(cls)
    for setting, value in chosen.items():
        if setting not in known:
            listing = ", ".join(sorted(map(option_name, known)))
            raise InputError(
                f"method {name!r} has no setting {option_name(setting)}", remedy=f"Its settings are: {listing}."
            )
        if known[setting] in _WHOLE and not (value is None or isinstance(value, Integral)):
            raise InputError(f"{option_name(setting)} is {value!r}", remedy="Give a whole number.")
    return cls(**chosen)


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
