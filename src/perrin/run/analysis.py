"""From tracks to estimates: the plan, the population pass, the chunks, the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from perrin.errors import InputError
from perrin.estimate import Estimator, method
from perrin.result import Estimates, concatenate_estimates, status
from perrin.run.folder import OutputFolder
from perrin.run.local import run_chunks
from perrin.run.plan import make_plan
from perrin.tracks import Tracks
from perrin.tracks.read import read

Progress = Callable[[int, int], None]
"""Called with the number of tracks done and the number of all tracks."""


def analyze(data: Any, *, method: str | Estimator = "exact", seed: int = 0, **settings: Any) -> Estimates:
    """Estimate alpha(t) and D(t) for tracks in memory, a table, or a file.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        method: name of a method ('exact', 'tamsd') or an estimator.
        seed: of methods that draw random numbers.
        settings: parameters of the method, e.g. `window=20`, `sigma=0.03`, `alpha=1`, `drift=True`.

    Returns:
        Estimates with the tables `points` and `tracks`.

    Raises:
        InputError: naming what is wrong and the remedy.
    """
    tracks = data if isinstance(data, Tracks) else read(data)
    estimator = make_estimator(method, settings) if isinstance(method, str) else method
    plan = make_plan(tracks, estimator, seed)
    parts = dict(run_chunks(tracks, estimator, plan, range(len(plan)), workers=1))
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
    """The same in chunks that are kept in `folder` as they finish, so that the run can be resumed."""
    plan = make_plan(tracks, estimator, seed)
    todo = folder.begin(plan)
    sizes = [plan.borders[i + 1] - plan.borders[i] for i in range(len(plan))]
    done = len(tracks) - sum(sizes[i] for i in todo)
    for index, estimates in run_chunks(tracks, estimator, plan, todo, workers=workers):
        folder.keep(index, estimates)
        done += sizes[index]
        if progress is not None:
            progress(done, len(tracks))
    return folder.collect(plan)


def make_estimator(name: str, settings: dict[str, Any]) -> Estimator:
    """The method `name` with the given settings; raises InputError for a setting that it does not have."""
    cls = method(name)
    known = set(cls.__dataclass_fields__)  # type: ignore[attr-defined]
    for setting in settings:
        if setting not in known:
            raise InputError(f"method {name!r} takes no {setting!r}", remedy=f"It takes: {', '.join(sorted(known))}.")
    return cls(**settings)


def why_nothing(estimates: Estimates) -> str | None:
    """Where no track could be estimated, the reasons with their counts; None where at least one could."""
    counted = estimates.tracks["status"].value_counts(sort=True)
    found = dict(zip(counted["status"].to_list(), counted["count"].to_list(), strict=True))
    if status.OK in found:
        return None
    return "; ".join(f"{count:,} {name} ({status.MEANING[name]})" for name, count in found.items()) or "no tracks"
