"""Commands of perrin, one after the other, as processes of their own: how far, what they said, how to stop them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, final

from perrin.types import Json

_PATIENCE: Final = 8.0
"""Seconds that a command has to end by itself after it was asked to."""
_POSIX: Final = os.name == "posix"
_KILL: Final = signal.SIGKILL if _POSIX else signal.SIGTERM


def perrin_process(words: Sequence[str], folder: Path) -> subprocess.Popen[str]:
    """`perrin` with these words in `folder`; nothing that lies in the folder is imported."""
    environment = {**os.environ, "PERRIN_PROGRESS": "json", "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"}
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "perrin", *words],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace", start_new_session=_POSIX,
    )  # fmt: skip


@final
class CommandRun:
    """Running commands. Their state is running, done, failed or cancelled."""

    def __init__(
        self, kind: str, commands: Sequence[Sequence[str]], folder: Path, finish: Callable[[], None]
    ) -> None:  # fmt: skip
        """Start the first; `finish` is called when all have ended by themselves with 0 or 3."""
        self.kind, self.state = kind, "running"
        self._phase, self._done, self._total = "starting", 0, 0
        self._messages: list[str] = []
        self._cancelled = False
        self._began = time.monotonic()
        self._took: float | None = None
        self._finish = finish
        self._commands, self._folder = commands, folder
        self._process = perrin_process(commands[0], folder)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def as_json(self) -> Json:
        """What the page shows of it."""
        return {
            "kind": self.kind, "state": self.state, "phase": self._phase, "done": self._done, "total": self._total,
            "said": "\n".join(self._messages[-20:]), "seconds": round(self._took or time.monotonic() - self._began, 1),
        }  # fmt: skip

    def cancel(self) -> None:
        """Ask it to stop, and after some seconds make it; returns when it is gone."""
        if self.state != "running":
            return
        self._cancelled = True
        self._signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        self._signal(_KILL)  # what did not end by itself, and workers that outlive their command
        self._thread.join(_PATIENCE)

    def wait(self) -> None:
        """Return when it has ended."""
        self._thread.join()

    def _signal(self, number: int) -> None:
        try:
            if _POSIX:
                os.killpg(self._process.pid, number)
            else:
                self._process.terminate()
        except (ProcessLookupError, PermissionError):
            pass

    def _watch(self) -> None:
        code = self._listen()
        for words in self._commands[1:]:
            if code or self._cancelled:
                break
            self._process = perrin_process(words, self._folder)
            code = self._listen()
        state = "cancelled" if self._cancelled else "done" if code in (0, 3) else "failed"
        if state == "done":
            try:
                self._phase = "opening the result"
                self._finish()
            except Exception as error:
                self._messages.append(f"the result cannot be shown: {error}")
                state = "failed"
        self._took = time.monotonic() - self._began
        self.state = state

    def _listen(self) -> int:
        with self._process as process:
            reader = threading.Thread(target=_drain, args=(process.stdout,), daemon=True)
            reader.start()
            for line in process.stderr or ():
                self._hear(line.rstrip("\n"))
            code = process.wait()
            reader.join()
        return code

    def _hear(self, line: str) -> None:
        if not line.startswith("{"):
            if line.strip():
                self._messages.append(line.removeprefix("perrin: "))
            return
        try:
            told = json.loads(line)
        except ValueError:
            return
        self._phase = str(told.get("phase", self._phase))
        self._done, self._total = int(told.get("done", self._done)), int(told.get("total", self._total))


def _drain(stream: IO[str] | None) -> None:
    for _ in stream or ():
        pass
