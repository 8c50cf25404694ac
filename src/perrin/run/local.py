"""Chunks on the cores of this machine: one process each, one BLAS thread in it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import Any, Self, TypeVar, final

from perrin.errors import PerrinError
from perrin.estimate import Estimator
from perrin.result import Estimates
from perrin.run.plan import Plan
from perrin.tracks import Tracks

T = TypeVar("T")
Task = Callable[[Estimator, Tracks, int, int], T]
"""From an estimator, some tracks, the seed of the run and the number of the chunk to a result."""

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@final
class Cores:
    """The cores of this machine: maps a task over the chunks of a plan, in this process or in several of their own.

    In a `with` block the processes are started once, at the first need, and end with it.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stack = ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> bool | None:
        return self._stack.__exit__(*error)  # type: ignore[arg-type]

    def map(
        self, task: Task[T], tracks: Tracks, estimator: Estimator, plan: Plan, todo: Sequence[int]
    ) -> Generator[tuple[int, T]]:
        """Results of `task` for the chunks in `todo`, in whatever order they finish.

        Raises PerrinError when a worker process dies, and whatever the task raises.
        """
        if min(self._workers, len(todo)) <= 1:
            for index in todo:
                yield index, task(estimator, plan.chunk(tracks, index), plan.seed, index)
            return
        if self._pool is None:
            self._pool = self._stack.enter_context(_pool(self._workers))
        waiting = iter(todo)
        running: dict[Future[T], int] = {}
        while True:
            # Two for each worker, so that none waits and the chunks are not all in memory at once.
            with _for_workers():
                for index in islice(waiting, 2 * self._workers - len(running)):
                    chunk = plan.chunk(tracks, index)
                    running[self._pool.submit(task, estimator, chunk, plan.seed, index)] = index
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()


def estimate(estimator: Estimator, tracks: Tracks, seed: int, index: int) -> Estimates:
    """Task: the estimates of one chunk."""
    return estimator.estimate(tracks, rng=Plan((), seed, "").generator(index))


def summarise(estimator: Estimator, tracks: Tracks, seed: int, index: int) -> Any:
    """Task: what the population pass must know of one chunk."""
    del seed, index
    return estimator.summarise(tracks)


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with this block, and with this process, however either of them ends."""
    context = multiprocessing.get_context("spawn")
    watched, alive = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_watch, initargs=(watched,))
    try:
        yield pool
        pool.shutdown()
    except BrokenProcessPool:
        raise PerrinError(
            "a worker process died (out of memory?). Run again with --resume, and with fewer --workers"
        ) from None
    finally:
        alive.close()
        pool.shutdown(cancel_futures=True)
        watched.close()


def _watch(alive: Connection) -> None:
    """End this worker as soon as the other end of `alive` is closed, be it by the death of its process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_after, args=(alive,), daemon=True).start()


def _end_after(alive: Connection) -> None:
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


@contextmanager
def _for_workers() -> Iterator[None]:
    """Processes started here have one BLAS thread each, and leave Ctrl-C to this one."""
    before = {name: os.environ.get(name) for name in BLAS_THREADS}
    os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))
    main = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN) if main else None
    try:
        yield
    finally:
        if main:
            signal.signal(signal.SIGINT, handler or signal.SIG_DFL)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
