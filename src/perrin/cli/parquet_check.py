"""A damaged Parquet file can end the very process that reads it, so another one reads it first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from perrin.errors import InputError

READ: Final = (
    "import polars, sys; polars.scan_parquet(sys.argv[1], glob=False).select(polars.all().hash().max()).collect()"
)
"""Decodes every page and keeps nothing."""


def check_parquet_files(paths: Iterable[Path]) -> None:
    """Raises InputError naming the first Parquet file whose reading kills a process.

    What a reader merely complains about is left to the reader, which says it better.
    """
    for path in paths:
        if not _is_parquet(path):
            continue
        command = [sys.executable, "-I", "-c", READ, str(path.resolve())]
        trial = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
        if trial.returncode < 0 or trial.returncode == 128 + 6:
            raise InputError(
                "is a damaged Parquet file (reading it stops the process)", file=path, remedy="Create the file again."
            )


def _is_parquet(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(4) == b"PAR1"
    except OSError:
        return False
