"""A Dask cluster on the loopback."""

from __future__ import annotations

import json
import time
from pathlib import Path

from tests.helpers.forked import Process, forks


class Cluster:
    """A scheduler and workers, each a process of its own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", ":0",
                                     "--scheduler-file", str(folder / "scheduler.json"))  # fmt: skip
        self.address = _address(folder / "scheduler.json")
        self.workers = [self.add() for _ in range(workers)]

    def add(self) -> Process:
        """One more worker."""
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")

    def _start(self, *words: str) -> Process:
        return forks().start(words, self._folder, module="dask", loaded=["distributed"])

    def close(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.communicate()


def _address(file: Path) -> str:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        try:
            return json.loads(file.read_text())["address"]
        except (OSError, ValueError):
            time.sleep(0.05)
    raise TimeoutError
