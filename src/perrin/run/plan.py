"""The plan of a run: which tracks go together. It depends on the tracks alone, never on the workers."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate import Estimator
from perrin.tracks import Tracks
from perrin.version import __version__

CHUNK_POINTS: Final = 10_000
"""A chunk is closed once it holds this many points."""
_SHARES: Final = 8
"""Fewer points are divided into about so many chunks, so that all cores have work to the end."""


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

    def generator(self, index: int) -> np.random.Generator:
        """The random generator of one chunk, the same whoever works on it."""
        return np.random.default_rng([self.seed, index])


def make_plan(tracks: Tracks, estimator: Estimator, seed: int) -> Plan:
    """Divide the tracks into chunks of about CHUNK_POINTS points, fewer where there are few tracks in all.

    Raises InputError for a negative seed.
    """
    if seed < 0:
        raise InputError(f"the seed cannot be {seed}", remedy="Give 0 or a positive whole number.")
    filled = np.cumsum(np.maximum(tracks.lengths, 20))
    total = int(filled[-1]) if len(filled) else 0
    size = min(CHUNK_POINTS, max(CHUNK_POINTS // 10, total // _SHARES))
    filled = np.concatenate([[0], filled // size])
    borders = [0, *(np.flatnonzero(np.diff(filled)) + 1).tolist()]
    if borders[-1] != len(tracks) or len(borders) == 1:  # no tracks are one empty chunk
        borders.append(len(tracks))
    return Plan(tuple(borders), seed, _fingerprint(tracks, estimator, seed, borders))


def _fingerprint(tracks: Tracks, estimator: Estimator, seed: int, borders: list[int]) -> str:
    digest = hashlib.sha256()
    for array in (tracks.positions, tracks.times, tracks.offsets, tracks.frames, tracks.sigma):
        if array is not None:
            digest.update(np.ascontiguousarray(array).tobytes())
    digest.update(tracks.info.write_json().encode())
    described: dict[str, Any] = {
        "units": [tracks.units.length, tracks.units.time],
        "method": estimator.info.name,
        "settings": dict(estimator.settings()),
        "seed": seed,
        "borders": borders,
        "perrin": __version__,
    }
    digest.update(json.dumps(described, sort_keys=True, default=str).encode())
    return digest.hexdigest()
