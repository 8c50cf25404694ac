"""What must change nothing but the numbers that carry a unit: the order of tracks, the units, the chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, final

import numpy as np
import polars as pl

from benchmarks.soak.calls import Settings
from benchmarks.soak.finding import Finding
from perrin.result import Estimates, HurstTest, Population
from perrin.testing.estimator import CLOSE, CLOSE_BOUNDS, CLOSE_POOLED
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray, Json

_FRACTIONS_CLOSE: Final = 1e-3
"""Weights of a population come from an optimisation that ends where it is good enough,"""
_FOUND_CLOSE: Final = 0.03
"""and so does the error that is found from it, to which weights react."""
_PLACES_CLOSE: Final = 1e-6
_ABOVE_ROUNDING: Final = 1e-6
"""Changes of velocity smaller than this part of the positions may change with the rounding of these."""


@final
@dataclass(frozen=True)
class Twist:
    """A change of what must not matter.

    Attributes:
        name: what changes.
        turned: whether the order of the tracks is turned round.
        stretch, slow: factors of lengths and of times.
        parts: chunks of consecutive tracks; 0 for those of perrin's plan.
    """

    name: str
    turned: bool = False
    stretch: float = 1.0
    slow: float = 1.0
    parts: int = 0

    def order(self, tracks: Tracks) -> IntArray:
        """The tracks in their new order."""
        return np.arange(len(tracks))[:: -1 if self.turned else 1]

    def of(self, tracks: Tracks) -> Tracks:
        """The same tracks, twisted."""
        moved = tracks.select(self.order(tracks))
        origins = tuple(
            replace(p, frame_interval=None if p.frame_interval is None else p.frame_interval * self.slow)
            for p in moved.provenance
        )
        return replace(
            moved, positions=moved.positions * self.stretch, times=moved.times * self.slow, provenance=origins,
            sigma=None if moved.sigma is None else moved.sigma * self.stretch,
        )  # fmt: skip

    def settings(self, given: Settings) -> dict[str, Any]:
        """Settings of the method with their lengths in the new unit."""
        sigma = given.get("sigma")
        if sigma is None:
            return dict(given)
        scaled = tuple(s * self.stretch for s in sigma) if isinstance(sigma, tuple) else sigma * self.stretch
        return {**given, "sigma": scaled}

    def chunks(self, tracks: Tracks) -> list[Tracks]:
        """The tracks in as many chunks as there are to be."""
        return [tracks.select(part) for part in np.array_split(np.arange(len(tracks)), min(self.parts, len(tracks)))]

    def expected(self, result: Estimates, tracks: Tracks) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The two tables of the untwisted `tracks` as those of the twisted ones must be."""
        order = self.order(tracks)
        rows = np.concatenate([np.arange(tracks.offsets[i], tracks.offsets[i + 1]) for i in order])
        return self._scaled(result.points[rows.tolist()]), self._scaled(result.tracks[order.tolist()])

    def _scaled(self, table: pl.DataFrame) -> pl.DataFrame:
        factors: dict[str, pl.Expr] = {
            "D": self.stretch**2 * pl.lit(self.slow) ** (-pl.col("alpha")),
            "D_frame": pl.lit(self.stretch**2 / self.slow),
            **dict.fromkeys(("D_lo", "D_hi"), pl.lit(self.stretch**2)),
            **dict.fromkeys(("sigma", "sigma_lo", "sigma_hi"), pl.lit(self.stretch)),
        }
        return table.with_columns(pl.col(name) * factors[name] for name in table.columns if name in factors)


def without_rounding(stretch: float, tracks: Tracks) -> float:
    """The stretch, or the nearest power of two where `tracks` have steps that another factor would round anew."""
    return stretch if _far_above_rounding(tracks) else float(2.0 ** np.round(np.log2(stretch)))


def _far_above_rounding(tracks: Tracks) -> bool:
    """Whether each step that differs from the one before does so by far more than positions are rounded."""
    for start, end in pairwise(tracks.offsets.tolist()):
        positions, steps = tracks.positions[start:end], np.diff(tracks.times[start:end])[:, None]
        with np.errstate(all="ignore"):
            moves = np.diff(positions, axis=0)
            turns = np.abs(np.diff(moves / steps, axis=0) * steps[1:])
            least = _ABOVE_ROUNDING * np.abs(positions).max(initial=0.0)
        for sizes in (np.abs(moves), turns):
            if ((sizes > 0) & (sizes < least)).any():
                return False
    return True


def all_of(turned: bool, stretch: float, slow: float, parts: int) -> list[Twist]:
    """All at once, then each for itself."""
    single = [
        Twist("order", turned=turned), Twist("length", stretch=stretch), Twist("time", slow=slow),
        Twist("chunks", parts=parts),
    ]  # fmt: skip
    return [Twist("order, length, time, chunks", turned, stretch, slow, parts), *single]


def compare_estimates(twist: Twist, found: Estimates, base: Estimates, tracks: Tracks) -> Iterator[Finding]:
    """Where `found`, the result of twisted tracks, is not what that of `tracks` says it must be."""
    laws = ("alpha", "alpha_lo", "alpha_hi", "D")
    names = {"points": laws, "tracks": (*laws, "D_frame", "sigma", "sigma_lo", "sigma_hi")}
    bounds = () if twist.slow != 1 else ("D_lo", "D_hi")  # ends of D do not change with those of alpha
    close = CLOSE if base.settings.get("pooled") is None else CLOSE_POOLED
    tables = zip(("points", "tracks"), (found.points, found.tracks), twist.expected(base, tracks), strict=True)
    for which, table, other in tables:
        where = f"{base.method} {which}"
        if table.height != other.height:
            yield Finding(f"changes with {twist.name}", f"{where} rows", f"{table.height} and {other.height}")
            return
        if (differ := (table["status"] != other["status"]).arg_true()).len():
            pair = table["status"][differ[0]], other["status"][differ[0]]
            yield Finding(f"changes with {twist.name}", f"{where} status", f"{differ.len()} rows, first {pair}")
            continue
        for name in (*names[which], *bounds):
            tolerance = CLOSE_BOUNDS if name.endswith(("_lo", "_hi")) else close
            tolerance *= _reach(base.tracks["dt"], twist) if name == "D" else 1.0
            yield from _apart(twist, f"{where} {name}", table[name], other[name], tolerance)


def compare_shared_errors(twist: Twist, sampled: Json | None, whole: Json | None) -> Iterator[Finding]:
    """Errors that tracks share, from two samples of their pieces: each within the interval of the other."""
    told = [error for error in (sampled, whole) if error is not None]
    if len(told) == 2 and not all(a["low"] <= b["sigma"] <= a["high"] for a, b in (told, told[::-1])):
        yield Finding(f"changes with {twist.name}", "shared error", f"{told[0]} for {told[1]}")


def compare_populations(twist: Twist, population: Population, base: Population) -> Iterator[Finding]:
    """The same for a population: which tracks, and their fractions where laws stand on one grid (whole decades)."""
    if (population.facts.reason, population.facts.n_used) != (base.facts.reason, base.facts.n_used):
        said = f"{population.facts.reason!r} {population.facts.n_used}, {base.facts.reason!r} {base.facts.n_used}"
        yield Finding(f"changes with {twist.name}", "population tracks used", said)
        return
    shift = float(np.log10(twist.stretch**2 / twist.slow))
    if not np.isclose(shift, np.round(shift)):
        return
    close = _FOUND_CLOSE if base.facts.sigma_source == "shared" else _FRACTIONS_CLOSE
    for part in ("rest", "alpha", "D_frame"):
        most = _most_apart(_fractions(population, part), _fractions(base, part), shift if part == "D_frame" else 0.0)
        if most > close:
            yield Finding(f"changes with {twist.name}", f"population {part}", f"fractions differ by {most:.2g}")


def _fractions(population: Population, part: str) -> tuple[FloatArray, FloatArray]:
    """Where the laws of one part stand, in alpha or in log D_frame, and how many tracks are at or below each."""
    laws = population.part(part)
    place = {"rest": np.zeros(laws.height), "alpha": laws["alpha"].to_numpy()}
    return place[part] if part in place else np.log10(laws["D_frame"].to_numpy()), laws["tracks"].to_numpy().cumsum()


def _most_apart(
    found: tuple[FloatArray, FloatArray], base: tuple[FloatArray, FloatArray], shift: float
) -> float:  # fmt: skip
    """The largest distance of two distributions, one of which stands `shift` further on; grids end where they may."""
    (ours, at_or_below), (theirs, expected) = found, base
    if len(ours) == 0 or len(theirs) == 0:
        return 0.0
    where = np.searchsorted(ours, theirs + shift + _PLACES_CLOSE, side="right")
    return float(np.abs(np.append(0.0, at_or_below)[where] - expected).max())


def compare_decisions(twist: Twist, found: HurstTest, base: HurstTest, tracks: Tracks) -> Iterator[Finding]:
    """The same for tests of a changing exponent."""
    other = base.tests[twist.order(tracks).tolist()]
    if not (same := found.tests["status"] == other["status"]).all():
        yield Finding(f"changes with {twist.name}", "decide status", f"{(~same).sum()} rows")
        return
    for name in ("hurst", "p", "band_inside"):
        yield from _apart(twist, f"decide {name}", found.tests[name], other[name], CLOSE_BOUNDS)


def _reach(dt: pl.Series, twist: Twist) -> float:
    """How much more D may differ than alpha: it is D_frame times dt to the power of 1 - alpha."""
    logarithms = np.log(np.append(dt.drop_nulls().to_numpy(), 1.0))
    return 1 + float(np.abs(np.append(logarithms, logarithms + np.log(twist.slow))).max())


def _apart(twist: Twist, where: str, found: pl.Series, expected: pl.Series, tolerance: float) -> Iterator[Finding]:
    ours, theirs = (_numbers(series) for series in (found, expected))
    near = np.isclose(ours, theirs, rtol=tolerance, atol=tolerance * 1e-3 * _unit(where), equal_nan=True)
    if not near.all():
        first = int(np.argmin(near))
        said = f"{(~near).sum()} of {len(near)} rows, first {ours[first]!r} for {theirs[first]!r}"
        yield Finding(f"changes with {twist.name}", where, said)


def _unit(where: str) -> float:
    """1 for numbers without unit, whose smallest values are as good as 0; 0 for those that have one."""
    return 0.0 if where.rsplit(maxsplit=1)[-1].startswith(("D", "sigma")) else 1.0


def _numbers(series: pl.Series) -> FloatArray:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy()
