"""`Decisions`: what was decided, as two tables."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import Units
from perrin.types import Json

FORMAT_VERSION: Final = 1
TABLES: Final = ("tests", "bands")
_METADATA: Final = "perrin"
_F, _S, _I = pl.Float64, pl.String, pl.Int64

TEST_SCHEMA: Final[Mapping[str, Any]] = {
    "source": _S, "condition": _S, "replicate": _S, "track": _S, "parent": _S,
    "n_points": _I, "n_gaps": _I, "dt": _F, "duration": _F,
    "hurst": _F, "noise_ratio": _F, "statistic": _F, "p": _F, "q": _F, "changes": pl.Boolean, "null": _S,
    "band_hurst": _F, "band_inside": _F, "band_verdict": _S,
    "status": _S, "advice": _S,
}  # fmt: skip
BAND_SCHEMA: Final[Mapping[str, Any]] = {
    "source": _S, "track": _S, "frame": _I, "t": _F, "hurst": _F, "lo": _F, "median": _F, "hi": _F
}  # fmt: skip


@final
@dataclass(frozen=True, eq=False)
class Decisions:
    """Constant H or not, for every track.

    Attributes:
        tests: one row a track: the calibrated test (p, q, changes) and the band test of Szarek et al.
        bands: one row a position of the tested tracks: the estimated H(t) and the band of FBM around it.
        units: of lengths and times.
        level: of both tests.
        samples: simulated tracks a band.
        method: estimator of H(t) for the band test.
        settings: its parameters.
    """

    tests: pl.DataFrame
    bands: pl.DataFrame
    units: Units
    level: float
    samples: int
    method: str
    settings: Mapping[str, Any]

    def adjusted(self) -> Self:
        """The same with q over all tracks and the verdict it gives.

        Benjamini & Hochberg, J. R. Stat. Soc. B 57, 289 (1995): among the tracks called changing, the expected part
        of mistakes is at most the level.
        """
        p = self.tests["p"].to_numpy()
        tested = np.isfinite(p)
        q = np.full(len(p), np.nan)
        if tested.any():
            from scipy.stats import false_discovery_control

            q[tested] = false_discovery_control(p[tested])
        adjusted = pl.Series("q", q).fill_nan(None)
        return replace(self, tests=self.tests.with_columns(adjusted, (adjusted <= self.level).alias("changes")))

    def column_units(self) -> dict[str, str]:
        """The unit of every column that has one."""
        plain = ("hurst", "noise_ratio", "statistic", "p", "q", "band_hurst", "band_inside", "lo", "median", "hi")
        return {**dict.fromkeys(("t", "dt", "duration"), self.units.time), **dict.fromkeys(plain, "1")}

    def summary(self) -> Json:
        """How many tracks were tested, how many change, by either test."""
        good = self.tests.filter(pl.col("p").is_not_null())
        banded = self.tests.filter(pl.col("band_verdict").is_not_null())
        return {
            "tested": good.height,
            "level": self.level,
            "p_below_level": int((good["p"] <= self.level).sum()),
            "expected_by_chance": self.level * good.height,
            "changes": int(good["changes"].sum()),
            "band_tested": banded.height,
            "band_mfbm": int((banded["band_verdict"] == "MFBM").sum()),
            "hurst": None if good.height == 0 else np.percentile(good["hurst"].to_numpy(), [25, 50, 75]).tolist(),
        }

    def of(self, tests: pl.DataFrame, bands: pl.DataFrame | None = None) -> Self:
        """The same of other tracks."""
        return replace(self, tests=tests, bands=self.bands.clear() if bands is None else bands)

    def table(self, name: str) -> pl.DataFrame:
        """`tests` or `bands`."""
        return {"tests": self.tests, "bands": self.bands}[name]

    def metadata(self, name: str) -> dict[str, str]:
        """What the Parquet file of a table says of itself: format, method, settings, level, samples, units."""
        described = {
            "format": FORMAT_VERSION,
            "method": self.method,
            "settings": dict(self.settings),
            "level": self.level,
            "samples": self.samples,
            "length_unit": self.units.length,
            "time_unit": self.units.time,
        }
        units = {c: u for c, u in self.column_units().items() if c in self.table(name).columns}
        return {_METADATA: json.dumps(described | {"units": units}, ensure_ascii=False)}

    def write(self, folder: Path) -> None:
        """Write tests.parquet and bands.parquet with units in their metadata."""
        for name in TABLES:
            self.write_table(name, folder)

    def write_table(self, name: str, folder: Path) -> None:
        """Write one of them."""
        self.table(name).write_parquet(folder / f"{name}.parquet", metadata=self.metadata(name))

    @classmethod
    def from_bytes(cls, tests: bytes, bands: bytes) -> Self:
        """The content of the two files that `write` wrote."""
        tables = {name: pl.read_parquet(io.BytesIO(data)) for name, data in (("tests", tests), ("bands", bands))}
        return cls.described(tables, json.loads(pl.read_parquet_metadata(io.BytesIO(tests))[_METADATA]))

    @classmethod
    def described(cls, tables: Mapping[str, pl.DataFrame], said: Json) -> Self:
        """Tables with what the metadata of their files say."""
        units = Units(said["length_unit"], said["time_unit"])
        return cls(
            tables["tests"], tables["bands"], units, said["level"], said["samples"], said["method"], said["settings"]
        )


def read_decisions(folder: Path) -> Decisions:
    """Read what `Decisions.write` wrote; raises InputError naming the file that is missing or damaged."""
    tables: dict[str, pl.DataFrame] = {}
    described: Json = {}
    for name in TABLES:
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pl.read_parquet(path)
            described = json.loads(pl.read_parquet_metadata(path)[_METADATA])
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"is no table of tests ({type(error).__name__})", file=path, remedy="Run perrin test again."
            ) from None
    return Decisions.described(tables, described)


def concatenate_decisions(parts: Sequence[Decisions]) -> Decisions:
    """Join the decisions on several chunks of one run; q is over all of them."""
    joined = replace(
        parts[0], tests=pl.concat([p.tests for p in parts]), bands=pl.concat([p.bands for p in parts])
    )  # fmt: skip
    return joined.adjusted()
