"""Made-up tracks and results of any size and kind, to look at figures and reports. Nothing is estimated here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from perrin.result import TRACK_SCHEMA, Estimates, point_schema, status, summarize
from perrin.tracks import AXES, NO_FRAME, Provenance, Tracks, Units
from perrin.tracks.model import track_info

ADVICE = {
    status.BAD_INPUT: "two different positions at frame 3: check whether two particles have this id",
    status.TOO_SHORT: "it has fewer than 8 positions; link longer tracks",
    status.IMMOBILE: "looks stuck: leave it out of averages of D",
}


def fake(
    n: int = 40,
    *,
    length: int = 60,
    dimension: int = 2,
    units: Units | None = None,
    seed: int = 0,
    gaps: float = 0.1,
    dt: float = 0.05,
    bands: bool = True,
    conditions: tuple[str | None, ...] = (None,),
    only: str | None = None,
    names: list[str] | None = None,
    flawed: float = 0.12,
    misfit: bool = False,
) -> tuple[Tracks, Estimates]:
    """Tracks of about `length` positions and an Estimates for them; `only` gives every track that one status."""
    rng = np.random.default_rng(seed)
    units = units or Units("µm", "s")
    step = dt if units.time == "s" else 1.0
    kinds = _statuses(rng, n, only, flawed)
    alpha = np.clip(rng.normal(np.where(rng.random(n) < 0.6, 0.7, 1.05), 0.15), 0.1, 1.9)
    d_frame = 10 ** rng.normal(-1.2 + 0.6 * alpha, 0.35)
    lengths = rng.integers(max(length // 2, 2), length * 3 // 2 + 1, n)
    lengths[kinds == status.TOO_SHORT] = rng.integers(1, 8, int((kinds == status.TOO_SHORT).sum()))
    tracks = _tracks(rng, lengths, d_frame, dimension, units, step, gaps, conditions, kinds, names)
    return tracks, _estimates(rng, tracks, kinds, alpha, d_frame, bands=bands, step=step, misfit=misfit)


def _statuses(rng: np.random.Generator, n: int, only: str | None, flawed: float) -> np.ndarray:
    if only is not None:
        return np.full(n, only, dtype=object)
    bad = [status.TOO_SHORT, status.IMMOBILE, status.BAD_INPUT]
    chances = [1 - flawed, flawed * 0.6, flawed * 0.3, flawed * 0.1]
    kinds = rng.choice(np.array([status.OK, *bad], dtype=object), n, p=chances)
    if n:
        kinds[0] = status.OK
    return kinds


def _tracks(rng, lengths, d_frame, dimension, units, step, gaps, conditions, kinds, names) -> Tracks:
    n, total = len(lengths), int(lengths.sum())
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    code = np.repeat(np.arange(n), lengths)
    jumps = 1 + (rng.random(total) < gaps) * rng.integers(1, 4, total)
    steps = rng.normal(size=(total, dimension)) * np.sqrt(2 * d_frame[code] * step * jumps)[:, None]
    steps[(kinds == status.IMMOBILE)[code]] *= 0.02
    positions, frames = np.cumsum(steps, axis=0), np.cumsum(jumps)
    if total:
        positions = positions - positions[offsets[:-1]][code] + rng.uniform(0, 40, (n, dimension))[code]
        frames = frames - frames[offsets[:-1]][code]
    ids = names or [str(i) for i in range(n)]
    flaws = [ADVICE[k] if k == status.BAD_INPUT else None for k in kinds]
    info = track_info(ids, source="cells.csv", flaws=flaws)
    info = info.with_columns(
        pl.Series("condition", [conditions[i % len(conditions)] for i in range(n)], dtype=pl.String)
    )
    return Tracks(
        positions=positions, times=frames * step, offsets=offsets, info=info, units=units, frames=frames,
        provenance=(
            Provenance(
                "cells.csv", "csv", "its first line names the columns track, frame, x and y", "ab" * 32, total + 5,
                ignored={"untracked": 3, "duplicate_row": 2}, columns={"track": "TRACK_ID", "x": "X"},
            ),
        ),
    )  # fmt: skip


def _estimates(rng, tracks: Tracks, kinds, alpha, d_frame, *, bands: bool, step: float, misfit: bool) -> Estimates:
    n, lengths = len(tracks), tracks.lengths
    good = kinds == status.OK
    half = 1.2 / np.sqrt(np.maximum(lengths, 1)) + 0.02
    fit = rng.random(n) ** (4 if misfit else 1)
    blank = np.where(good, 1.0, np.nan)
    band = blank if bands else np.full(n, np.nan)
    duration = np.array([tracks.times[e - 1] - tracks.times[s] if e > s else 0 for s, e in _spans(tracks)])
    d = d_frame * step ** (1 - alpha)
    columns: dict[str, Any] = {c: tracks.info[c] for c in ("source", "condition", "replicate", "track", "parent")}
    columns |= {
        "n_points": lengths, "n_gaps": rng.poisson(2, n), "dt": np.full(n, step), "duration": duration,
        "alpha": alpha * blank, "alpha_lo": (alpha - half) * band, "alpha_hi": (alpha + half) * band,
        "D": d * blank, "D_lo": d * np.exp(-half) * band, "D_hi": d * np.exp(half) * band, "D_frame": d_frame * blank,
        "sigma": 0.02 * band, "sigma_lo": 0.01 * band, "sigma_hi": 0.03 * band,
        "sigma_source": ["pooled" if bands else None] * n, "fit_p": fit * band,
        "class": [None] * n, "class_p": np.full(n, np.nan),
        "status": [str(k) for k in kinds], "advice": [ADVICE.get(k) for k in kinds],
    }  # fmt: skip
    table = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None)).cast(TRACK_SCHEMA)
    method, settings = ("exact", {"window": 20}) if bands else ("tamsd", {"window": 30})
    points = _points(rng, tracks, kinds, alpha, d, bands=bands)
    return Estimates(points, table.select(list(TRACK_SCHEMA)), tracks.units, method, settings)


def _spans(tracks: Tracks) -> list[tuple[int, int]]:
    return list(zip(tracks.offsets[:-1].tolist(), tracks.offsets[1:].tolist(), strict=True))


def _points(rng, tracks: Tracks, kinds, alpha, d, *, bands: bool) -> pl.DataFrame:
    code = np.repeat(np.arange(len(tracks)), tracks.lengths)
    place = np.arange(tracks.n_points) - tracks.offsets[:-1][code]
    from_end = tracks.lengths[code] - 1 - place
    wave = 0.25 * np.sin(place / 9 + rng.uniform(0, 6, len(tracks))[code])
    value = np.clip(alpha[code] + wave, 0.05, 1.95)
    d_value = d[code] * np.exp(0.5 * wave)
    good = (kinds == status.OK)[code]
    state = np.where(np.minimum(place, from_end) < 5, status.EDGE, status.OK).astype(object)
    state = np.where(good, state, kinds[code])
    lost = good & (place % 53 > 48)
    state[lost] = status.NO_ESTIMATE
    blank = np.where(good & ~lost, 1.0, np.nan)
    band = blank if bands else np.full(len(blank), np.nan)
    columns: dict[str, Any] = {c: tracks.info[c].gather(code) for c in ("source", "track")}
    columns |= {"frame": tracks.frames, "t": tracks.times}
    columns |= {AXES[i]: tracks.positions[:, i] for i in range(tracks.dimension)}
    columns |= {
        "alpha": value * blank, "alpha_lo": (value - 0.25) * band, "alpha_hi": (value + 0.25) * band,
        "D": d_value * blank, "D_lo": d_value * 0.6 * band, "D_hi": d_value * 1.7 * band,
        "status": pl.Series([str(s) for s in state], dtype=pl.String),
    }  # fmt: skip
    table = pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))
    table = table.with_columns(frame=pl.when(pl.col("frame") == NO_FRAME).then(None).otherwise(pl.col("frame")))
    empty = pl.lit(None).alias
    return table.select(*table.columns[:-1], empty("class"), empty("class_p"), "status").cast(
        point_schema(tracks.dimension)
    )


def rename_condition(tracks: Tracks, estimates: Estimates, name: str) -> tuple[Tracks, Estimates]:
    """The same with one name of condition and source everywhere, to try hostile ones."""
    named = {"condition": pl.lit(name), "source": pl.lit(name)}
    new = replace(
        tracks, info=tracks.info.with_columns(**named), provenance=(replace(tracks.provenance[0], source=name),)
    )
    return new, replace(
        estimates,
        tracks=estimates.tracks.with_columns(**named),
        points=estimates.points.with_columns(source=pl.lit(name)),
    )


def record(tracks: Tracks, estimates: Estimates, **other: Any) -> dict[str, Any]:
    """What run.json would hold."""
    source = tracks.provenance[0]
    counts = estimates.tracks["status"].value_counts()
    point_counts = estimates.points["status"].value_counts()
    bands = estimates.method == "exact"
    return {
        "perrin": "0.1.0",
        "command": f"perrin analyze {source.source} -o results --seed 0",
        "created": "2026-01-15T10:20:30+00:00",
        "method": {
            "name": estimates.method,
            "title": "Exact likelihood of fractional Brownian motion" if bands else "Time-averaged MSD",
            "settings": dict(estimates.settings),
            "summary": "It compares each stretch of a track with fractional Brownian motion of every alpha and D.",
            "limits": "Tracks of 8 positions or more; motion whose law changes slowly within a window.",
            "citations": ["B. B. Mandelbrot, J. W. Van Ness, SIAM Review 10, 422 (1968). doi:10.1137/1010093"],
        },
        "inputs": [
            {
                "source": source.source, "path": source.source, "format": source.format, "reason": source.reason,
                "sha256": source.sha256, "rows": source.rows,
                "length_unit": "um" if tracks.units.length == "µm" else None,
                "time_unit": "s" if tracks.units.time == "s" else None,
                "frame_interval": 0.05 if tracks.units.time == "s" else None, "columns": dict(source.columns),
                "unused_columns": ["QUALITY"], "ignored": dict(source.ignored),
                "notes": ["z is always 0: read as 2-D"],
            }
        ],
        "options": {"window": 20},
        "counts": {
            "sources": 1, "rows": source.rows, "points": tracks.n_points, "tracks": len(tracks),
            "gappy_tracks": len(tracks) // 2,
            "irregular_tracks": 0, "tracks_by_status": dict(counts.iter_rows()),
            "points_by_status": dict(point_counts.iter_rows()), "ignored": dict(source.ignored),
        },
        "units": {"length": tracks.units.length, "time": tracks.units.time},
        "summary": summarize(estimates.tracks),
        "timings": {"read": 0.1, "estimate": 2.5},
        "seed": 0,
    } | other  # fmt: skip
