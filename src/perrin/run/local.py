"""Chunks on the cores of this machine: one process each, one BLAS thread in it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from typing import Protocol, TypeVar

import numpy as np

from perrin.errors import PerrinError
from perrin.run.plan import Plan
from perrin.tracks import Tracks

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

Result_co = TypeVar("Result_co", covariant=True)


class Task(Protocol[Result_co]):
    """What is done with each chunk of tracks: an estimator, or anything that works like one."""

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Result_co:
        """The result for some of the tracks."""


def run_chunks(
    tracks: Tracks, task: Task[Result_co], plan: Plan, todo: Sequence[int], *, workers: int
) -> Generator[tuple[int, Result_co]]:
    """Results of the chunks in `todo`, in whatever order they finish.

    Raises PerrinError when a worker process dies, and whatever the task raises.
    """
    workers = min(workers, len(todo))
    if workers <= 1:
        for index in todo:
            yield index, task.estimate(plan.chunk(tracks, index), rng=plan.generator(index))
        return
    waiting = iter(todo)
    running: dict[Future[Result_co], int] = {}
    with _pool(workers) as pool:
        while True:
            # Two for each worker, so that none waits and the chunks are not all in memory at once.
            with _for_workers():
                for index in islice(waiting, 2 * workers - len(running)):
                    chunk = plan.chunk(tracks, index)
                    running[pool.submit(_work, task, chunk, plan.seed, index)] = index
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


def _work(task: Task[Result_co], tracks: Tracks, seed: int, index: int) -> Result_co:
    return task.estimate(tracks, rng=Plan((), seed, "").generator(index))


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
