"""The plan of a run: which tracks go together, and a fingerprint of all that the results depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate import Estimator
from perrin.run.chunk_store import ChunkStore
from perrin.run.chunks import chunk_size, cuts
from perrin.tracks import Tracks
from perrin.version import __version__


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


def plan_of(store: ChunkStore, estimator: Estimator, seed: int, more: Mapping[str, Any] | None = None) -> Plan:
    """The plan of tracks on disk: their chunks as they are. `more` is what else results depend on.

    Raises InputError for a negative seed.
    """
    borders = [0, *np.cumsum(store.sizes).tolist()]
    return _plan(borders, estimator, seed, store.digest, more or {})


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
