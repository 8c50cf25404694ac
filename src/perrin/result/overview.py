"""`Overview`: the numbers of a result that a record and a report state, merged from those of its chunks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self, final

import polars as pl

from perrin.result import status
from perrin.result.estimates import Estimates
from perrin.result.summary import Summary


@final
@dataclass(frozen=True, eq=False)
class Overview:
    """How many tracks and points there are, of which status, and what the estimated tracks say.

    Attributes:
        tracks_by_status, points_by_status: counts.
        tracks_by_class: counts of the kinds of motion, where the method names them.
        gappy, irregular: tracks with gaps; tracks with irregular times.
        fit_untested: tracks whose fit should have been tested and could not be.
        summary: of all tracks.
        conditions: the same of each condition (None: tracks without one).
    """

    tracks_by_status: Mapping[str, int]
    points_by_status: Mapping[str, int]
    tracks_by_class: Mapping[str, int]
    gappy: int
    irregular: int
    fit_untested: int
    summary: Summary
    conditions: Mapping[str | None, Summary]

    @property
    def tracks(self) -> int:
        """How many there are."""
        return sum(self.tracks_by_status.values())

    @property
    def points(self) -> int:
        """How many there are."""
        return sum(self.points_by_status.values())

    @classmethod
    def of(cls, estimates: Estimates) -> Self:
        """The overview of a whole result, or of a chunk."""
        tracks = estimates.tracks
        names = tracks["condition"].unique().sort(nulls_last=True).to_list()
        parts = [tracks.filter(pl.col("condition").eq_missing(pl.lit(name, dtype=pl.String))) for name in names]
        return cls(
            tracks_by_status=_counts(tracks["status"]),
            points_by_status=_counts(estimates.points["status"]),
            tracks_by_class=_counts(tracks["class"].drop_nulls()),
            gappy=int((tracks["n_gaps"] > 0).sum()),
            irregular=int(tracks["n_gaps"].is_null().sum()),
            fit_untested=int(tracks["advice"].str.contains(status.FIT_UNTESTED, literal=True).sum()),
            summary=Summary.of(tracks),
            conditions={name: Summary.of(part) for name, part in zip(names, parts, strict=True)},
        )

    @classmethod
    def merged(cls, parts: Iterable[Self]) -> Self:
        """The overview of all chunks together."""
        found = list(parts)
        names = sorted({name for part in found for name in part.conditions}, key=lambda name: (name is None, name))
        return cls(
            tracks_by_status=_added(part.tracks_by_status for part in found),
            points_by_status=_added(part.points_by_status for part in found),
            tracks_by_class=_added(part.tracks_by_class for part in found),
            gappy=sum(part.gappy for part in found),
            irregular=sum(part.irregular for part in found),
            fit_untested=sum(part.fit_untested for part in found),
            summary=Summary.merged([part.summary for part in found]),
            conditions={
                name: Summary.merged([part.conditions[name] for part in found if name in part.conditions])
                for name in names
            },
        )


def _counts(words: pl.Series) -> dict[str, int]:
    counted = words.value_counts(name="count")
    return dict(sorted(zip(counted[words.name].to_list(), counted["count"].to_list(), strict=True)))


def _added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(sorted(total.items()))
