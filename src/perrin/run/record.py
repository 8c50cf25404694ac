"""`run.json`: what was read, what was done with which settings, what came out, and how long it took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import polars as pl

from perrin.estimate import METHODS, method
from perrin.estimate.settings import setting_types
from perrin.problems import Problems
from perrin.result import Estimates, HurstTest, Overview, Population
from perrin.tracks import Provenance, Tracks, Units
from perrin.types import Json
from perrin.version import __version__


def make_record(
    tracks: Tracks,
    estimates: Estimates,
    *,
    command: str | None = None,
    options: Mapping[str, Any] | None = None,
    timings: Mapping[str, float] | None = None,
    seed: int = 0,
    population: Population | None = None,
    paths: Mapping[str, str] | None = None,
    overview: Overview | None = None,
    plan: str | None = None,
    problems: Problems | None = None,
) -> Json:
    """The record of a run as plain values: inputs with sha256, options, counts by status, summary, population, timings.

    Without a `command` the call of `perrin.analyze` is recorded that gives the same. Where `tracks` and `estimates`
    only stand for all of them, `overview` has the numbers of all. `plan` is the fingerprint of the run, `problems`
    are the side results that could not be made.
    """
    overview = overview or Overview.of(estimates)
    read = record_of_input(tracks.provenance, tracks.units, points=overview.points, tracks=overview.tracks, paths=paths)
    record: Json = {
        "perrin": __version__,
        "command": _call(estimates) if command is None else command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": record_of_method(estimates),
        "inputs": read["inputs"],
        "options": dict(options or {}),
        "counts": read["counts"]
        | {
            "gappy_tracks": overview.gappy,
            "irregular_tracks": overview.irregular,
            "tracks_by_status": overview.tracks_by_status,
            "points_by_status": overview.points_by_status,
        },
        "shown": {"tracks": estimates.tracks.height, "drawn": len(tracks)},
        "units": read["units"],
        "summary": overview.summary.as_json(),
        "population": None if population is None else population.as_json(),
        "timings": {k: round(v, 3) for k, v in (timings or {}).items()},
        "seed": seed,
        "plan": plan,
        "problems": (problems or Problems()).as_json(),
    }
    return plain(record)  # type: ignore[no-any-return]


def record_of_input(
    provenance: Sequence[Provenance], units: Units, *, points: int, tracks: int, paths: Mapping[str, str] | None = None
) -> Json:
    """The entries inputs, counts and units of a record: what was read, and what was left out."""
    ignored: Counter[str] = Counter()
    for entry in provenance:
        ignored.update(entry.ignored)
    return {
        "inputs": [asdict(p) | {"path": (paths or {}).get(p.source, p.source)} for p in provenance],
        "counts": {
            "sources": len(provenance),
            "rows": sum(p.rows for p in provenance),
            "points": points,
            "tracks": tracks,
            "ignored": dict(ignored),
        },
        "units": {"length": units.length, "time": units.time},
    }


def record_of_method(result: Estimates | HurstTest) -> Json:
    """The entry method of a record: what the method is, how it was set, and what to cite."""
    info = result.info or method(result.method).info
    return {
        "name": info.name,
        "title": info.title,
        "settings": dict(result.settings),
        "summary": info.summary,
        "limits": info.limits,
        "citations": list(info.citations),
    }


def gap_counts(table: pl.DataFrame) -> dict[str, int]:
    """How many tracks have gaps, and how many irregular times."""
    return {
        "gappy_tracks": int((table["n_gaps"] > 0).sum()),
        "irregular_tracks": int(table["n_gaps"].is_null().sum()),
    }


def _call(estimates: Estimates) -> str:
    name = estimates.method
    if name not in (*METHODS, "learned"):
        return f"perrin.analyze(tracks, method=ESTIMATOR), with your own estimator {name!r}"
    known = setting_types(method(name))
    given = "".join(f", {key}={value!r}" for key, value in estimates.settings.items() if key in known)
    return f"perrin.analyze(tracks, method={name!r}{given})"


def by_status(table: pl.DataFrame) -> dict[str, int]:
    """How many rows have each status."""
    counted = table["status"].value_counts()
    return dict(sorted(zip(counted["status"].to_list(), counted["count"].to_list(), strict=True)))


def plain(value: Any) -> Any:
    """Only what JSON has: no NaN, no tuples, no NumPy numbers."""
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
