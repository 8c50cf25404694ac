"""HaloTag-NLS in nuclei (`saspt_u2os_nls`): perrin and `saspt` side by side. Nobody knows the truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np

from benchmarks import peers
from benchmarks.population.accuracy import jumps_over_d
from perrin.run import population
from perrin.tracks import Tracks, read
from perrin.types import FloatArray, Json

FILES: Final = ("region_0_7ms_trajs.csv", "sample_tracks.csv")
DT: Final = 0.00748
PIXEL: Final = 0.16
DEPTH: Final = 0.7
RANGES: Final = {"below .1": (0.0, 0.1), ".1 to 1": (0.1, 1.0), "1 to 10": (1.0, 10.0), "above 10": (10.0, np.inf)}


def run(data: Path) -> list[Json] | None:
    """For both files of the set: fractions of jumps by D_frame, the errors found, seconds. None without the data."""
    folder = data / "saspt_u2os_nls"
    return [_side_by_side(folder / name) for name in FILES] if folder.exists() else None


def _side_by_side(path: Path) -> Json:
    tracks = read(path, frame_interval=DT, pixel_size=PIXEL)
    bare = Tracks(tracks.positions, tracks.times, tracks.offsets, tracks.info, tracks.units, tracks.frames,
                  provenance=tracks.provenance)  # fmt: skip
    start = process_time()
    found = population(bare, alpha=1.0)
    seconds = process_time() - start
    places, weights = jumps_over_d(found)
    theirs = peers.run("saspt", "occupations", {
        "positions": bare.positions, "track": np.repeat(np.arange(len(bare)), bare.lengths), "frame": bare.frames,
        "frame_interval": DT,
    })  # fmt: skip
    d, occupied = theirs.values["axis_0"][0], theirs.values["posterior"][0]
    rest, marginal = found.immobile().row(0, named=True), found.part("D_frame")
    return {
        "file": path.name,
        "tracks of two positions or more": found.facts.n_eligible,
        "jumps": found.facts.n_jumps,
        "perrin": {
            "jumps": _ranges(places, weights), "localisation error, µm": found.facts.sigma,
            "its 95 % interval": [found.facts.sigma_lo, found.facts.sigma_hi], "seconds, with bands": seconds,
            "immobile, of tracks": [rest["tracks"], rest["tracks_lo"], rest["tracks_hi"]],
            "modes": found.main_modes().select("D_frame", "tracks", "tracks_lo", "tracks_hi", "jumps").to_dicts(),
        },
        "saspt": {
            "version": theirs.version, "jumps": _ranges(d, occupied.sum(axis=1)),
            "mean localisation error, µm": float(occupied.sum(axis=0) @ theirs.values["axis_1"][0]),
            "seconds": theirs.seconds_per_item * len(bare),
        },
        "curves": {
            "perrin": _curve(places, weights), "saspt": _curve(d, occupied.sum(axis=1)),
            "perrin, tracks": [_curve(places, marginal[c].to_numpy()) for c in ("tracks", "tracks_lo", "tracks_hi")],
        },
    }  # fmt: skip


def _ranges(places: FloatArray, weights: FloatArray) -> Json:
    share: Callable[[float, float], float] = lambda low, high: float(  # noqa: E731
        weights[(places >= low) & (places < high)].sum()
    )
    return {name: round(share(*ends), 4) for name, ends in RANGES.items()}


def _curve(places: FloatArray, weights: FloatArray) -> Json:
    """Places and fractions per factor of ten."""
    density = weights / np.gradient(np.log10(places))
    return {"D_frame": [float(f"{p:.5g}") for p in places], "per decade": [float(f"{w:.4g}") for w in density]}
