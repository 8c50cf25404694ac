"""Chunks on the cores of this machine: one process each, one BLAS thread in it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from perrin.errors import PerrinError
from perrin.estimate import Estimator
from perrin.result import Estimates
from perrin.run.plan import Plan
from perrin.tracks import Tracks

BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def run_chunks(
    tracks: Tracks, estimator: Estimator, plan: Plan, todo: Sequence[int], *, workers: int
) -> Iterator[tuple[int, Estimates]]:
    """Results of the chunks in `todo`, in whatever order they finish."""
    if workers <= 1 or len(todo) <= 1:
        for index in todo:
            yield index, estimator.estimate(plan.chunk(tracks, index), rng=plan.generator(index))
        return
    with _one_thread_each(), _pool(min(workers, len(todo))) as pool:
        try:
            futures = {
                pool.submit(_work, estimator, plan.chunk(tracks, index), plan.seed, index): index for index in todo
            }
            for future in as_completed(futures):
                yield futures[future], future.result()
        except BrokenProcessPool:
            raise PerrinError(
                "a worker process died (out of memory?). Run again with --resume, and with fewer --workers"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pool(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn"))


def _work(estimator: Estimator, tracks: Tracks, seed: int, index: int) -> Estimates:
    return estimator.estimate(tracks, rng=Plan((), seed, "").generator(index))


class _one_thread_each:  # noqa: N801 - reads as a statement
    """Environment in which spawned processes start with one BLAS thread."""

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in BLAS_THREADS}
        os.environ.update(dict.fromkeys(BLAS_THREADS, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
