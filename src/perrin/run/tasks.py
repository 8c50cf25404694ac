"""What every worker must know of a run, and the three tasks it is made of: summarise, estimate, gather."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self, final

import numpy as np
import polars as pl

from perrin.estimate import Estimator
from perrin.estimate.population import PopulationEstimator
from perrin.estimate.population.sample import Sample
from perrin.problems import Problem, Problems
from perrin.result import TABLES, Estimates, Overview, concatenate_estimates
from perrin.run.chunk_store import ChunkStore
from perrin.run.failed import estimate_all
from perrin.run.plan import generator
from perrin.run.populations import POPULATION
from perrin.run.result_chunks import DamagedChunkError, ResultChunks
from perrin.tracks import Tracks
from perrin.tracks.model import concatenate
from perrin.tracks.sampling import sampled
from perrin.weights import read_user_files

MOST_TRACKS: Final = 50_000
"""Tracks in the figures and the table of a report; of more, a fair sample."""
MOST_POINTS: Final = 1_000_000
"""Points of which tracks are drawn; of more, those of a fair sample."""

_BLOCK: Final = 64
"""Chunks whose parts are merged together."""


@final
@dataclass(frozen=True)
class SampleShares:
    """Which tracks stand for all of them where there are very many: shares of all, by `perrin.tracks.sampling`.

    Attributes:
        tracks: in the figures and the table of the report.
        points: drawn as they run.
        population: looked at for the population. It keeps the smallest lots among them.
    """

    tracks: float
    points: float
    population: float

    @classmethod
    def of(cls, store: ChunkStore, population: PopulationEstimator) -> Self:
        """The shares for the tracks in a chunk store."""
        tracks = min(1.0, MOST_TRACKS / max(store.tracks, 1))
        points = min(tracks, MOST_POINTS / max(sum(store.points), 1))
        return cls(tracks, points, min(1.0, 4 * population.most_tracks / max(store.tracks, 1)))


@final
@dataclass(frozen=True)
class AnalysisJob:
    """A run over the tracks of a chunk store; it travels once to every worker.

    Attributes:
        store: the tracks.
        results: where results go.
        estimator: the method.
        seed: from which every chunk draws a generator of its own.
        population: that of all tracks together.
        shares: which tracks the report shows.
    """

    store: ChunkStore
    results: ResultChunks
    estimator: Estimator
    seed: int
    population: PopulationEstimator
    shares: SampleShares

    def files(self) -> dict[str, bytes]:
        """What the method reads beside the tracks, to be shipped where the work is done."""
        return read_user_files(self.estimator.files())


@final
@dataclass(frozen=True, eq=False)
class ChunkDigest:
    """What the report, the record and the population need of a chunk, and of all of them together.

    Attributes:
        overview: the numbers.
        estimates: the tracks that stand for all, and the points of those that are drawn.
        tracks: those that are drawn.
        sample: for the population, or what kept it from being drawn.
    """

    overview: Overview
    estimates: Estimates
    tracks: Tracks
    sample: Sample | Problem

    @classmethod
    def merged(cls, parts: Sequence[Self]) -> Self:
        """What is needed of consecutive chunks together."""
        return cls(
            Overview.merged(part.overview for part in parts),
            concatenate_estimates([part.estimates for part in parts]),
            concatenate([part.tracks for part in parts]),
            _merged_samples([part.sample for part in parts]),
        )


def _sample(job: AnalysisJob, tracks: Tracks) -> Sample | Problem:
    def drawn() -> Sample | Problem:
        return job.population.sample(tracks, share=job.shares.population)

    return Problems().attempt(POPULATION, drawn, lambda problem: problem)


def _merged_samples(parts: Sequence[Sample | Problem]) -> Sample | Problem:
    """The sample of consecutive chunks together; the first problem where there was one."""
    problem = next((part for part in parts if isinstance(part, Problem)), None)
    return problem or Sample.merged([part for part in parts if isinstance(part, Sample)])


@final
class DigestCollector:
    """Parts of all chunks as they come, merged block by block, so that few wait; their order does not matter."""

    def __init__(self, chunks: int) -> None:
        self._chunks = chunks
        self._parts: dict[int, ChunkDigest] = {}
        self._blocks: dict[int, ChunkDigest] = {}

    def add(self, index: int, part: ChunkDigest) -> None:
        """Take in the part of a chunk."""
        self._parts[index] = part
        block = index // _BLOCK
        members = range(block * _BLOCK, min((block + 1) * _BLOCK, self._chunks))
        if all(member in self._parts for member in members):
            self._blocks[block] = ChunkDigest.merged([self._parts.pop(member) for member in members])

    def missing(self) -> list[int]:
        """The chunks whose part has not come."""
        return [i for i in range(self._chunks) if i not in self._parts and i // _BLOCK not in self._blocks]

    def whole(self) -> ChunkDigest:
        """All of them together."""
        return ChunkDigest.merged([self._blocks[block] for block in range(len(self._blocks))])


def summarize(job: AnalysisJob, _: None, index: int) -> Any:
    """Task: what the method must know of a chunk before any chunk is estimated."""
    return job.estimator.summarize(job.store.load(index), chunks=len(job.store))


def estimate(job: AnalysisJob, _: None, index: int) -> None:
    """Task: estimate a chunk, and keep the result."""
    tracks = job.store.load(index)
    job.results.write(index, estimate_all(job.estimator, tracks, generator(job.seed, index)), TABLES)


def digest(job: AnalysisJob, _: None, index: int) -> ChunkDigest | None:
    """Task: what is needed of a finished chunk; None where it is not as it was written."""
    try:
        estimates = Estimates.from_bytes(*(job.results.read(index, name) for name in TABLES))
    except DamagedChunkError:
        return None
    tracks = job.store.load(index)
    info = estimates.tracks
    shown = sampled(info, job.shares.tracks)
    traced = sampled(info, job.shares.points)
    names = info.filter(pl.Series(traced)).select("source", "track")
    points = estimates.points
    if not traced.all():
        points = points.join(names, on=["source", "track"], how="semi", maintain_order="left")
    part = replace(estimates, points=points, tracks=info.filter(pl.Series(shown)))
    sample = _sample(job, tracks)
    return ChunkDigest(Overview.of(estimates), part, tracks.select(np.flatnonzero(traced)), sample)
