"""`run.json`: what was read, what was done with which settings, what came out, and how long it took."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from perrin.estimate import method
from perrin.result import Estimates, Population, summarise
from perrin.tracks import Tracks
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
) -> Json:
    """The record of a run as plain values: inputs with sha256, options, counts by status, summary, population, timings.

    Without a `command` the call of `perrin.analyze` is recorded that gives the same.
    """
    info = method(estimates.method).info
    inputs = [asdict(p) | {"path": (paths or {}).get(p.source, p.source)} for p in tracks.provenance]
    ignored: Counter[str] = Counter()
    for entry in tracks.provenance:
        ignored.update(entry.ignored)
    record: Json = {
        "perrin": __version__,
        "command": _call(estimates) if command is None else command,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "method": {
            "name": info.name,
            "title": info.title,
            "settings": dict(estimates.settings),
            "summary": info.summary,
            "limits": info.limits,
            "citations": list(info.citations),
        },
        "inputs": inputs,
        "options": dict(options or {}),
        "counts": {
            "sources": len(tracks.provenance),
            "rows": sum(p.rows for p in tracks.provenance),
            "points": tracks.n_points,
            "tracks": len(tracks),
            "gappy_tracks": int((estimates.tracks["n_gaps"] > 0).sum()),
            "irregular_tracks": int(estimates.tracks["n_gaps"].is_null().sum()),
            "tracks_by_status": _by_status(estimates.tracks),
            "points_by_status": _by_status(estimates.points),
            "ignored": dict(ignored),
        },
        "units": {"length": tracks.units.length, "time": tracks.units.time},
        "summary": summarise(estimates.tracks),
        "population": None if population is None else population.as_json(),
        "timings": {k: round(v, 3) for k, v in (timings or {}).items()},
        "seed": seed,
    }
    return _plain(record)  # type: ignore[no-any-return]


def _call(estimates: Estimates) -> str:
    given = {k: v for k, v in estimates.settings.items() if k != "prior"}
    return f"perrin.analyze(tracks, method={estimates.method!r}, {', '.join(f'{k}={v!r}' for k, v in given.items())})"


def _by_status(table: Any) -> dict[str, int]:
    counted = table["status"].value_counts()
    return dict(sorted(zip(counted["status"].to_list(), counted["count"].to_list(), strict=True)))


def _plain(value: Any) -> Any:
    """Only what JSON has: no NaN, no tuples, no NumPy numbers."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
