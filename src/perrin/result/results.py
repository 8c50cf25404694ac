"""`read_results`: all that a folder of results holds, whichever version of perrin wrote it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, final

from perrin.errors import InputError
from perrin.result import estimates, hurst_test, population
from perrin.result.estimates import Estimates, read_estimates
from perrin.result.fingerprints import FILES, Fingerprints, read_fingerprints
from perrin.result.hurst_test import HurstTest, read_hurst_test
from perrin.result.population import Population, read_population
from perrin.types import Json

RECORD: Final = "run.json"

T = TypeVar("T")


@final
@dataclass(frozen=True, eq=False)
class Results:
    """What a folder holds; None where it does not hold it.

    Attributes:
        folder: where it was read from.
        estimates: points.parquet and tracks.parquet, of `perrin analyze`.
        population: population.parquet, of `perrin analyze`.
        hurst_test: tests.parquet and bands.parquet, of `perrin test`.
        fingerprints: fingerprint.csv and distances.csv, of `perrin fingerprint`.
        record: run.json: input, options, counts, versions.
    """

    folder: Path
    estimates: Estimates | None = None
    population: Population | None = None
    hurst_test: HurstTest | None = None
    fingerprints: Fingerprints | None = None
    record: Json | None = None

    def __repr__(self) -> str:
        parts = (self.estimates, self.population, self.hurst_test, self.fingerprints)
        return f"Results({', '.join(repr(part) for part in parts if part is not None)})"


def read_results(folder: str | Path) -> Results:
    """Read all results in a folder that `perrin analyze`, `test` or `fingerprint`, or `write`, made.

    Args:
        folder: where the files are. Files of this and of every earlier version are read.

    Returns:
        Results, whose parts are None where the folder has no such file.

    Raises:
        InputError: where it is no folder or holds no results, and naming the file that is damaged, lacks its other
            half, or was written by a newer version.

    Examples:
        >>> import perrin
        >>> tracks = perrin.simulate_fbm(3, 50, seed=1).tracks
        >>> perrin.analyze(tracks, "tamsd").write("results")
        >>> perrin.read_results("results").estimates
        Estimates(tamsd: 3 tracks, 150 points)
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError("is not a folder", file=folder, remedy="Give a folder of results.")

    def read(files: tuple[str, ...], how: Callable[[Path], T]) -> T | None:
        return how(folder) if any((folder / name).exists() for name in files) else None

    found = Results(
        folder,
        read(estimates.FORMAT.file_names, read_estimates),
        read(population.FORMAT.file_names, read_population),
        read(hurst_test.FORMAT.file_names, read_hurst_test),
        read(FILES, read_fingerprints),
        read((RECORD,), _record),
    )
    if all(part is None for part in (found.estimates, found.population, found.hurst_test, found.fingerprints)):
        raise InputError("holds no results", file=folder, remedy="Give a folder that perrin analyze wrote.")
    return found


def _record(folder: Path) -> Json:
    try:
        said = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return dict(said)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"is not the record of a run ({type(error).__name__})",
            file=folder / RECORD,
            remedy="Run the command again.",
        ) from None
