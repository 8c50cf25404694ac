"""`Estimates`: what was found, as two tables that are the same from every method."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks import AXES, Units

_F, _S, _I = pl.Float64, pl.String, pl.Int64

FORMAT_VERSION: Final = 1
TABLES: Final = ("points", "tracks")
_METADATA: Final = "perrin"

TRACK_SCHEMA: Final[Mapping[str, Any]] = {
    "source": _S, "condition": _S, "replicate": _S, "track": _S, "parent": _S,
    "n_points": _I, "n_gaps": _I, "dt": _F, "duration": _F,
    "alpha": _F, "alpha_lo": _F, "alpha_hi": _F,
    "D": _F, "D_lo": _F, "D_hi": _F, "D_frame": _F,
    "sigma": _F, "sigma_lo": _F, "sigma_hi": _F, "sigma_source": _S,
    "fit_p": _F, "class": _S, "class_p": _F, "status": _S, "advice": _S,
}  # fmt: skip


def point_schema(dimension: int) -> dict[str, Any]:
    """Columns of the points table for `dimension` axes: one row per accepted observation."""
    return {
        "source": _S, "track": _S, "frame": _I, "t": _F, **dict.fromkeys(AXES[:dimension], _F),
        "alpha": _F, "alpha_lo": _F, "alpha_hi": _F, "D": _F, "D_lo": _F, "D_hi": _F,
        "class": _S, "class_p": _F, "status": _S,
    }  # fmt: skip


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
    """

    points: pl.DataFrame
    tracks: pl.DataFrame
    units: Units
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Estimates({self.method}: {self.tracks.height:,} tracks, {self.points.height:,} points)"

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
        length, time = self.units.length, self.units.time
        per_column = {"t": time, "dt": time, "duration": time, **dict.fromkeys(AXES[: self.dimension], length)}
        per_column |= dict.fromkeys(("alpha", "alpha_lo", "alpha_hi"), "1")
        per_column |= dict.fromkeys(("D", "D_lo", "D_hi"), self.units.diffusion)
        per_column |= {"D_frame": self.units.frame_diffusion}
        return per_column | dict.fromkeys(("sigma", "sigma_lo", "sigma_hi"), length)

    def table(self, name: str) -> pl.DataFrame:
        """`points` or `tracks`."""
        return {"points": self.points, "tracks": self.tracks}[name]

    def metadata(self, name: str) -> dict[str, str]:
        """What the Parquet file of a table says of itself: format, method, settings, units."""
        described = {
            "format": FORMAT_VERSION,
            "method": self.method,
            "settings": dict(self.settings),
            "length_unit": self.units.length,
            "time_unit": self.units.time,
        }
        units = {c: u for c, u in self.column_units().items() if c in self.table(name).columns}
        return {_METADATA: json.dumps(described | {"units": units}, ensure_ascii=False)}

    def write(self, folder: Path) -> None:
        """Write points.parquet and tracks.parquet with units in their metadata."""
        for name in TABLES:
            self.table(name).write_parquet(folder / f"{name}.parquet", metadata=self.metadata(name))

    @classmethod
    def from_bytes(cls, points: bytes, tracks: bytes) -> Self:
        """The content of the two files that `write` wrote."""
        first, second = (pl.read_parquet(io.BytesIO(data)) for data in (points, tracks))
        described = json.loads(pl.read_parquet_metadata(io.BytesIO(tracks))[_METADATA])
        units = Units(described["length_unit"], described["time_unit"])
        return cls(first, second, units, described["method"], described["settings"])


def read_estimates(folder: Path) -> Estimates:
    """Read what `Estimates.write` wrote; raises InputError naming the file that is missing or damaged."""
    tables: dict[str, pl.DataFrame] = {}
    described: dict[str, Any] = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pl.read_parquet(path)
            described = json.loads(pl.read_parquet_metadata(path)[_METADATA])
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"is no table of results ({type(error).__name__})", file=path, remedy="Run perrin analyze again."
            ) from None
    units = Units(described["length_unit"], described["time_unit"])
    return Estimates(tables["points"], tables["tracks"], units, described["method"], described["settings"])


def concatenate_estimates(parts: Sequence[Estimates]) -> Estimates:
    """Join the results of several chunks of one analysis."""
    first = parts[0]
    return Estimates(
        points=pl.concat([p.points for p in parts]),
        tracks=pl.concat([p.tracks for p in parts]),
        units=first.units,
        method=first.method,
        settings=first.settings,
    )
