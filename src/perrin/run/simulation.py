"""Simulated tracks, as many as one likes: in chunks, by whoever does the work, into one file."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Protocol, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.run.executor import Executor
from perrin.run.folder import disk_errors
from perrin.run.storage import LocalStorage, RemoteStorage, Storage, is_url
from perrin.simulate import Simulation
from perrin.tracks.store import replace_file
from perrin.types import Seed

CHUNK_POINTS: Final = 250_000
"""Points that are simulated together."""
ENDINGS: Final = (".csv", ".parquet")
_ROWS: Final = 100_000


class Simulator(Protocol):
    """How to simulate some of the tracks. It travels to the workers."""

    @property
    def tracks(self) -> int:
        """How many there are."""

    @property
    def length(self) -> int:
        """Frames of each."""

    def make(self, first: int, count: int, seed: Seed) -> Simulation:
        """`count` of the tracks from number `first` on."""


@final
@dataclass(frozen=True)
class _SimulationJob:
    simulator: Simulator
    seed: int
    size: int
    parts: Storage
    ending: str


def simulate_into(
    out: str, simulator: Simulator, *, seed: int, executor: Executor, progress: Callable[[int, int], None] | None = None
) -> int:
    """Simulate all tracks of a recipe into one CSV or Parquet file, and return the number of their points.

    Chunks draw from seeds of their own, the first one from `seed` itself; the file does not depend on who works.
    Raises InputError for another ending, OSError where the disk is full.
    """
    ending = f".{out.rpartition('.')[2]}"
    if ending not in ENDINGS:
        raise InputError(
            f"cannot write {ending if '.' in out.rpartition('/')[2] else 'a file without an extension'}",
            file=out,
            remedy=f"Use one of the extensions {' or '.join(ENDINGS)}.",
        )
    size = max(1, CHUNK_POINTS // simulator.length)
    parts = _beside(out)
    job = _SimulationJob(simulator, seed, size, parts, ending)
    count = -(-simulator.tracks // size)
    points = done = 0
    try:
        executor.check(parts)
        for index, made in executor.map(_make, job, ((index, None) for index in range(count))):
            points += made
            done += min(size, simulator.tracks - index * size)
            if progress is not None:
                progress(done, simulator.tracks)
        with disk_errors():
            _join(job, count, out)
    finally:
        with suppress(OSError):
            parts.clear()
    return points


def _beside(out: str) -> Storage:
    if is_url(out):
        there = RemoteStorage(f"{out}.partial")
        there.check()
        return there
    path = Path(out).absolute()
    return LocalStorage(path.with_name(f".{path.name}.partial"))


def _make(job: _SimulationJob, _: None, index: int) -> int:
    """Task: simulate a chunk, keep its rows, and say how many they are."""
    first = index * job.size
    count = min(job.size, job.simulator.tracks - first)
    seed = job.seed if index == 0 else np.random.default_rng([job.seed, index])
    table = job.simulator.make(first, count, seed).table()
    table = table.with_columns((pl.col("track").cast(pl.Int64) + first).cast(pl.String))
    out = io.BytesIO()
    if job.ending == ".csv":
        table.write_csv(out, include_header=index == 0)
    else:
        table.write_parquet(out)
    job.parts.write(f"{index:06d}{job.ending}", out.getvalue())
    return table.height


def _join(job: _SimulationJob, count: int, out: str) -> None:
    def write(path: Path) -> None:
        names = [f"{index:06d}{job.ending}" for index in range(count)]
        if job.ending == ".csv":
            with path.open("wb") as file:
                for name in names:
                    file.write(job.parts.read(name))
        else:
            _lazily(job.parts, names).sink_parquet(path, row_group_size=_ROWS, maintain_order=True)

    if not is_url(out):
        replace_file(Path(out), write)
        return
    folder = Path(mkdtemp(prefix="perrin-"))
    try:
        whole = folder / out.rpartition("/")[2]
        write(whole)
        RemoteStorage(out.rpartition("/")[0]).upload(whole)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lazily(parts: Storage, names: list[str]) -> pl.LazyFrame:
    """The rows of all parts, of which one is in memory at a time."""
    from polars.io.plugins import register_io_source

    def rows(columns: list[str] | None, _where: object, _most: object, _batch: object) -> Iterator[pl.DataFrame]:
        for name in names:
            table = pl.read_parquet(io.BytesIO(parts.read(name)))
            yield table if columns is None else table.select(columns)

    schema = pl.read_parquet(io.BytesIO(parts.read(names[0])), n_rows=0).schema
    return register_io_source(rows, schema=schema, is_pure=True)
