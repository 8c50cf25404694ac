"""`perrin` as a user calls it: each call is a process of its own, forked from one that has imported what all need."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "forks.py"


@dataclass
class Result:
    """What a call of `perrin` left behind."""

    code: int
    out: str
    err: str


class Forks:
    """The process that is forked for each call."""

    def __init__(self, streams: Path) -> None:
        self._out, self._err = streams / "out", streams / "err"
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def call(self, words: tuple[object, ...], folder: Path, largest_file: int | None = None) -> Result:
        """Call `perrin` in a folder; no file that it writes may be larger than `largest_file` bytes."""
        asked = {"words": [str(w) for w in words], "folder": str(folder), "out": str(self._out), "err": str(self._err)}
        self._process.stdin.write(json.dumps(asked | {"largest_file": largest_file}) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return Result(code, self._out.read_text(encoding="utf-8"), self._err.read_text(encoding="utf-8"))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
