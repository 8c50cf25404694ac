"""Chunks on the cores of this machine: one process each, one BLAS thread in it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from multiprocessing.connection import Connection
from typing import Any, final

from perrin.errors import PerrinError
from perrin.run.executor import Executor, S, T, Task, X

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
THREADS = (*BLAS_THREADS, "POLARS_MAX_THREADS")
_WARNINGS = "PYTHONWARNINGS"


@final
class Cores(Executor):
    """The cores of this machine: tasks in this process, or in several of their own."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._stack = ExitStack()
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End the processes, at once where something is still running."""
        self._stack.close()

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def map(self, task: Task[S, X, T], shared: S, items: Iterable[tuple[int, X]]) -> Generator[tuple[int, T]]:
        """Results in whatever order they finish; a single item is done in this process.

        Raises PerrinError when a worker process dies, and whatever the task raises.
        """
        waiting = iter(items)
        first = list(islice(waiting, 2))
        if self._workers <= 1 or len(first) < 2:
            for index, item in chain(first, waiting):
                yield index, task(shared, item, index)
            return
        if self._pool is None:
            self._pool = self._stack.enter_context(_pool(self._workers))
        waiting = chain(first, waiting)
        running: dict[Future[T], int] = {}
        while True:
            # Two for each worker, so that none waits and the chunks are not all in memory at once.
            with for_workers():
                for index, item in islice(waiting, 2 * self._workers - len(running)):
                    running[self._pool.submit(task, shared, item, index)] = index
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Worker processes that end with this block, and with this process, however either of them ends."""
    context = multiprocessing.get_context("spawn")
    watched, alive = context.Pipe(duplex=False)
    with for_workers():  # the process that counts what is shared begins here
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_watch, initargs=(watched,))
    try:
        yield pool
        pool.shutdown()
    except BrokenProcessPool:
        raise PerrinError(
            "a worker process stopped (possible cause: out of memory). Run the same command with --resume and fewer "
            "--workers"
        ) from None
    finally:
        alive.close()
        pool.shutdown(cancel_futures=True)
        watched.close()


def _watch(alive: Connection) -> None:
    """End this worker as soon as the other end of `alive` is closed, be it by the death of its process."""
    # Whoever ends the command may signal all of its processes: the first one speaks for all.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_after, args=(alive,), daemon=True).start()


def _end_after(alive: Connection) -> None:
    try:
        alive.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)


@contextmanager
def for_workers() -> Iterator[None]:
    """Processes started here have one thread for each library, and leave Ctrl-C and its traces to this one."""
    before = {name: os.environ.get(name) for name in (*THREADS, _WARNINGS)}
    quiet = [os.environ[_WARNINGS]] if os.environ.get(_WARNINGS) else []
    os.environ |= dict.fromkeys(THREADS, "1") | {_WARNINGS: ",".join([*quiet, "ignore:resource_tracker:UserWarning"])}
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
