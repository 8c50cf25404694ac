"""The pages of the documentation, the files they speak of, and how the lines of their blocks are run."""

from __future__ import annotations

import gzip
import re
import shlex
import signal
import socket
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from tests.helpers.forked import SMALL, Process, forks
from tests.helpers.tracker_files import csv, rows, trackmate

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_RUN = {
    r"perrin app\b": "opens a browser and stays; tests/app drives it",
    r"pip install\b": "tests need no network; that the extra exists is checked",
    r"make test$": "is what runs these tests; that its last step does so is checked",
}
"""Lines that are not run as they stand, and why."""


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """(language, text) of the code blocks of a page."""
    for found in _BLOCK.finditer(page.read_text("utf-8")):
        yield found[1], found[2]


def not_run(line: str) -> bool:
    """Whether a line is one of those that cannot run in a test."""
    return any(re.match(pattern, line.partition("#")[0].strip()) for pattern in NOT_RUN)


def spans(page: Path) -> list[str]:
    """What stands as code in the running text of a page."""
    return re.findall(r"`([^`\n]+)`", _BLOCK.sub("", page.read_text("utf-8")))


def prepare(folder: Path) -> None:
    """The files that the pages speak of."""
    (folder / "tracks.csv").write_bytes(csv(tracks=6, length=40))
    (folder / "cells.xml").write_bytes(trackmate(tracks=4, length=24))
    lines = [f"{t};{f};{x:.3f};{y:.3f}".replace(".", ",") for t, f, x, y in rows(4, 24)]
    (folder / "own.csv").write_text("\n".join(["Spur;Bild;PosX;PosY", *lines, ""]), "utf-8")
    (folder / "pixels.csv").write_text(
        "\n".join(["track,frame,x,y", *(f"{t},{f},{x},{y}" for t, f, x, y in rows(4, 24))])
    )
    for number, name in enumerate(("control-1", "control-2", "drug-1", "drug-2")):
        (folder / f"{name}.csv").write_bytes(csv(tracks=4, length=24, seed=number))
    for number, name in enumerate(("control", "drug")):
        (folder / name).mkdir()
        (folder / name / "x.csv").write_bytes(csv(tracks=4, length=24, seed=number))
    (folder / "short.csv").write_bytes(csv(tracks=30, length=4))
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(0).normal(0, 0.01, 300)))
    series = "\n".join(["Close", *(f"{v:.4f}" for v in walk), ""])
    (folder / "series.csv").write_text(series)
    (folder / "sp500.csv.gz").write_bytes(gzip.compress(series.encode()))
    for number, name in enumerate(("cells", "other", "actin", "glycerol")):
        (folder / f"{name}.csv").write_bytes(csv(tracks=24, length=40, seed=number))
    labels = [f"{track},{('free', 'bound')[track % 2]}" for track in range(24)]
    (folder / "labels.csv").write_text("\n".join(["track,class", *labels, ""]))
    (folder / "examples").mkdir()
    water = pl.read_csv(ROOT / "examples" / "bulk_water.csv", infer_schema=False)
    track, frame = (pl.col(name).cast(pl.Int64) for name in water.columns[:2])
    few = water.filter(track.is_in(track.unique().sort().head(24).implode()), frame - frame.min().over(track) < 30)
    few.write_csv(folder / "examples" / "bulk_water.csv")
    (folder / "shared").mkdir()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@dataclass
class Shell:
    """Runs lines as they stand, with `one` for the loopback, `/shared` for a folder, and fewer simulated tracks."""

    perrin: Callable
    folder: Path
    _started: list[Process] = field(default_factory=list)
    _port: int = field(default_factory=_free_port)

    def run(self, line: str) -> None:
        here = line.replace("0.0.0.0", "127.0.0.1").replace("tcp://one:", "tcp://127.0.0.1:")
        here = here.replace("8786", str(self._port)).replace("/shared/", f"{self.folder}/shared/")
        here = re.sub(r"(?<=--tracks )\d+", _fewer, here)
        program, *words = shlex.split(here, comments=True)
        match program:
            case "perrin" if not not_run(line):
                self._perrin(words)
            case "dask":  # goes on until it is stopped
                self._started.append(forks().start(words, self.folder, module="dask", loaded=["distributed"]))
            case "cmp":
                subprocess.run([program, *words], check=True)
            case "pip":
                _extra_exists(words[1])
            case "make":
                self._make(words[0])
            case _:
                assert not_run(line), line

    def _perrin(self, words: list[str]) -> None:
        done = self.perrin(*words, script=SMALL)
        assert done.code == 0, (words, done.err)

    def _make(self, target: str) -> None:
        """What the target comes to when all is installed: a command of perrin, or these tests."""
        said = subprocess.run(
            ["make", "--no-print-directory", "-n", target], cwd=ROOT, check=True, capture_output=True, text=True
        )
        program, *words = shlex.split(said.stdout.splitlines()[-1])
        if target == "test":
            assert program.endswith("/pytest")
        else:
            assert program.endswith("/perrin")
            self._perrin(words)

    def close(self) -> None:
        for process in reversed(self._started):
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _fewer(tracks: re.Match[str]) -> str:
    """A tenth of as many, but 12 where there are as many: that is enough for every figure."""
    number = int(tracks[0])
    return str(min(number, max(12, number // 10)))


def _extra_exists(requirement: str) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    wanted = re.search(r"\[(.*)\]", requirement)
    assert wanted is None or wanted[1] in extras, requirement
