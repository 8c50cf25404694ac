"""Which tracks a figure shows, by rules that can be stated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray


def estimated(estimates: Estimates, *columns: str) -> pl.DataFrame:
    """The tracks with status ok that have a finite value in each of `columns`."""
    finite = [pl.col(c).is_not_null() & pl.col(c).is_finite() for c in columns]
    return estimates.tracks.filter(pl.col("status") == status.OK, *finite)


def sound(tracks: Tracks) -> IntArray:
    """The tracks without flaw and with two positions or more."""
    return np.flatnonzero(tracks.info["flaw"].is_null().to_numpy() & (tracks.lengths > 1))


def spread(tracks: pl.DataFrame, count: int) -> pl.DataFrame:
    """At most `count` of the tracks, evenly spread from the lowest to the highest alpha."""
    ordered = tracks.sort("alpha", "source", "track")
    count = min(count, ordered.height)
    places = np.round((np.arange(count) + 0.5) / max(count, 1) * ordered.height - 0.5)
    rows: list[int] = places.astype(np.int64).tolist()
    return ordered[rows]


def by_condition(tracks: pl.DataFrame, most: int) -> tuple[list[tuple[str, pl.DataFrame]], int]:
    """(name, tracks) of the `most` largest conditions in the order of their names, and how many were left out."""
    parts = [("no condition" if key[0] is None else str(key[0]), part) for key, part in tracks.group_by("condition")]
    largest = sorted(parts, key=lambda p: (-p[1].height, p[0]))[:most]
    return sorted(largest, key=lambda p: p[0]), max(len(parts) - most, 0)


def with_course(estimates: Estimates, tracks: pl.DataFrame) -> pl.DataFrame:
    """Those of `tracks` that have alpha(t) somewhere: tracks shorter than the window have none."""
    known = estimates.points.lazy().filter(pl.col("alpha").is_not_null()).select("source", "track").unique()
    return tracks.join(known.collect(), on=["source", "track"], how="semi", maintain_order="left")


def points_of(estimates: Estimates, keys: Sequence[tuple[str, str]]) -> list[pl.DataFrame]:
    """The points of each (source, track), in the order of `keys`."""
    wanted = pl.DataFrame(keys, schema={"source": pl.String, "track": pl.String}, orient="row")
    found = estimates.points.join(wanted, on=["source", "track"], how="semi")
    parts = found.partition_by(["source", "track"], as_dict=True, maintain_order=True)
    return [parts.get(key, found.clear()) for key in keys]


def values(table: pl.DataFrame, column: str) -> FloatArray:
    """A column as floats, null as nan."""
    return table[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def intervals(tracks: pl.DataFrame, column: str, **look: object) -> dict[str, object] | None:
    """Horizontal 95 % intervals of a column as plotly's error bars; None where the method gives none."""
    if f"{column}_lo" not in tracks.columns:
        return None
    center, low, high = (values(tracks, c) for c in (column, f"{column}_lo", f"{column}_hi"))
    if not np.isfinite(low).any():
        return None
    return {"type": "data", "symmetric": False, "array": high - center, "arrayminus": center - low, "width": 0, **look}


def none_estimated(estimates: Estimates, what: str) -> str:
    """One sentence that says why a figure of `what` is missing."""
    if not (estimates.tracks["status"] == status.OK).any():
        return "Nothing to show here: no track could be analyzed."
    return f"Nothing to show here: {estimates.method} gives no {what} for these tracks."
