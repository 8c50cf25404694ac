"""From tracks to estimates: the plan, the population pass, the chunks, the record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields
from typing import Any

from perrin.errors import InputError
from perrin.estimate import Estimator, method
from perrin.result import Estimates, concatenate_estimates, status
from perrin.run.folder import OutputFolder
from perrin.run.local import Cores, estimate, summarise
from perrin.run.plan import Plan, make_plan
from perrin.tracks import Tracks
from perrin.tracks.read import read

Progress = Callable[[int, int], None]
"""Called with the number of tracks done and the number of all tracks."""


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
        Estimates with the tables `points` and `tracks`.

    Raises:
        InputError: naming what is wrong and the remedy.
    """
    tracks = data if isinstance(data, Tracks) else read(data)
    estimator = make_estimator(method, settings) if isinstance(method, str) else method
    plan = make_plan(tracks, estimator, seed)
    with Cores(workers) as cores:
        ready = prepared(estimator, tracks, plan, cores)
        parts = dict(cores.map(estimate, tracks, ready, plan, range(len(plan))))
    return concatenate_estimates([parts[i] for i in range(len(plan))])


def analyze_into(
    folder: OutputFolder,
    tracks: Tracks,
    estimator: Estimator,
    *,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> Estimates:
    """The same in chunks that are kept in `folder` as they finish, so that the run can be resumed.

    Raises InputError where a run is resumed that was another one, and OSError where the disk is full.
    """
    plan = make_plan(tracks, estimator, seed)
    todo = folder.begin(plan)
    sizes = [plan.borders[i + 1] - plan.borders[i] for i in range(len(plan))]
    done = len(tracks) - sum(sizes[i] for i in todo)
    with Cores(workers) as cores:
        ready = prepared(estimator, tracks, plan, cores)
        # Closed at once on an error: the workers end with it.
        with closing(cores.map(estimate, tracks, ready, plan, todo)) as results:
            for index, estimates in results:
                folder.keep(index, estimates)
                done += sizes[index]
                if progress is not None:
                    progress(done, len(tracks))
    return folder.collect(plan)


def prepared(estimator: Estimator, tracks: Tracks, plan: Plan, cores: Cores) -> Estimator:
    """The estimator with what it must know of the population, found in a pass over all chunks where it needs one."""
    first = summarise(estimator, plan.chunk(tracks, 0), plan.seed, 0)
    if first is None:
        return estimator
    others = dict(cores.map(summarise, tracks, estimator, plan, range(1, len(plan))))
    return estimator.prepare([first, *(others[i] for i in range(1, len(plan)))])


def make_estimator(
    name: str, settings: Mapping[str, Any], *, spoken: Callable[[str], str] = lambda setting: setting
) -> Estimator:
    """The method `name` with the given settings.

    Raises InputError for a setting that it does not have; `spoken` says what the user calls a setting.
    """
    cls = method(name)
    if name.endswith(".onnx"):
        settings = {"model": name, **settings}
    known = [field.name for field in fields(cls)]  # type: ignore[arg-type]
    for setting in settings:
        if setting not in known:
            listing = ", ".join(sorted(map(spoken, known)))
            raise InputError(f"method {name!r} takes no {spoken(setting)}", remedy=f"It takes: {listing}.")
    return cls(**settings)


def why_nothing(estimates: Estimates, tracks: Tracks) -> str | None:
    """Where no track could be estimated, the reasons with their counts; None where at least one could."""
    counted = estimates.tracks["status"].value_counts(sort=True)
    found = dict(zip(counted["status"].to_list(), counted["count"].to_list(), strict=True))
    if status.OK in found:
        return None
    reasons = [f"{count:,} {name} ({status.MEANING[name]})" for name, count in found.items()] or ["no tracks"]
    ignored: Counter[str] = Counter()
    for origin in tracks.provenance:
        ignored.update(origin.ignored)
    return "; ".join(reasons + [f"{count:,} rows left out ({reason})" for reason, count in ignored.items()])
