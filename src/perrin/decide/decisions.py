"""`Decisions`: what was decided, as two tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self, final

import numpy as np
import polars as pl
from scipy.stats import false_discovery_control

from perrin.errors import InputError
from perrin.tracks import Units
from perrin.types import Json

FORMAT_VERSION: Final = 1
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

    def write(self, folder: Path) -> None:
        """Write tests.parquet and bands.parquet with units in their metadata."""
        described = {
            "format": FORMAT_VERSION,
            "method": self.method,
            "settings": dict(self.settings),
            "level": self.level,
            "samples": self.samples,
            "length_unit": self.units.length,
            "time_unit": self.units.time,
        }
        for name, table in (("tests", self.tests), ("bands", self.bands)):
            units = {c: u for c, u in self.column_units().items() if c in table.columns}
            metadata = {"perrin": json.dumps(described | {"units": units}, ensure_ascii=False)}
            table.write_parquet(folder / f"{name}.parquet", metadata=metadata)


def read_decisions(folder: Path) -> Decisions:
    """Read what `Decisions.write` wrote; raises InputError naming the file that is missing or damaged."""
    tables: dict[str, pl.DataFrame] = {}
    described: Json = {}
    for name in ("tests", "bands"):
        path = folder / f"{name}.parquet"
        try:
            tables[name] = pl.read_parquet(path)
            described = json.loads(pl.read_parquet_metadata(path)["perrin"])
        except (OSError, KeyError, ValueError, pl.exceptions.PolarsError) as error:
            raise InputError(
                f"is no table of tests ({type(error).__name__})", file=path, remedy="Run perrin test again."
            ) from None
    units = Units(described["length_unit"], described["time_unit"])
    return Decisions(
        tables["tests"], tables["bands"], units, described["level"], described["samples"], described["method"],
        described["settings"],
    )  # fmt: skip


def concatenate_decisions(parts: Sequence[Decisions]) -> Decisions:
    """Join the decisions on several chunks of one run; q is over all of them."""
    joined = replace(
        parts[0], tests=pl.concat([p.tests for p in parts]), bands=pl.concat([p.bands for p in parts])
    )  # fmt: skip
    return joined.adjusted()
