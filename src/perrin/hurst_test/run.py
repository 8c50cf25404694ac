"""The test on tracks in the chunks of a run: in memory, or from a chunk store into a folder that can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final, Unpack, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.estimate import Estimator, MethodSettings
from perrin.hurst_test.band import BandTest
from perrin.hurst_test.tester import HurstTester
from perrin.result import HurstTest
from perrin.result.hurst_test import FORMAT, concatenate_hurst_tests
from perrin.run import ChunkStore, Cores, Executor, Output, chosen_estimator, disk_errors
from perrin.run.failed import isolating
from perrin.run.plan import generator, make_plan, plan_of
from perrin.run.result_chunks import DamagedChunkError, ResultChunks
from perrin.tracks import Tracks
from perrin.tracks.reading import Readable, read
from perrin.types import Seed
from perrin.validate import check_seed, seed_number

MOST_DRAWN: Final = 600
"""Tracks whose curves a report may draw; of more, those at even distances from the smallest p to the largest."""

Progress = Callable[[int, int], None]


def run_hurst_test(
    data: Tracks | Readable,
    method: str | Estimator = "coeurjolly",
    *,
    samples: int = 1000,
    level: float = 0.05,
    seed: Seed = 0,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **settings: Unpack[MethodSettings],
) -> HurstTest:
    """Test every track for a Hurst exponent that changes along it.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        method: estimator of H(t) for the band test, by name or as it is. The calibrated test needs none.
        samples: tracks to simulate for a band, and for the null distribution of a track with gaps.
        level: of both tests, and the false discovery rate of `changes`.
        seed: of everything that is simulated: a whole number gives the same result each time, a generator is drawn
            from, None gives another result each time.
        workers: processes to share the work.
        executor: who does it, where that is somebody else than `workers` processes here.
        progress: called with the number of tracks done and of all tracks.
        settings: parameters of the named method. An estimator has its own.

    Returns:
        The tests of all tracks, and their bands.

    Raises:
        InputError: for a level or a number of samples that makes no sense, or input that cannot be read.
    """
    seed = seed_number(seed)
    tests = make_hurst_tester(method, settings, samples=samples, level=level, seed=seed)
    tracks = data if isinstance(data, Tracks) else read(data)
    plan = make_plan(tracks, tests.band.estimator, seed)
    chunks = ((index, plan.chunk(tracks, index)) for index in range(len(plan)))
    parts, done = {}, 0
    with executor or Cores(workers) as crew, closing(crew.map(_test_of_chunk, tests, chunks)) as results:
        for index, part in results:
            parts[index] = part
            done += part.tests.height
            if progress is not None:
                progress(done, len(tracks))
    return concatenate_hurst_tests([parts[i] for i in range(len(plan))])


def make_hurst_tester(
    method: str | Estimator, settings: Mapping[str, object], *, samples: int, level: float, seed: int
) -> HurstTester:
    """Both tests, set as asked; raises InputError where that makes no sense."""
    if not 0 < level < 1:
        raise InputError(f"the level must be between 0 and 1, not {level}", remedy="0.05 is usual.")
    if samples < 1 / level:
        raise InputError(f"{samples} samples are too few for a level of {level}", remedy="Give 1000.")
    check_seed(seed)
    return HurstTester(BandTest(chosen_estimator(method, settings), samples, level, seed))


def run_hurst_test_into(
    folder: Output, store: ChunkStore, tester: HurstTester, *, executor: Executor, progress: Progress | None = None
) -> tuple[HurstTest, str]:
    """The same for tracks in a chunk store, chunk by chunk; `folder` keeps finished ones: the run can be resumed.

    The two tables are written to `folder.draft`. The tests of all tracks come back, with the bands of those that are
    drawn, and the fingerprint of the run.

    Raises:
        InputError: where a run is resumed that was another one.
        OSError: where the disk is full or the folder gone.
    """
    band = tester.band
    plan = plan_of(store, band.estimator, band.seed, {"test": [band.samples, band.level]})
    todo = folder.begin(plan)
    executor.check(folder.results.storage)
    job, done = _HurstTestJob(store, folder.results, tester), store.tracks - sum(plan.size(i) for i in todo)

    def carry_out(chunks: Iterable[int]) -> None:
        nonlocal done
        with closing(executor.map(_store_chunk, job, ((index, None) for index in chunks))) as finished:
            for index, _ in finished:
                done += plan.size(index)
                if progress is not None:
                    progress(done, store.tracks)

    carry_out(todo)
    if damaged := [index for index in range(len(plan)) if not _whole(folder.results, index)]:
        done -= sum(plan.size(index) for index in damaged)
        carry_out(damaged)
    tested = _collected(folder.results, len(plan))
    with disk_errors():
        folder.results.join(len(plan), ("bands",), folder.draft)
        tested.write(folder.draft, "tests")
    return tested, plan.fingerprint


@final
@dataclass(frozen=True)
class _HurstTestJob:
    """A run over the tracks of a chunk store; it travels once to every worker."""

    store: ChunkStore
    results: ResultChunks
    tester: HurstTester

    def files(self) -> dict[str, bytes]:
        return self.tester.files()


def _store_chunk(job: _HurstTestJob, _: None, index: int) -> None:
    """Task: decide on a chunk of the chunk store, and keep the result."""
    job.results.write(index, _test_of_chunk(job.tester, job.store.load(index), index), FORMAT.names)


def _test_of_chunk(tester: HurstTester, tracks: Tracks, index: int) -> HurstTest:
    """Task: the results of one chunk in memory."""
    return isolating(
        tester.test, tester.failed, concatenate_hurst_tests, tracks, generator(tester.band.seed, index)
    )  # fmt: skip


def _whole(results: ResultChunks, index: int) -> bool:
    try:
        for name in FORMAT.names:
            results.read(index, name)
    except DamagedChunkError:
        results.forget(index)
        return False
    return True


def _collected(results: ResultChunks, chunks: int) -> HurstTest:
    """The tests of all chunks, with the bands of the tracks that are drawn."""
    parts = [results.table(index, "tests") for index in range(chunks)]
    first = HurstTest.from_bytes(*(results.read(0, name) for name in FORMAT.names))
    whole = concatenate_hurst_tests([first, *(first.of(part) for part in parts[1:])])
    owner = np.repeat(np.arange(chunks), [part.height for part in parts])
    known = whole.tests.with_row_index("row").filter(pl.col("band_inside").is_not_null()).sort("p", nulls_last=True)
    rows = known["row"].to_numpy()
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_DRAWN)).round().astype(np.int64))]
    names = whole.tests[np.sort(rows)].select("source", "track")
    bands = [
        results.table(index, "bands").join(names, on=["source", "track"], how="semi", maintain_order="left")
        for index in np.unique(owner[rows]).tolist()
    ]
    return whole.of(whole.tests, pl.concat([first.bands.clear(), *bands]))
