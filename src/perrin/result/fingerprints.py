"""`Fingerprints`: what classes of tracks look like to wavelets, and how far they lie apart, as two tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

import polars as pl

from perrin.errors import InputError
from perrin.result.table import COUNT, RATIO, TEXT, TableSchema, with_interval
from perrin.tracks.csv_escape import escape_formulas, unescape_formulas

SPECTRA: Final = TableSchema(
    "fingerprint",
    {"class": TEXT, "tracks": COUNT, "family": TEXT, "scale": RATIO, **with_interval("level", RATIO)},
)
DISTANCES: Final = TableSchema(
    "distances", {"class": TEXT, "other": TEXT, **with_interval("distance", RATIO), "by_chance": RATIO}
)
FILES: Final = tuple(f"{schema.name}.csv" for schema in (SPECTRA, DISTANCES))
_CHOSEN: Final = ("class", "other")
"""Columns of names that somebody chose."""


@final
@dataclass(frozen=True, eq=False)
class Fingerprints:
    """What classes look like, and how far they lie apart.

    Attributes:
        spectra: class, tracks, family, scale, level, level_lo, level_hi (95 % interval over resampled tracks).
        distances: class, other, distance, distance_lo, distance_hi, and `by_chance`: what halves of one class give.
            A class of one track tells nothing of how tracks differ: intervals with it, and halves, are null.
        window: positions of a window.
        left_out: labelled tracks that give no window, by reason.
        windows_left_out: windows of the other tracks that have too many gaps or do not move.
        absent: classes of which no track gives one.
    """

    spectra: pl.DataFrame
    distances: pl.DataFrame
    window: int
    left_out: dict[str, int] = field(default_factory=dict)
    windows_left_out: int = 0
    absent: tuple[str, ...] = ()

    def write(self, folder: str | Path) -> None:
        """Write fingerprint.csv and distances.csv, with names of classes that no spreadsheet takes for formulas."""
        Path(folder).mkdir(parents=True, exist_ok=True)
        for schema, table in ((SPECTRA, self.spectra), (DISTANCES, self.distances)):
            words = [escape_formulas(table[name]) for name in _CHOSEN if name in schema.columns]
            table.with_columns(words).write_csv(_file(folder, schema))

    def sentences(self) -> list[str]:
        """How far each pair of classes lies apart, in words."""
        said = []
        for row in self.distances.iter_rows(named=True):
            sure = "no interval: a class with one track does not show the variation between tracks"
            if row["distance_lo"] is not None:
                sure = f"95 % interval {row['distance_lo']:.3f} to {row['distance_hi']:.3f}"
            if row["by_chance"] is not None:
                sure += f"; halves of one class {row['by_chance']:.3f}"
            said.append(f"{row['class']} – {row['other']}: {row['distance']:.3f}  ({sure})")
        return said


def read_fingerprints(folder: Path) -> Fingerprints:
    """Read fingerprint.csv and distances.csv of a folder; raises InputError naming the one that does not exist.

    The tables do not tell the window; it is 0.
    """
    return Fingerprints(_read(folder, SPECTRA), _read(folder, DISTANCES), 0)


def _file(folder: str | Path, schema: TableSchema) -> Path:
    return Path(folder) / f"{schema.name}.csv"


def _read(folder: Path, schema: TableSchema) -> pl.DataFrame:
    path = _file(folder, schema)
    try:
        table = pl.read_csv(path, schema=schema.dtypes, glob=False)
        return table.with_columns(unescape_formulas(table[name]) for name in _CHOSEN if name in schema.columns)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"is not a table of fingerprints ({type(error).__name__})",
            file=path,
            remedy="Run perrin fingerprint again.",
        ) from None
