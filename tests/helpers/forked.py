"""`perrin` as a user calls it: each call is a process of its own, forked from one that has imported what all need."""

from __future__ import annotations

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SCRIPTS = Path(__file__).parents[1] / "scripts"
SMALL = SCRIPTS / "small_examples.py"
"""`perrin` whose learning and whose demo are quick."""
PATIENCE = 300
"""Seconds that a call may take on a busy machine."""


@dataclass
class Result:
    """What a call of `perrin` left behind."""

    code: int
    out: str
    err: str


class Process:
    """A process that was forked elsewhere, with those methods of `subprocess.Popen` that tests need."""

    def __init__(self, pid: int, out: int, err: int, code: int) -> None:
        self.pid, self.returncode = pid, None
        self._code = code
        self._said: dict[int, str] = {}
        self._listening = [threading.Thread(target=self._listen, args=(pipe,), daemon=True) for pipe in (out, err)]
        self._streams = out, err
        for thread in self._listening:
            thread.start()

    def _listen(self, pipe: int) -> None:
        with os.fdopen(pipe, encoding="utf-8") as stream:
            self._said[pipe] = stream.read()

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended; negative where a signal has ended it."""
        if self.returncode is None:
            if not select.select([self._code], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            with os.fdopen(self._code) as told:
                self.returncode = int(told.read())
        return self.returncode

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it said on standard output and error, once all processes that can speak there have ended."""
        for thread in self._listening:
            thread.join(timeout)
            if thread.is_alive():
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        self.wait(timeout)
        out, err = self._streams
        return self._said[out], self._said[err]

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Forks:
    """The process that is forked for each call."""

    def __init__(self) -> None:
        self._link, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            call = [sys.executable, "-P", str(SCRIPTS / "forks.py"), str(number)]
            self._process = subprocess.Popen(call, pass_fds=[number], stdin=subprocess.DEVNULL)
        self._answers = self._link.makefile()

    def start(
        self, words: Sequence[object], folder: Path, *, module: str = "perrin", script: Path | None = None,
        surroundings: Mapping[str, str] | None = None, largest_file: int | None = None, session: bool = False,
        cores: int = 1, loaded: Sequence[str] = (),
    ) -> Process:  # fmt: skip
        """Start `perrin`, or something else.

        Args:
            words: its arguments.
            folder: where it is called.
            module: what is called in the place of `perrin`.
            script: the same, as a file.
            surroundings: variables of its environment beside those of this process.
            largest_file: no file that it writes may be larger, in bytes.
            session: whether it leads a session of its own.
            cores: how many it finds; as many workers are started where the words do not say how many.
            loaded: modules that this and later calls find imported.
        """
        call = {
            "words": [str(word) for word in words], "folder": str(folder), "module": module,
            "script": str(script) if script else None,
            "surroundings": {**os.environ, **(surroundings or {})}, "largest_file": largest_file, "session": session,
            "cores": cores, "loaded": list(loaded),
        }  # fmt: skip
        ours, theirs = zip(*(os.pipe() for _ in range(3)), strict=True)
        socket.send_fds(self._link, [json.dumps(call).encode()], theirs)
        pid = int(self._answers.readline())
        for end in theirs:
            os.close(end)
        return Process(pid, *ours)

    def call(self, words: Sequence[object], folder: Path, **how) -> Result:
        """As `start`, and what came of it."""
        process = self.start(words, folder, **how)
        out, err = process.communicate(PATIENCE)
        return Result(process.returncode, out, err)

    def close(self) -> None:
        """End the process."""
        self._answers.close()
        self._link.close()
        self._process.wait(PATIENCE)


@cache
def forks() -> Forks:
    """The one of this test process; it begins with the first call."""
    made = Forks()
    atexit.register(made.close)
    return made
