"""What the page works on: the files, how they are read, the running command, the results."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, final

import plotly.graph_objects as go
import polars as pl

from perrin.app import command_line
from perrin.app.advice import advise
from perrin.app.analysis_view import AnalysisView, hurst_test_json
from perrin.app.command_run import CommandRun, perrin_process
from perrin.app.preview import first_lines
from perrin.app.uploads import LARGEST, free_path, link_into
from perrin.errors import InputError
from perrin.report.example import mixture
from perrin.result import HurstTest, read_hurst_test
from perrin.tracks.store import write_parquet
from perrin.types import Json

RESULTS: Final = "results"
TEST: Final = "test"
SELECTION: Final = "selection.parquet"
RESERVED: Final = (RESULTS, TEST, SELECTION)
"""Names in the folder of files that are perrin's own."""
_MOST_FILES: Final = 50
_SLOW: Final = 600.0


@final
@dataclass(frozen=True)
class OpenedFile:
    """One file: what commands in the folder call it, what a person calls it, its label, what it holds."""

    name: str
    display_name: str
    size: int
    condition: str = ""
    described: Json | None = None
    error: str = ""


@final
class Session:
    """The state behind the page. Every method may be called from any thread."""

    def __init__(self, folder: Path, largest: int = LARGEST) -> None:
        """`folder` is empty and is the session's own; files and results lie in it. `largest` is told to the page."""
        self.folder, self._largest = folder, largest
        self._lock = threading.RLock()
        self._files: dict[str, OpenedFile] = {}
        self._reading: dict[str, Any] = {}
        self._job: CommandRun | None = None
        self._analysis: AnalysisView | None = None
        self._hurst_test: HurstTest | None = None
        self._truth: dict[str, pl.DataFrame] = {}
        self._commands: dict[str, list[str]] = {}
        self._count = 0

    # ---- files ----

    def open(self, path: Path) -> None:
        """Take in a file of this machine, under the name that it has on the command line."""
        if not path.exists():
            raise InputError("does not exist", file=path, remedy="Give a track file that exists.")
        if any(path.samefile(self.folder / name) for name in self._files):
            raise InputError("the same file is given twice", file=path, remedy="Give each file once.")
        self.add(link_into(path, self.folder, RESERVED), display_name=str(path))

    def add(self, place: Path, display_name: str = "") -> None:
        """Take in a file that lies in the folder, or elsewhere on this machine."""
        size = place.stat().st_size
        inside = place.is_relative_to(self.folder)
        name = str(place.relative_to(self.folder)) if inside else str(place)
        with self._lock:
            if len(self._files) >= _MOST_FILES:
                self._take_away(name)
                raise InputError(
                    f"the app opens at most {_MOST_FILES} files at a time",
                    remedy="Use perrin analyze to analyze more files.",
                )
            reading = dict(self._reading)
            self._files[name] = OpenedFile(name, display_name or name, size)
        found = self._describe(name, reading)
        with self._lock:
            if name in self._files:
                self._files[name] = replace(self._files[name], **found)

    def _take_away(self, name: str) -> None:
        """Delete a file that was sent, or the link to one; what lies elsewhere stays."""
        place = self.folder / name
        if place.is_relative_to(self.folder):
            place.unlink(missing_ok=True)

    def simulate(self) -> None:
        """Take in a simulated mixture, whose truth is kept to be held against the estimates."""
        simulation = mixture()
        place = free_path(self.folder, "mixture.csv")
        simulation.write(place)
        table = simulation.table().select("track", "alpha")
        with self._lock:
            self._truth[place.name] = table
        self.add(place)

    def truth(self) -> pl.DataFrame | None:
        """Track and true alpha where a single simulated file was analysed; else None."""
        with self._lock:
            return self._truth.get(next(iter(self._files))) if len(self._files) == 1 else None

    def remove(self, name: str) -> None:
        """Forget a file; one that was sent is deleted, one of this machine is left where it is."""
        with self._lock:
            if name not in self._files:
                raise InputError(f"no file named {name!r} is open")
            del self._files[name]
        self._take_away(name)

    def label(self, name: str, condition: str) -> None:
        """Give the tracks of a file the label of a condition."""
        command_line.options({"condition": condition}, ("condition",))
        with self._lock:
            if name not in self._files:
                raise InputError(f"no file named {name!r} is open")
            self._files[name] = replace(self._files[name], condition=condition.strip())

    def read_as(self, given: Mapping[str, Any]) -> None:
        """Correct how the files are read, and look at them again."""
        command_line.options(given, command_line.READING)
        with self._lock:
            self._reading = {name: value for name, value in given.items() if value not in (None, "", False)}
            names, reading = list(self._files), dict(self._reading)
        for name in names:
            found = self._describe(name, reading)
            with self._lock:
                if name in self._files:
                    self._files[name] = replace(self._files[name], **found)

    def _describe(self, name: str, reading: Mapping[str, Any]) -> Json:
        words = ["info", name, "--json", *command_line.options(reading, command_line.READING)]
        with perrin_process(words, self.folder) as process:
            try:
                out, err = process.communicate(timeout=_SLOW)
            finally:
                process.kill()
        if process.returncode == 0:
            return {"described": json.loads(out), "error": ""}
        said = [line for line in err.splitlines() if line.strip() and not line.startswith("{")]
        return {"described": None, "error": said[-1].removeprefix("perrin: ") if said else "the file cannot be read"}

    # ---- work ----

    def analyze(self, given: Mapping[str, Any]) -> None:
        """Start `perrin analyze` on all files; raises InputError where something runs already or an option is wrong."""
        with self._lock:
            self._check_idle()
            files = list(self._files.values())
            if not files:
                raise InputError("no file is open", remedy="Open a file first.")
            settings = command_line.options(given, command_line.ANALYSIS)
            reading = command_line.options(self._reading, command_line.READING)
            commands, said = command_line.analysis(
                [(f.name, f.display_name, f.condition) for f in files], reading, settings, RESULTS
            )
            shutil.rmtree(self.folder / RESULTS, ignore_errors=True)
            shutil.rmtree(self.folder / TEST, ignore_errors=True)
            self._analysis = self._hurst_test = None
            self._commands = {"analyze": said}
            self._job = CommandRun("analyze", commands, self.folder, self._open_results)

    def test(self, rows: list[int] | None, given: Mapping[str, Any]) -> None:
        """Start `perrin test` on some rows of the tracks table, or on all tracks."""
        with self._lock:
            self._check_idle()
            outcome = self.analysis()
            settings = command_line.options(given, command_line.TEST)
            chosen = list(range(len(outcome.tracks))) if rows is None else rows
            write_parquet(outcome.selected(chosen), self.folder / SELECTION)
            shutil.rmtree(self.folder / TEST, ignore_errors=True)
            self._hurst_test = None
            words = ["test", SELECTION, "-o", TEST, *settings]
            self._commands["test"] = [command_line.as_typed(words)]
            self._job = CommandRun("test", [words], self.folder, self._open_test)

    def cancel(self) -> None:
        """Stop what runs; what it had begun to write is taken away."""
        with self._lock:
            job = self._job
        if job is not None:
            job.cancel()
            for path in self.folder.glob(".*.partial"):
                shutil.rmtree(path, ignore_errors=True)

    def _check_idle(self) -> None:
        if self._job is not None and self._job.state == "running":
            raise InputError("another computation is running", remedy="Wait until it ends, or cancel it.")

    def _open_results(self) -> None:
        found = AnalysisView.open(self.folder / RESULTS)
        with self._lock:
            self._analysis = found
            self._count += 1

    def _open_test(self) -> None:
        found = read_hurst_test(self.folder / TEST)
        with self._lock:
            self._hurst_test = found
            self._count += 1

    # ---- what the page shows ----

    def analysis(self) -> AnalysisView:
        """The finished analysis; raises InputError where there is none."""
        with self._lock:
            if self._analysis is None:
                raise InputError("there is no result yet; analyze the tracks first")
            return self._analysis

    def hurst_test(self) -> HurstTest:
        """The finished test; raises InputError where there is none."""
        with self._lock:
            if self._hurst_test is None:
                raise InputError("there is no test yet; test the tracks first")
            return self._hurst_test

    def figure(self, name: str, rows: list[int] | None, options: dict[str, Any]) -> go.Figure:
        """A figure of the finished analysis, with what a finished test says; raises InputError where there is none."""
        with self._lock:
            outcome, truth, hurst_test = self.analysis(), self.truth(), self._hurst_test
        return outcome.figure(name, rows, options, truth, hurst_test)

    def test_table(self) -> Json:
        """Summary and rows of the test."""
        return hurst_test_json(self.hurst_test())

    def state(self) -> Json:
        """Everything but results."""
        with self._lock:
            described = [f.described for f in self._files.values() if f.described is not None]
            return {
                "files": [
                    {"name": f.name, "said": f.display_name, "size": f.size, "condition": f.condition,
                     "described": f.described, "error": f.error, "head": first_lines(self.folder / f.name)}
                    for f in self._files.values()
                ],
                "reading": self._reading,
                "advice": advise(described) if described else None,
                "job": None if self._job is None else self._job.as_json(),
                "commands": self._commands,
                "largest": self._largest,
                "simulated": self.truth() is not None,
                "count": self._count,
                "analysed": self._analysis is not None,
                "tested": self._hurst_test is not None,
            }  # fmt: skip

    def close(self) -> None:
        """Stop what runs."""
        self.cancel()
