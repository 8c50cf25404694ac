"""What a first look needs: real beads in water, and a simulated mixture whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.simulate import Measurement, Simulation, simulate_fbm
from perrin.tracks import Tracks, Units
from perrin.tracks.model import concatenate

NAME: Final = "bulk_water.csv"
LENGTHS: Final = (20, 40, 80, 160)
"""Frames of the tracks of the mixture."""
EACH: Final = 15
"""Tracks of every length and kind."""
DT: Final = 0.05
ERROR: Final = 0.03
"""Localisation error in µm."""
_MISSING: Final = 0.05


def example_file() -> Path:
    """Where the example lies: in the package, or in the source tree it was installed from."""
    packaged = Path(str(files("perrin"))) / "examples" / NAME
    source = Path(str(files("perrin"))).parents[1] / "examples" / NAME
    for path in (packaged, source):
        if path.is_file():
            return path
    raise InputError("the example data are not installed", remedy="Install perrin again.")


def mixture(seed: int = 1) -> Simulation:
    """120 tracks in 2-D of 20 to 160 frames: half move freely (alpha 1), half are held back (alpha 0.4 to 0.7).

    They are seen with a localisation error of 30 nm, and one frame in twenty is missing.
    """
    rng = np.random.default_rng(seed)
    seen = Measurement(sigma=ERROR, missing=_MISSING)
    parts: list[Simulation] = []
    for length in LENGTHS:
        for alpha, d in ((np.ones(EACH), 0.3), (rng.uniform(0.4, 0.7, EACH), 0.02)):
            parts.append(
                simulate_fbm(
                    EACH, length, hurst=alpha / 2, D=d, dt=DT, units=Units("µm", "s"), measurement=seen,
                    seed=int(rng.integers(2**31)),
                )
            )  # fmt: skip
    numbered = [_numbered(part.tracks, EACH * i) for i, part in enumerate(parts)]
    return Simulation(
        _spread(concatenate(numbered), rng),
        np.concatenate([p.alpha for p in parts]),
        np.concatenate([p.D for p in parts]),
    )


def _numbered(tracks: Tracks, first: int) -> Tracks:
    ids = pl.Series("track", [str(first + i) for i in range(len(tracks))])
    return replace(tracks, info=tracks.info.with_columns(ids))


def _spread(tracks: Tracks, rng: np.random.Generator) -> Tracks:
    """The tracks at places of their own in a field of 20 µm."""
    places = rng.uniform(0, 20, (len(tracks), tracks.dimension))
    return replace(tracks, positions=tracks.positions + np.repeat(places, tracks.lengths, axis=0))
