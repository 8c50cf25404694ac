"""`HurstTest`: whether one Hurst exponent goes with each track, as two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self, final

import numpy as np
import polars as pl

from perrin.result.estimator_info import EstimatorInfo
from perrin.result.stored import ResultFormat, Stored, info_entry, info_of
from perrin.result.table import COUNT, FLAG, RATIO, TEXT, TIME, TableSchema
from perrin.tracks import Units, html
from perrin.types import Json

TESTS: Final = TableSchema(
    "tests",
    {
        "source": TEXT, "condition": TEXT, "replicate": TEXT, "track": TEXT, "parent": TEXT,
        "n_points": COUNT, "n_gaps": COUNT, "dt": TIME, "duration": TIME,
        "hurst": RATIO, "noise_ratio": RATIO, "statistic": RATIO, "p": RATIO, "q": RATIO, "changes": FLAG, "null": TEXT,
        "band_hurst": RATIO, "band_inside": RATIO, "band_verdict": TEXT,
        "status": TEXT, "advice": TEXT,
    },
)  # fmt: skip
BANDS: Final = TableSchema(
    "bands",
    {
        "source": TEXT, "track": TEXT, "frame": COUNT, "t": TIME,
        "hurst": RATIO, "lo": RATIO, "median": RATIO, "hi": RATIO,
    },
)  # fmt: skip
FORMAT: Final = ResultFormat(
    "tests", "perrin test", (TESTS, BANDS),
    entries=("format", "method", "info", "settings", "level", "samples", "length_unit", "time_unit", "units"),
    version=2, since={"info": 2},
)  # fmt: skip


@final
@dataclass(frozen=True, eq=False)
class HurstTest:
    """Constant H or not, for every track.

    Attributes:
        tests: one row a track: the calibrated test (p, q, changes) and the band test of Szarek et al.
        bands: one row a position of the tested tracks: the estimated H(t) and the band of FBM around it.
        units: of lengths and times.
        level: of both tests.
        samples: simulated tracks a band.
        method: estimator of H(t) for the band test.
        settings: its parameters.
        info: what that estimator is; None in results of version 1 of the format, which did not say so.
    """

    tests: pl.DataFrame
    bands: pl.DataFrame
    units: Units
    level: float
    samples: int
    method: str
    settings: Mapping[str, Any]
    info: EstimatorInfo | None = None

    def __repr__(self) -> str:
        return f"HurstTest({self.method}: {self.tests.height:,} tracks)"

    def _repr_html_(self) -> str:
        columns = ("track", "condition", "n_points", "hurst", "p", "q", "changes", "band_verdict", "status")
        found = self.summary()
        told = {"tracks tested": found["tested"], "H changes": found["changes"], "level": self.level}
        return html.described(repr(self), html.facts(told), html.first_rows(self.tests, columns))

    def adjusted(self) -> Self:
        """The same with q over all tracks and the verdict it gives.

        Benjamini & Hochberg, J. R. Stat. Soc. B 57, 289 (1995): among the tracks called changing, the expected part
        of mistakes is at most the level.
        """
        from scipy.stats import false_discovery_control

        p = self.tests["p"].to_numpy()
        tested = np.isfinite(p)
        q = np.full(len(p), np.nan)
        if tested.any():
            q[tested] = false_discovery_control(p[tested])
        adjusted = pl.Series("q", q).fill_nan(None)
        return replace(self, tests=self.tests.with_columns(adjusted, (adjusted <= self.level).alias("changes")))

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
        return self._stored().tables[name]

    def metadata(self, name: str) -> dict[str, str]:
        """What the Parquet file of a table says of itself: format, method, settings, level, samples, units."""
        return FORMAT.metadata(name, self._stored())

    def write(self, folder: str | Path, *names: str) -> None:
        """Write tests.parquet and bands.parquet, or the named of them, with units in their metadata."""
        FORMAT.write(folder, self._stored(), *names)

    @classmethod
    def from_bytes(cls, tests: bytes, bands: bytes) -> Self:
        """The content of the two files that `write` wrote."""
        return FORMAT.from_bytes([tests, bands], cls.from_stored)

    @classmethod
    def from_stored(cls, stored: Stored) -> Self:
        """What the files hold."""
        said = stored.metadata
        return cls(
            **stored.tables, units=stored.units, level=said["level"], samples=said["samples"], method=said["method"],
            settings=said["settings"], info=info_of(stored),
        )  # fmt: skip

    def _stored(self) -> Stored:
        said = {"method": self.method, "settings": dict(self.settings), **info_entry(self.info)}
        said |= {"level": self.level, "samples": self.samples}
        return Stored({"tests": self.tests, "bands": self.bands}, self.units, said)


def read_hurst_test(folder: Path) -> HurstTest:
    """Read what `HurstTest.write` wrote; raises InputError naming the file that is missing, damaged or too new."""
    return FORMAT.read(folder, HurstTest.from_stored)


def concatenate_hurst_tests(parts: Sequence[HurstTest]) -> HurstTest:
    """Join the decisions on several chunks of one run; q is over all of them."""
    joined = FORMAT.concatenated(parts)
    return replace(parts[0], tests=joined["tests"], bands=joined["bands"]).adjusted()
