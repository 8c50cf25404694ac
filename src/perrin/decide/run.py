"""From tracks to decisions, in the chunks of a run: in memory, or from a shelf into a folder that can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import polars as pl

from perrin.decide.band import BandTest
from perrin.decide.both import BothTests
from perrin.errors import InputError
from perrin.estimate import Estimator
from perrin.result import Decisions
from perrin.result.decisions import FORMAT, concatenate_decisions
from perrin.run import Cores, Executor, Output, Shelf, disk_errors, make_estimator
from perrin.run.failed import isolating
from perrin.run.kept import DamagedChunkError, Kept
from perrin.run.plan import generator, make_plan, plan_of
from perrin.tracks import Tracks
from perrin.tracks.read import read
from perrin.validate import check_seed

MOST_DRAWN: Final = 600
"""Tracks whose curves a report may draw; of more, those at even distances from the smallest p to the largest."""

Progress = Callable[[int, int], None]


def decide(
    data: Any,
    *,
    method: str | Estimator = "coeurjolly",
    samples: int = 1000,
    level: float = 0.05,
    seed: int = 0,
    workers: int = 1,
    executor: Executor | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Decisions:
    """Test every track for a Hurst exponent that changes along it.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        method: estimator of H(t) for the band test, by name or as it is. The calibrated test needs none.
        samples: tracks to simulate for a band, and for the null distribution of a track with gaps.
        level: of both tests, and the false discovery rate of `changes`.
        seed: of everything that is simulated.
        workers: processes to share the work.
        executor: who does it, where that is somebody else than `workers` processes here.
        progress: called with the number of tracks done and of all tracks.
        settings: parameters of the method.

    Returns:
        Decisions.

    Raises:
        InputError: for a level or a number of samples that makes no sense, or input that cannot be read.
    """
    tests = make_tests(method, settings, samples=samples, level=level, seed=seed)
    tracks = data if isinstance(data, Tracks) else read(data)
    plan = make_plan(tracks, tests.band.estimator, seed)
    chunks = ((index, plan.chunk(tracks, index)) for index in range(len(plan)))
    parts, done = {}, 0
    with executor or Cores(workers) as crew, closing(crew.map(_decide_chunk, tests, chunks)) as results:
        for index, part in results:
            parts[index] = part
            done += part.tests.height
            if progress is not None:
                progress(done, len(tracks))
    return concatenate_decisions([parts[i] for i in range(len(plan))])


def make_tests(
    method: str | Estimator, settings: dict[str, Any], *, samples: int, level: float, seed: int
) -> BothTests:
    """Both tests, set as asked; raises InputError where that makes no sense."""
    if not 0 < level < 1:
        raise InputError(f"a level of {level} is none", remedy="Give a probability, 0.05 as a rule.")
    if samples < 1 / level:
        raise InputError(f"{samples} samples cannot tell a level of {level}", remedy="Give 1000.")
    check_seed(seed)
    estimator = make_estimator(method, settings) if isinstance(method, str) else method
    return BothTests(BandTest(estimator, samples, level, seed))


def decide_into(
    folder: Output, shelf: Shelf, tests: BothTests, *, executor: Executor, progress: Progress | None = None
) -> tuple[Decisions, str]:
    """The same for tracks on a shelf, chunk by chunk; `folder` keeps finished ones, so that the run can be resumed.

    The two tables are written to `folder.draft`. The tests of all tracks come back, with the bands of those that are
    drawn, and the fingerprint of the run.

    Raises:
        InputError: where a run is resumed that was another one.
        OSError: where the disk is full or the folder gone.
    """
    band = tests.band
    plan = plan_of(shelf, band.estimator, band.seed, {"test": [band.samples, band.level]})
    todo = folder.begin(plan)
    executor.check(folder.kept.place)
    job, done = _Job(shelf, folder.kept, tests), shelf.tracks - sum(plan.size(i) for i in todo)

    def carry_out(chunks: Iterable[int]) -> None:
        nonlocal done
        with closing(executor.map(_keep_chunk, job, ((index, None) for index in chunks))) as finished:
            for index, _ in finished:
                done += plan.size(index)
                if progress is not None:
                    progress(done, shelf.tracks)

    carry_out(todo)
    if damaged := [index for index in range(len(plan)) if not _whole(folder.kept, index)]:
        done -= sum(plan.size(index) for index in damaged)
        carry_out(damaged)
    decisions = _gathered(folder.kept, len(plan))
    with disk_errors():
        folder.kept.join(len(plan), ("bands",), folder.draft)
        decisions.write(folder.draft, "tests")
    return decisions, plan.fingerprint


@final
@dataclass(frozen=True)
class _Job:
    """A run over the tracks of a shelf; it travels once to every worker."""

    shelf: Shelf
    kept: Kept
    tests: BothTests

    def files(self) -> dict[str, bytes]:
        return self.tests.files()


def _keep_chunk(job: _Job, _: None, index: int) -> None:
    """Task: decide on a chunk of the shelf, and keep the result."""
    job.kept.write(index, _decide_chunk(job.tests, job.shelf.load(index), index), FORMAT.names)


def _decide_chunk(tests: BothTests, tracks: Tracks, index: int) -> Decisions:
    """Task: the decisions on one chunk in memory."""
    return isolating(
        tests.decide, tests.failed, concatenate_decisions, tracks, generator(tests.band.seed, index)
    )  # fmt: skip


def _whole(kept: Kept, index: int) -> bool:
    try:
        for name in FORMAT.names:
            kept.read(index, name)
    except DamagedChunkError:
        kept.forget(index)
        return False
    return True


def _gathered(kept: Kept, chunks: int) -> Decisions:
    """The tests of all chunks, with the bands of the tracks that are drawn."""
    parts = [kept.table(index, "tests") for index in range(chunks)]
    first = Decisions.from_bytes(*(kept.read(0, name) for name in FORMAT.names))
    whole = concatenate_decisions([first, *(first.of(part) for part in parts[1:])])
    owner = np.repeat(np.arange(chunks), [part.height for part in parts])
    known = whole.tests.with_row_index("row").filter(pl.col("band_inside").is_not_null()).sort("p", nulls_last=True)
    rows = known["row"].to_numpy()
    rows = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_DRAWN)).round().astype(np.int64))]
    names = whole.tests[np.sort(rows)].select("source", "track")
    bands = [
        kept.table(index, "bands").join(names, on=["source", "track"], how="semi", maintain_order="left")
        for index in np.unique(owner[rows]).tolist()
    ]
    return whole.of(whole.tests, pl.concat([first.bands.clear(), *bands]))
