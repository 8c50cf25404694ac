"""`check_estimator`: the contract of every method, executed on random tracks (Hypothesis)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perrin.estimate import Estimator
from perrin.result import TRACK_SCHEMA, Estimates, point_schema, status
from perrin.tracks import Tracks, Units
from perrin.types import FloatArray

_ALPHAS: Final = ("alpha", "alpha_lo", "alpha_hi")
_DIFFUSIONS: Final = ("D", "D_lo", "D_hi")
_LENGTHS: Final = ("sigma", "sigma_lo", "sigma_hi")
CLOSE: Final = 1e-6
"""Relative error within which numbers are the same."""
CLOSE_BOUNDS: Final = 5e-3
"""Ends of intervals come from binned distributions, whose bins may fall differently."""
CLOSE_POOLED: Final = 1e-4
"""The error that tracks share is the maximum of sums in single precision, and so is all that rests on it."""


@st.composite
def ragged_tracks(
    draw: st.DrawFn, dimension: int | None = None, errors: bool = False, lengths: tuple[int, int] = (8, 32)
) -> Tracks:
    """Tracks of many kinds: gaps, irregular times, still, short, empty and contradictory ones, 1-D to 3-D."""
    d = dimension or draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = 10.0 ** draw(st.integers(-3, 3))
    kinds = draw(st.lists(st.sampled_from(("plain", "gaps", "irregular", "still", "short", "flawed")), max_size=4))
    positions, times = [], []
    for kind in kinds:
        n = int(rng.integers(0, 4)) if kind == "short" else int(rng.integers(*lengths))
        steps = np.ones(n) if kind != "irregular" else rng.uniform(0.2, 3.0, n)
        steps = rng.integers(1, 4, n).astype(float) if kind == "gaps" else steps
        walk = np.cumsum(rng.standard_normal((n, d)) * np.sqrt(steps)[:, None], axis=0)
        positions.append(scale * (walk if kind != "still" else np.ones((n, d))))
        times.append(0.5 * np.cumsum(steps))
    tracks = Tracks.from_arrays(positions, times=times, units=Units("µm", "s"))
    if not positions:
        tracks = replace(tracks, positions=np.zeros((0, d)))
    flaws = ["contradicts itself" if kind == "flawed" else None for kind in kinds]
    sigma = 0.3 * scale * rng.uniform(0.5, 2.0, (tracks.n_points, d)) if errors else None
    return replace(tracks, info=tracks.info.with_columns(pl.Series("flaw", flaws, dtype=pl.String)), sigma=sigma)


def check_estimator(
    estimator: Estimator, *, dimension: int | None = None, errors: bool = False, examples: int = 25,
    lengths: tuple[int, int] = (8, 32),
) -> None:  # fmt: skip
    """Run the contract on `estimator`; raises AssertionError (with the smallest example found) where it breaks.

    Args:
        estimator: a prepared estimator. Its own lengths (`sigma`) are scaled along where lengths are scaled.
        dimension: of the tracks; by default 1 to 3 as the estimator's info allows.
        errors: whether the tracks state localisation errors.
        examples: how many random sets of tracks.
        lengths: fewest positions of a track, and one more than the most; methods for long tracks need more.
    """
    allowed = estimator.info.dimensions if dimension is None else (dimension,)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.sampled_from(allowed).flatmap(lambda d: ragged_tracks(d, errors=errors, lengths=lengths)))
    def contract(tracks: Tracks) -> None:
        result = _run(estimator, tracks)
        _check_tables(result, tracks, estimator)
        _check_repeatable(estimator, tracks, result)
        _check_translation(estimator, tracks, result)
        _check_length_scale(estimator, tracks, result)
        _check_time_scale(estimator, tracks, result)
        _check_order(estimator, tracks, result)
        _check_one_by_one(estimator, tracks, result)

    contract()


def _run(estimator: Estimator, tracks: Tracks, seed: int = 1) -> Estimates:
    return estimator.estimate(tracks, rng=np.random.default_rng(seed))


def _check_tables(result: Estimates, tracks: Tracks, estimator: Estimator) -> None:
    assert (result.method, result.info) == (estimator.info.name, estimator.info), "results say who made them"
    assert dict(result.tracks.schema) == dict(TRACK_SCHEMA)
    assert dict(result.points.schema) == point_schema(tracks.dimension)
    assert result.tracks.height == len(tracks), "the table of tracks must have one row per track"
    assert result.points.height == tracks.n_points, "the table of points must have one row per accepted position"
    assert set(result.tracks["status"]) | set(result.points["status"]) <= set(status.PRECEDENCE)
    flawed = result.tracks.filter(tracks.info["flaw"].is_not_null())
    assert set(flawed["status"]) <= {status.BAD_INPUT}, "a bad track must get a status"
    for table in (result.tracks, result.points):
        silent = table.filter(~pl.col("status").is_in([status.OK, status.EDGE]))
        assert silent["alpha"].null_count() == silent.height, "a value needs the status ok"
        spoken = table.filter(pl.col("status").is_in([status.OK, status.EDGE]))
        assert spoken["alpha"].null_count() == spoken["D"].null_count() == 0
        assert (spoken["D"] > 0).all()
        if estimator.info.uncertainty:
            for name in ("alpha", "D"):
                inside = (spoken[f"{name}_lo"] <= spoken[name] + 1e-12) & (spoken[name] <= spoken[f"{name}_hi"] + 1e-12)
                assert inside.all() or name == "D", f"{name} outside its interval"
    assert (result.tracks["advice"].str.len_chars() > 0).filter(result.tracks["status"] != status.OK).all()


def _check_repeatable(estimator: Estimator, tracks: Tracks, result: Estimates) -> None:
    before = tracks.positions.tobytes(), tracks.times.tobytes()
    again = _run(estimator, tracks)
    assert again.points.equals(result.points), "the same seed must give the same points"
    assert again.tracks.equals(result.tracks), "the same seed must give the same tracks"
    assert before == (tracks.positions.tobytes(), tracks.times.tobytes()), "the input was changed"


def _check_translation(estimator: Estimator, tracks: Tracks, result: Estimates) -> None:
    spread = float(np.abs(tracks.positions).max(initial=0.0))
    moved = _run(estimator, replace(tracks, positions=tracks.positions + spread, times=tracks.times + 7.0))
    _same(moved, result, _ALPHAS + _DIFFUSIONS, tolerance=1e-4)


def _check_length_scale(estimator: Estimator, tracks: Tracks, result: Estimates, factor: float = 3.7) -> None:
    stated = None if tracks.sigma is None else tracks.sigma * factor
    scaled = _run(_stretched(estimator, factor), replace(tracks, positions=tracks.positions * factor, sigma=stated))
    _same(scaled, result, _ALPHAS)
    _same(scaled, result, _DIFFUSIONS, by=factor**2)
    _same_tracks(scaled, result, "D_frame", factor**2)
    for column in _LENGTHS:
        _same_tracks(scaled, result, column, factor)


def _check_time_scale(estimator: Estimator, tracks: Tracks, result: Estimates, factor: float = 2.6) -> None:
    slowed = _run(estimator, replace(tracks, times=tracks.times * factor))
    _same(slowed, result, _ALPHAS)
    for table, other in ((slowed.points, result.points), (slowed.tracks, result.tracks)):
        expected = other["D"] * pl.Series(factor ** -other["alpha"].fill_null(0).to_numpy())
        _close(table["D"].to_numpy(), expected.to_numpy(), "D", CLOSE)
    _same_tracks(slowed, result, "D_frame", 1 / factor)


def _check_order(estimator: Estimator, tracks: Tracks, result: Estimates) -> None:
    order = np.arange(len(tracks))[::-1]
    turned = _run(estimator, tracks.select(order))
    rows = np.concatenate([np.arange(tracks.offsets[i], tracks.offsets[i + 1]) for i in order] or [np.zeros(0)])
    points, whole = result.points[rows.astype(int).tolist()], result.tracks[order.tolist()]
    expected = replace(result, points=points, tracks=whole)
    assert turned.tracks["track"].equals(expected.tracks["track"])
    _same(turned, expected, _ALPHAS + _DIFFUSIONS)


def _check_one_by_one(estimator: Estimator, tracks: Tracks, result: Estimates) -> None:
    for index in range(len(tracks)):
        alone = _run(estimator, tracks[index])
        rows = slice(int(tracks.offsets[index]), int(tracks.offsets[index + 1]))
        expected = replace(result, points=result.points[rows], tracks=result.tracks[index : index + 1])
        _same(alone, expected, _ALPHAS + _DIFFUSIONS)
        assert alone.tracks["status"].equals(expected.tracks["status"])


def _stretched(estimator: Estimator, factor: float) -> Estimator:
    sigma = getattr(estimator, "sigma", None)
    if sigma is None:
        return estimator
    scaled: Any = tuple(s * factor for s in sigma) if isinstance(sigma, tuple) else sigma * factor
    return replace(estimator, sigma=scaled)  # type: ignore[type-var]


def _same(
    found: Estimates, expected: Estimates, columns: tuple[str, ...], *, by: float = 1.0, tolerance: float = CLOSE
) -> None:
    for column in columns:
        bound = max(tolerance, CLOSE_BOUNDS) if column.endswith(("_lo", "_hi")) else tolerance
        for table, other in ((found.points, expected.points), (found.tracks, expected.tracks)):
            _close(table[column].to_numpy(), other[column].to_numpy() * by, column, bound)


def _same_tracks(found: Estimates, expected: Estimates, column: str, by: float) -> None:
    bound = CLOSE_BOUNDS if column.endswith(("_lo", "_hi")) else CLOSE
    _close(found.tracks[column].to_numpy(), expected.tracks[column].to_numpy() * by, column, bound)


def _close(found: FloatArray, expected: FloatArray, name: str, tolerance: float) -> None:
    np.testing.assert_allclose(
        found.astype(float), expected.astype(float), rtol=tolerance, atol=tolerance * 1e-3, err_msg=name
    )
