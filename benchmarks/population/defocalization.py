"""Particles in a slab that are seen while they are in it: what the correction for the depth of focus puts right."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks import peers
from benchmarks.population.truth import DT
from perrin.run import population
from perrin.simulate import simulate_fbm
from perrin.tracks import Tracks, Units
from perrin.types import Json

DEPTH: Final = 0.7
D: Final = (0.05, 6.0)
_PARTICLES: Final = 8000
_FRAMES: Final = 40
_EDGE: Final = 0.5
"""D_frame that parts slow from fast in both results."""


def run() -> Json:
    """Half of the particles in focus are fast: the fast fraction by tracks, jumps and particles; saspt's corrected."""
    tracks = slab()
    found = population(tracks, sigma=0.0, alpha=1.0, focal_depth=DEPTH)
    fast = found.main_modes().filter(found.main_modes()["D_from"] > _EDGE / 10).row(-1, named=True)
    theirs = peers.run("saspt", "occupations", {
        "positions": tracks.positions, "track": np.repeat(np.arange(len(tracks)), tracks.lengths),
        "frame": np.round(tracks.times / DT).astype(np.int64), "frame_interval": DT, "focal_depth": DEPTH,
        "loc_errors": np.array([0.0]),
    }).values  # fmt: skip
    marginal = theirs["posterior"][0].sum(axis=1)
    return {
        "truth": 0.5,
        "tracks of two positions or more": int((tracks.lengths > 1).sum()),
        "perrin, of tracks": fast["tracks"],
        "perrin, of jumps": fast["jumps"],
        "perrin, of particles": fast["particles"],
        "perrin, of particles, 95 %": [fast["particles_lo"], fast["particles_hi"]],
        "saspt, corrected": float(marginal[theirs["axis_0"][0] > _EDGE].sum()),
    }


def slab() -> Tracks:
    """Tracks in the plane of particles that diffuse in depth too; each is followed from the first frame while in focus.

    Particles enter and leave: a slab far deeper than the focus is filled evenly, half with slow, half with fast ones.
    """
    rng = np.random.default_rng(0)
    kind = np.arange(_PARTICLES) % 2
    motion = simulate_fbm(
        _PARTICLES, _FRAMES, D=np.array(D)[kind], dimension=3, dt=DT, seed=1, units=Units("µm", "s")
    ).tracks.positions.reshape(_PARTICLES, _FRAMES, 3)
    room = 8 * DEPTH
    depth = (motion[..., 2] - motion[:, :1, 2] + rng.uniform(0, room, (_PARTICLES, 1))) % room
    inside = depth < DEPTH
    pieces, times = [], []
    for seen, path in zip(inside, motion, strict=True):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], seen.astype(int), [0]])))
        for begin, end in zip(edges[::2], edges[1::2], strict=True):
            pieces.append(path[begin:end, :2])
            times.append(DT * np.arange(begin, end))
    return Tracks.from_arrays(pieces, times=times, units=Units("µm", "s"))
