"""Coverage-guided fuzzing of every reader with atheris, for as long as you like.

    python -m tests.hostile.fuzz --seconds 3600 [--format utrack] [--seed 1] [--keep FOLDER]

Input bytes choose a dialect, and how a sound file of it is spoiled. A crash, a traceback, lost rows or more than ten
seconds for one file end the run; the input is then kept in FOLDER (by default the current one) as crash-… or timeout-….
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["perrin.tracks"]):
    from perrin.tracks.formats import readers

    readers()

from tests.helpers.reading import read_anything
from tests.helpers.spoiling import sound_files, spoil


class Provided:
    """Choices that atheris makes."""

    def __init__(self, data: bytes) -> None:
        self._data = atheris.FuzzedDataProvider(data)

    def number(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        return self._data.ConsumeIntInRange(low, high)


def main() -> None:
    """Fuzz until the time is over."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--format", default="", help="only dialects of this reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", default=".", help="folder for inputs that fail")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # polars' Rust ends the process where a damaged page claims too much memory (decision 0025).
        sound = [(d, data) for d, data in sound_files(Path(folder)).values() if d.name != "Parquet"]
        chosen = [(d, data) for d, data in sound if asked.format in ("", d.reader)]
        assert chosen, f"no dialect of {asked.format}"

        def one(data: bytes) -> None:
            choices = Provided(data)
            dialect, content = chosen[choices.number(0, len(chosen) - 1)]
            path = Path(folder) / dialect.file
            path.write_bytes(spoil(content, choices))
            read_anything(path, dict(dialect.options))

        arguments = [sys.argv[0], f"-max_total_time={asked.seconds}", f"-seed={asked.seed}", "-timeout=10",
                     "-rss_limit_mb=4096", f"-artifact_prefix={asked.keep}/"]  # fmt: skip
        atheris.Setup(arguments, one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
