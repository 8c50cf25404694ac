"""What must hold of any result, whatever the tracks are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl

from benchmarks.soak.finding import Finding, without_numbers
from perrin.estimate import method
from perrin.result import TRACK_SCHEMA, Estimates, HurstTest, Population, point_schema, status
from perrin.tracks import AXES, Tracks
from perrin.types import Json

_HOLDS: Final = 1e-9
"""Relative error within which a value may lie outside its own interval."""
_UNBOUNDED: Final = "outside 0 to 2"
"""What methods say in their limits that give slopes as they are."""
_SPOKEN: Final = (status.OK, status.EDGE)


def check_estimates(result: Estimates, tracks: Tracks) -> Iterator[Finding]:
    """Nothing is lost, a status goes with each number, and every number is one."""
    name = result.method
    yield from _check_rows(result, tracks)
    for which, table in (("points", result.points), ("tracks", result.tracks)):
        spoken = pl.col("status").is_in(_SPOKEN)
        given = pl.col("alpha").is_not_null() & pl.col("D").is_not_null()
        yield from _where(
            table, spoken != given, "status without its number", f"{name} {which}", "status", "alpha", "D"
        )
        yield from _check_numbers(table, f"{name} {which}", bounded=_UNBOUNDED not in method(name).info.limits)
        for value in ("alpha", "D", *(("sigma",) if which == "tracks" else ())):
            yield from _check_interval(table, value, f"{name} {which}")
    failed = result.tracks.filter(pl.col("status") == status.FAILED)
    for said in failed["advice"].unique().sort().to_list():
        yield Finding("failed", f"{name} {without_numbers(said or 'without a word')}", str(said))
    yield from check_advice(result.tracks, name)
    silent = result.tracks.filter(pl.col("status") != status.OK, pl.col("advice").fill_null("").str.len_chars() == 0)
    if silent.height:
        yield Finding("status without advice", f"{name} {silent['status'][0]}", f"{silent.height} tracks")


def check_advice(table: pl.DataFrame, where: str) -> Iterator[Finding]:
    """No track's advice tells of something that stopped on the way."""
    stopped = pl.col("advice").str.contains_any([status.FIT_UNTESTED, "please report it"])
    for said in table.filter(stopped, pl.col("status") != status.FAILED)["advice"].unique().sort().to_list():
        yield Finding("failed", f"{where} {without_numbers(said)}", said)


def check_problems(record: Json) -> Iterator[Finding]:
    """Nothing beside the tables of a run could not be made."""
    for problem in record["problems"]:
        yield Finding("failed", f"{problem['what']} {without_numbers(problem['cause'])}", problem["cause"])


def _check_rows(result: Estimates, tracks: Tracks) -> Iterator[Finding]:
    for which, table, schema, rows in (
        ("points", result.points, point_schema(tracks.dimension), tracks.n_points),
        ("tracks", result.tracks, dict(TRACK_SCHEMA), len(tracks)),
    ):
        if dict(table.schema) != schema:
            yield Finding("columns", f"{result.method} {which}", str(set(table.schema.items()) ^ set(schema.items())))
            return
        if table.height != rows:
            yield Finding("rows", f"{result.method} {which}", f"{table.height} rows, {rows} expected")
            return
    names = ("source", "condition", "replicate", "track", "parent")
    seen = tracks.to_polars().select("source", "track", "frame", "t", *AXES[: tracks.dimension])
    if not result.tracks.select(names).equals(tracks.info.select(names)):
        yield Finding("rows", f"{result.method} tracks", "names of tracks are not those of the input")
    if not result.points.select(seen.columns).equals(seen):
        yield Finding("rows", f"{result.method} points", "positions are not those of the input")
    if result.tracks["n_points"].to_list() != tracks.lengths.tolist():
        yield Finding("rows", f"{result.method} tracks", "n_points are not those of the input")


def _check_numbers(table: pl.DataFrame, where: str, *, bounded: bool) -> Iterator[Finding]:
    for column in (name for name, kind in table.schema.items() if kind == pl.Float64):
        yield from _where(table, ~pl.col(column).is_finite(), "not finite", f"{where} {column}", column)
    if bounded:
        for column in ("alpha", "alpha_lo", "alpha_hi"):
            outside = (pl.col(column) <= 0) | (pl.col(column) >= 2)
            yield from _where(table, outside, "alpha outside 0 to 2", f"{where} {column}", column)
    for column in {"D", "D_lo", "D_hi", "D_frame"} & set(table.columns):
        yield from _where(table, pl.col(column) <= 0, "D not positive", f"{where} {column}", column)
    for column in {"sigma", "sigma_lo", "sigma_hi"} & set(table.columns):
        yield from _where(table, pl.col(column) < 0, "sigma negative", f"{where} {column}", column)
    for column in {"fit_p", "class_p"} & set(table.columns):
        yield from _where(table, ~pl.col(column).is_between(0, 1), "no probability", f"{where} {column}", column)


def _check_interval(table: pl.DataFrame, name: str, where: str) -> Iterator[Finding]:
    low, value, high = (pl.col(f"{name}{end}") for end in ("_lo", "", "_hi"))
    slack = _HOLDS * value.abs()
    outside = (low > value + slack) | (high < value - slack) | (low > high)
    yield from _where(table, outside, "value outside its interval", f"{where} {name}", f"{name}_lo", name, f"{name}_hi")


def _where(table: pl.DataFrame, wrong: pl.Expr, check: str, where: str, *columns: str) -> Iterator[Finding]:
    """One finding for all rows in which something is wrong."""
    rows = table.filter(wrong)
    if rows.height:
        yield Finding(check, where, f"{rows.height} of {table.height} rows, first {rows.select(columns).row(0)}")


def check_population(population: Population, tracks: Tracks) -> Iterator[Finding]:
    """Fractions are fractions and make up the whole, and numbers lie within their intervals."""
    if population.facts.n_tracks != len(tracks):
        yield Finding("rows", "population", f"{population.facts.n_tracks} tracks of {len(tracks)}")
    if bool(population.facts.reason) != (population.laws.height == 0):
        yield Finding("population", "reason", f"{population.facts.reason!r}, {population.laws.height} laws")
    for which, table in (("laws", population.laws), ("modes", population.modes)):
        for column in (name for name, kind in table.schema.items() if kind == pl.Float64):
            yield from _where(table, ~pl.col(column).is_finite(), "not finite", f"population {which} {column}", column)
        for name in ("tracks", "jumps", "particles"):
            for column in (name, f"{name}_lo", f"{name}_hi"):
                outside = ~pl.col(column).is_between(-_HOLDS, 1 + _HOLDS)
                yield from _where(table, outside, "no fraction", f"population {which} {column}", column)
            yield from _check_interval(table, name, f"population {which}")
    moving = population.modes.filter(pl.col("mode") > 0)
    for which, table in (("laws", population.laws.filter(pl.col("part") != "rest")), ("modes", moving)):
        yield from _where(table, pl.col("D_frame") <= 0, "D not positive", f"population {which} D_frame", "D_frame")
    for name in ("D_frame", "alpha"):
        yield from _check_interval(moving, name, "population modes")
    outside = (pl.col("alpha") <= 0) | (pl.col("alpha") >= 2)
    yield from _where(population.modes, outside, "alpha outside 0 to 2", "population modes", "alpha")
    yield from _check_whole(population)
    json.dumps(population.as_json(), allow_nan=False)


def _check_whole(population: Population) -> Iterator[Finding]:
    for condition in [None, *population.conditions()]:
        for part in ("joint", "D_frame", "alpha"):
            shares = pl.concat([population.part(part, condition), population.part("rest", condition)])
            for name in ("tracks", "jumps", "particles"):
                total = float(shares[name].sum()) if shares[name].null_count() == 0 else 1.0
                if shares.height and not np.isclose(total, 1.0, atol=1e-6):
                    yield Finding("fractions do not make up the whole", f"population {part} {name}", f"{total}")


def check_decisions(found: HurstTest, tracks: Tracks) -> Iterator[Finding]:
    """One row a track, none failed, probabilities that are some, and bands around their median."""
    tests, bands = found.tests, found.bands
    if tests.height != len(tracks) or bands.height > tracks.n_points:
        yield Finding("rows", "decide", f"{tests.height} tests of {len(tracks)} tracks, {bands.height} in bands")
    for column in ("p", "q", "band_inside"):
        yield from _where(tests, ~pl.col(column).is_between(0, 1), "no probability", f"decide {column}", column)
    yield from _where(tests, pl.col("q") < pl.col("p") * (1 - _HOLDS), "q below p", "decide", "p", "q")
    outside = ~pl.col("hurst").is_between(0, 1)
    yield from _where(tests, outside, "Hurst exponent outside 0 to 1", "decide hurst", "hurst")
    yield from _where(tests, pl.col("status") == status.FAILED, "failed", "decide", "track", "advice")
    yield from check_advice(tests, "decide")
    tested = (pl.col("status") == status.OK) != pl.col("p").is_not_null()
    yield from _where(tests, tested, "status without its number", "decide", "status", "p")
    crossed = (pl.col("lo") > pl.col("median")) | (pl.col("median") > pl.col("hi"))
    yield from _where(bands, crossed, "value outside its interval", "decide bands", "lo", "median", "hi")
