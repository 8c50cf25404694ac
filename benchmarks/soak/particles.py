"""The tracks of a world: simulated, then mixed, cut, enlarged and labelled as the world has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from benchmarks.soak.worlds import PARTICLES, World
from perrin.simulate import Measurement, simulate_andi, simulate_fbm, simulate_mfbm
from perrin.simulate.andi_models import MODELS
from perrin.tracks import Tracks, Units
from perrin.tracks.model import concatenate
from perrin.types import FloatArray, Seed

_FASTEST = 5.0
"""Steps a frame of particles that are carried."""


def tracks_of(world: World) -> Tracks:
    """The tracks, the same for the same world."""
    rng = np.random.default_rng([world.seed, 2])
    shares = np.array_split(np.arange(world.tracks), len(world.kinds))
    parts = [
        _of_kind(world, kind, len(share), _seed(world, number), rng)
        for number, (kind, share) in enumerate(zip(world.kinds, shares, strict=True))
        if len(share)
    ]
    made = replace(concatenate(parts), provenance=parts[0].provenance)
    names = pl.Series("track", [str(i) for i in range(len(made))])
    return _labeled(
        world,
        _stating(world, _cut(world, _enlarged(world, replace(made, info=made.info.with_columns(names))), rng), rng),
    )


def _seed(world: World, number: int) -> Seed:
    """Of the particles of one kind; that of a world with one kind is its own, as on the command line."""
    return np.random.default_rng([world.seed, number]) if world.mixed else world.seed


def drawn_laws(world: World, tracks: int) -> tuple[FloatArray, FloatArray]:
    """Hurst exponent and D of each track of fractional Brownian motion, as `perrin simulate fbm` draws them."""
    rng = np.random.default_rng([world.seed, 1])
    hurst = rng.uniform(*world.alpha, tracks) / 2
    return hurst, np.exp(rng.uniform(np.log(world.D[0]), np.log(world.D[1]), tracks))


def _of_kind(world: World, kind: str, count: int, seed: Seed, rng: np.random.Generator) -> Tracks:
    size: dict[str, Any] = {"dimension": world.dimension, "dt": world.dt, "units": Units(*world.units), "seed": seed}
    seen = Measurement(sigma=world.sigma, exposure=world.exposure, missing=world.missing, jitter=world.jitter)
    if kind == "fbm":
        hurst, D = drawn_laws(world, count)
        return simulate_fbm(count, world.length, hurst=hurst, D=D, measurement=seen, **size).tracks
    if kind == "mfbm":
        step = world.step
        return simulate_mfbm(
            count, world.length, hurst=world.hurst, step=step, measurement=replace(seen, exposure=0.0), **size
        ).tracks
    if kind in PARTICLES:
        _, D = drawn_laws(world, count)
        unmoved = replace(seen, sigma=0.0, exposure=0.0)
        return _moved(world, kind, simulate_fbm(count, world.length, D=D, measurement=unmoved, **size).tracks, rng)
    models = kind if kind in MODELS else "any"
    made = simulate_andi(count, world.length, models=models, noise=world.error, step=world.step, **size).tracks
    return _missing(made, world.missing, rng)


def _moved(world: World, kind: str, free: Tracks, rng: np.random.Generator) -> Tracks:
    """Particles that rest, or that are carried along beside their free motion, and are seen with the error."""
    owner = np.repeat(np.arange(len(free)), free.lengths)
    speed = rng.uniform(0, _FASTEST) * world.step / world.dt
    velocity = rng.standard_normal((len(free), free.dimension)) * speed
    motion = {
        "still": np.zeros_like(free.positions),
        "carried": free.positions + velocity[owner] * free.times[:, None],
        "free": free.positions,
    }[kind]
    return replace(free, positions=motion + world.sigma * rng.standard_normal(motion.shape))


def _missing(tracks: Tracks, share: float, rng: np.random.Generator) -> Tracks:
    seen = rng.random(tracks.n_points) >= share
    seen[tracks.offsets[:-1]] = seen[tracks.offsets[1:] - 1] = True
    return _kept(tracks, seen)


def _cut(world: World, tracks: Tracks, rng: np.random.Generator) -> Tracks:
    """All but the first are cut, where the world is ragged."""
    if not world.ragged:
        return tracks
    lengths = np.append(tracks.lengths[0], rng.integers(1, tracks.lengths[1:] + 1))
    place = np.arange(tracks.n_points) - np.repeat(tracks.offsets[:-1], tracks.lengths)
    return _kept(tracks, place < np.repeat(lengths, tracks.lengths))


def _kept(tracks: Tracks, seen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Tracks:
    counts = np.add.reduceat(seen.astype(np.int64), tracks.offsets[:-1])
    return replace(
        tracks, positions=tracks.positions[seen], times=tracks.times[seen], frames=tracks.frames[seen],
        offsets=np.append(0, np.cumsum(counts)),
    )  # fmt: skip


def _enlarged(world: World, tracks: Tracks) -> Tracks:
    positions = tracks.positions.copy()
    positions[tracks.offsets[-2] :] *= world.giant
    return replace(tracks, positions=positions)


def _stating(world: World, tracks: Tracks, rng: np.random.Generator) -> Tracks:
    """Errors of single positions around the true one; some positions have none."""
    if not world.stated:
        return tracks
    sigma = world.sigma * rng.uniform(0.5, 2.0, tracks.positions.shape)
    sigma[rng.random(tracks.n_points) < 0.02] = 0.0
    return replace(tracks, sigma=sigma)


def _labeled(world: World, tracks: Tracks) -> Tracks:
    """Each replicate of each condition becomes a file, whose tracks are numbered from 0."""
    files = [(f"{c}{r}.csv", c) for c in "AB"[: world.conditions] for r in range(world.replicates)]
    if not files:
        return tracks
    which = np.arange(len(tracks)) * len(files) // len(tracks)
    order = np.arange(len(tracks)) - np.searchsorted(which, which)
    info = tracks.info.with_columns(
        source=pl.Series([files[k][0] for k in which]), condition=pl.Series([files[k][1] for k in which]),
        track=pl.Series([str(k) for k in order]),
    )  # fmt: skip
    origin = tracks.provenance[0]
    return replace(tracks, info=info, provenance=tuple(replace(origin, source=name) for name, _ in files))
