"""`Estimates`: what was found, as two tables that are the same from every method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self, final

import polars as pl

from perrin.result.estimator_info import EstimatorInfo
from perrin.result.stored import ResultFormat, Stored, info_entry, info_of
from perrin.result.table import (
    COUNT,
    DIFFUSION,
    FRAME_DIFFUSION,
    LENGTH,
    NUMBER,
    RATIO,
    TEXT,
    TIME,
    TableSchema,
    with_interval,
)
from perrin.tracks import AXES, Units, html

POINTS: Final = TableSchema(
    "points",
    {
        "source": TEXT, "track": TEXT, "frame": COUNT, "t": TIME, **dict.fromkeys(AXES, LENGTH),
        **with_interval("alpha", RATIO), **with_interval("D", DIFFUSION),
        "class": TEXT, "class_p": NUMBER, "status": TEXT,
    },
    optional=frozenset(AXES[1:]),
)  # fmt: skip
TRACKS: Final = TableSchema(
    "tracks",
    {
        "source": TEXT, "condition": TEXT, "replicate": TEXT, "track": TEXT, "parent": TEXT,
        "n_points": COUNT, "n_gaps": COUNT, "dt": TIME, "duration": TIME,
        **with_interval("alpha", RATIO), **with_interval("D", DIFFUSION), "D_frame": FRAME_DIFFUSION,
        **with_interval("sigma", LENGTH), "sigma_source": TEXT,
        "fit_p": NUMBER, "class": TEXT, "class_p": NUMBER, "status": TEXT, "advice": TEXT,
    },
)  # fmt: skip
FORMAT: Final = ResultFormat(
    "results", "perrin analyze", (POINTS, TRACKS),
    entries=("format", "method", "info", "settings", "length_unit", "time_unit", "units"),
    version=2, since={"info": 2},
)  # fmt: skip
TABLES: Final = FORMAT.names
TRACK_SCHEMA: Final[Mapping[str, Any]] = TRACKS.dtypes


def point_schema(dimension: int) -> dict[str, Any]:
    """Columns of the points table for `dimension` axes: one row per accepted observation."""
    return {name: dtype for name, dtype in POINTS.dtypes.items() if name not in AXES[dimension:]}


@final
@dataclass(frozen=True, eq=False)
class Estimates:
    """The result of one method on a set of tracks.

    Attributes:
        points: one row per accepted observation; alpha(t) and D(t) from the window around it.
        tracks: one row per track; alpha, D, D_frame, sigma and goodness of fit under a constant law.
        units: of every length and time. D is in length²/time^alpha, D_frame in length²/time.
        method: name of the estimator.
        settings: its parameters, as plain values.
        info: what that estimator is; None in results of version 1 of the format, which did not say so.
    """

    points: pl.DataFrame
    tracks: pl.DataFrame
    units: Units
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    info: EstimatorInfo | None = None

    def __repr__(self) -> str:
        return f"Estimates({self.method}: {self.tracks.height:,} tracks, {self.points.height:,} points)"

    def _repr_html_(self) -> str:
        columns = ("track", "condition", "n_points", "alpha", "alpha_lo", "alpha_hi", "D", "D_frame", "status")
        counted = self.tracks["status"].value_counts(sort=True).rows()
        told = {"method": self.info.title if self.info else self.method} | {
            name: f"{n:,} tracks" for name, n in counted
        }
        return html.described(repr(self), html.facts(told), html.first_rows(self.tracks, columns))

    @property
    def dimension(self) -> int:
        """Number of axes of the analysed tracks."""
        return sum(a in self.points.columns for a in AXES)

    @property
    def interval(self) -> str:
        """How much the intervals hold, in words: 95 %, or what a learned model was calibrated for."""
        return f"{self.settings.get('interval', 0.95):.0%}".replace("%", " %")

    def column_units(self) -> dict[str, str]:
        """The unit of every column that has one."""
        absent = AXES[self.dimension :]
        units = TRACKS.units(self.units) | POINTS.units(self.units)
        return {column: unit for column, unit in units.items() if column not in absent}

    def table(self, name: str) -> pl.DataFrame:
        """`points` or `tracks`."""
        return self._stored().tables[name]

    def metadata(self, name: str) -> dict[str, str]:
        """What the Parquet file of a table says of itself: format, method, settings, units."""
        return FORMAT.metadata(name, self._stored())

    def write(self, folder: str | Path) -> None:
        """Write points.parquet and tracks.parquet with units in their metadata."""
        FORMAT.write(folder, self._stored())

    @classmethod
    def from_bytes(cls, points: bytes, tracks: bytes) -> Self:
        """The content of the two files that `write` wrote."""
        return FORMAT.from_bytes([points, tracks], cls.from_stored)

    @classmethod
    def from_stored(cls, stored: Stored) -> Self:
        """What the files hold."""
        return cls(
            **stored.tables, units=stored.units, method=stored.metadata["method"], settings=stored.metadata["settings"],
            info=info_of(stored),
        )  # fmt: skip

    def _stored(self) -> Stored:
        tables = {"points": self.points, "tracks": self.tracks}
        said = {"method": self.method, "settings": dict(self.settings), **info_entry(self.info)}
        return Stored(tables, self.units, said)


def read_estimates(folder: Path) -> Estimates:
    """Read what `Estimates.write` wrote; raises InputError naming the file that is missing, damaged or too new."""
    return FORMAT.read(folder, Estimates.from_stored)


def concatenate_estimates(parts: Sequence[Estimates]) -> Estimates:
    """Join the results of several chunks of one analysis."""
    joined = FORMAT.concatenated(parts)
    return replace(parts[0], points=joined["points"], tracks=joined["tracks"])
