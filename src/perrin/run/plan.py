"""The plan of a run: which tracks go together. It depends on the tracks alone, never on the workers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate import Estimator
from perrin.tracks import Tracks
from perrin.types import IntArray
from perrin.version import __version__

if TYPE_CHECKING:
    from perrin.run.shelf import Shelf

CHUNK_POINTS: Final = 10_000
"""A chunk is closed once it holds this many points."""
_SHARES: Final = 8
"""Fewer points are divided into about so many chunks, so that all cores have work to the end."""
_LEAST_WORK: Final = 20
"""A track counts for at least so many points: very short ones cost more than their points."""


@final
@dataclass(frozen=True)
class Plan:
    """Chunks of whole tracks, and a fingerprint of everything their results depend on.

    Attributes:
        borders: chunk i holds tracks borders[i] to borders[i + 1].
        seed: from which every chunk draws a generator of its own.
        fingerprint: SHA-256 of the tracks, the method, its settings, the seed, the borders and perrin's version.
    """

    borders: tuple[int, ...]
    seed: int
    fingerprint: str

    def __len__(self) -> int:
        return len(self.borders) - 1

    def chunk(self, tracks: Tracks, index: int) -> Tracks:
        """The tracks of one chunk."""
        return tracks.select(range(self.borders[index], self.borders[index + 1]))

    def size(self, index: int) -> int:
        """How many tracks a chunk holds."""
        return self.borders[index + 1] - self.borders[index]


def generator(seed: int, index: int) -> np.random.Generator:
    """The random generator of one chunk, the same whoever works on it."""
    return np.random.default_rng([seed, index])


def chunk_size(tracks: Tracks) -> int:
    """Points of a chunk: CHUNK_POINTS, fewer where there are few tracks in all."""
    total = int(np.maximum(tracks.lengths, _LEAST_WORK).sum())
    return min(CHUNK_POINTS, max(CHUNK_POINTS // 10, total // _SHARES))


def cuts(lengths: IntArray, before: int, size: int) -> tuple[IntArray, int]:
    """Where chunks end among tracks of these lengths, and the work counted up to their end.

    A chunk is closed by the track with which the work since the first of all tracks reaches a multiple of `size`.
    """
    filled = before + np.cumsum(np.maximum(lengths, _LEAST_WORK))
    whole = np.concatenate([[before // size], filled // size])
    return np.flatnonzero(np.diff(whole)) + 1, int(filled[-1]) if len(filled) else before


def make_plan(tracks: Tracks, estimator: Estimator, seed: int) -> Plan:
    """The plan of tracks in memory. Raises InputError for a negative seed."""
    ends, _ = cuts(tracks.lengths, 0, chunk_size(tracks))
    borders = [0, *ends.tolist()]
    if borders[-1] != len(tracks) or len(borders) == 1:  # no tracks are one empty chunk
        borders.append(len(tracks))
    digest = hashlib.sha256()
    for array in (tracks.positions, tracks.times, tracks.offsets, tracks.frames, tracks.sigma):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(tracks.info.write_json().encode())
    digest.update(f"{tracks.units.length} {tracks.units.time}".encode())
    return _plan(borders, estimator, seed, digest.hexdigest(), {})


def plan_of(shelf: Shelf, estimator: Estimator, seed: int, more: Mapping[str, Any] | None = None) -> Plan:
    """The plan of tracks on disk: their chunks as they are. `more` is what else results depend on.

    Raises InputError for a negative seed.
    """
    borders = [0, *np.cumsum(shelf.sizes).tolist()]
    return _plan(borders, estimator, seed, shelf.digest, more or {})


def _plan(borders: list[int], estimator: Estimator, seed: int, digest: str, more: Mapping[str, Any]) -> Plan:
    if seed < 0:
        raise InputError(f"the seed cannot be {seed}", remedy="Give 0 or a positive whole number.")
    described: dict[str, Any] = {
        "tracks": digest,
        "method": estimator.info.name,
        "settings": dict(estimator.settings()),
        "seed": seed,
        "borders": borders,
        "perrin": __version__,
        **more,
    }
    text = json.dumps(described, sort_keys=True, default=str)
    return Plan(tuple(borders), seed, hashlib.sha256(text.encode()).hexdigest())
