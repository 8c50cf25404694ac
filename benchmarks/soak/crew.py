"""Worlds in processes of their own, so that one that never ends, or kills its process, is a finding and no more."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Final, NoReturn, final

from benchmarks.soak.command import by_command_line, repeating
from benchmarks.soak.examine import examine
from benchmarks.soak.finding import Finding
from benchmarks.soak.worlds import draw
from perrin.run.local import THREADS
from perrin.types import Json

LIMIT: Final = 60.0
"""Seconds of processor that a world may take."""
_UNTIL_KILLED: Final = 3.0
"""After so many times the limit a process ends that does not come back to Python."""
_WAITING: Final = 1800.0
"""Seconds by the clock after which a world hangs without working."""


class TooLongError(BaseException):
    """A world takes longer than it may; no Exception, so that nobody takes it for a bad track."""


def record_of(seed: int, *, small: bool, limit: float = LIMIT) -> Json:
    """What was drawn in a world, what is wrong with it, the commands that repeat it, and what it cost."""
    begun = time.process_time()
    world = draw(seed, small=small)
    with _limited(limit) as late:
        found = examine(world)
    record = _record(seed, small, late or found)
    record["seconds"] = round(time.process_time() - begun, 3)
    return record


def _record(seed: int, small: bool, found: list[Finding]) -> Json:
    world = draw(seed, small=small)
    return {
        "seed": seed, "seconds": 0.0, "findings": [[f.check, f.where, f.said] for f in found],
        "kinds": list(world.kinds), "method": world.call.method, "dimension": world.dimension,
        "command": repeating(seed, small=small), "by the command line": by_command_line(world),
    }  # fmt: skip


@contextmanager
def _limited(seconds: float) -> Iterator[list[Finding]]:
    """A block that ends after so many seconds of processor; then the list has the finding."""
    late: list[Finding] = []
    before = signal.signal(signal.SIGVTALRM, _stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    signal.setitimer(signal.ITIMER_PROF, seconds * _UNTIL_KILLED)  # its signal ends the process
    try:
        yield late
    except TooLongError as error:
        late.append(Finding("too long", str(error), f"more than {seconds:g} s of processor"))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGVTALRM, before)


def _stop(_number: int, frame: FrameType | None) -> NoReturn:
    while frame is not None and "/perrin/" not in frame.f_code.co_filename:
        frame = frame.f_back
    place = "nowhere" if frame is None else frame.f_code.co_filename.partition("/src/")[2] + f":{frame.f_code.co_name}"
    raise TooLongError(place)


def records(seeds: Iterable[int], *, small: bool, jobs: int, limit: float = LIMIT) -> Iterator[Json]:
    """The records of all seeds as they come, from `jobs` processes."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    todo = iter(seeds)
    crew = [_Worker(small, limit) for _ in range(jobs)]
    try:
        busy = [worker for worker in crew if worker.take(next(todo, None))]
        while busy:
            ready = wait([worker.connection for worker in busy], timeout=5)
            for worker in busy.copy():
                if worker.connection in ready or worker.hangs:
                    yield worker.record()
                    if not worker.take(next(todo, None)):
                        busy.remove(worker)
    finally:
        for worker in crew:
            worker.end()


@final
class _Worker:
    """A process that examines one world at a time; one that dies is replaced."""

    def __init__(self, small: bool, limit: float) -> None:
        self._small, self._limit = small, limit
        self._seed, self._since = 0, 0.0
        self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, self._small, self._limit), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def hangs(self) -> bool:
        """Whether its world has taken so long by the clock that it will not end."""
        return time.monotonic() - self._since > _WAITING

    def take(self, seed: int | None) -> bool:
        """Begin with a world; False where there is none."""
        if seed is None:
            return False
        self._seed, self._since = seed, time.monotonic()
        self.connection.send(seed)
        return True

    def record(self) -> Json:
        """The record of its world, be it that of its death."""
        try:
            if self.connection.poll():
                found: Json = self.connection.recv()
                return found
        except EOFError:
            pass
        self._process.kill() if self.hangs else self._process.join()
        self._process.join()
        code = self._process.exitcode or 0
        said = signal.Signals(-code).name if code < 0 else f"exit {code}"
        check = "too long" if code == -signal.SIGPROF or self.hangs else "died"
        found = _record(self._seed, self._small, [Finding(check, said, "the process ended")])
        self._begin()
        return found

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _work(connection: Connection, small: bool, limit: float) -> None:
    while True:
        connection.send(record_of(connection.recv(), small=small, limit=limit))
