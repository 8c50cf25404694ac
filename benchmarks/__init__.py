"""Accuracy and speed against limits, peers and real data; what was measured is committed under `benchmarks/results`.

A benchmark is a module with `run(data_folder) -> result`, a result being what JSON can hold, and, where it draws any,
`figures(result) -> {file stem: figure}`. Figures see nothing but the JSON, so they can be drawn again from it.
`python -m benchmarks NAME` runs one, from a checkout: nothing of this is in the package that is installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Final

BENCHMARKS: Final[Mapping[str, tuple[str, str]]] = {
    "real": ("benchmarks.real", "known facts about real tracks, reproduced"),
    "read": ("benchmarks.reading", "speed of reading beside polars and pytrackmate"),
    "population": ("benchmarks.population", "populations of short tracks: known mixtures beside saspt, coverage"),
    "exact": ("benchmarks.exact", "errors and coverage of the exact estimator beside a slow twin, limit and peers"),
    "gaps": ("benchmarks.gaps", "the MSD with frames missing, beside published packages"),
    "speed": ("benchmarks.speed", "microseconds a track beside peers, windows a second, the whole command"),
    "scale": ("benchmarks.scale", "throughput and memory against the number of tracks, Dask, start-up"),
    "faults": ("benchmarks.faults", "killed at 200 random moments and taken up, tables compared"),
    "simulate": ("benchmarks.simulate", "simulated truth against its covariance, peers and the bound of speed"),
    "decide": ("benchmarks.hurst_test", "constant H or not: size and power of both tests"),
    "wavelets": ("benchmarks.wavelets", "learning alpha and the model of motion: four routes, few tracks to many"),
    "tandem": (
        "benchmarks.tandem",
        "the tandem of LSTMs: windows, claims, changing tracks, cost, beside exact and TAMSD",
    ),
    "mfbm": ("benchmarks.mfbm", "H(t) of multifractional Brownian motion: the paper's tables, all methods"),
    "soak": ("benchmarks.soak", "random worlds through all methods and options: nothing fails, nothing is lost"),
    "mfbm-limit": ("benchmarks.mfbm.limit", "how well H(t) of the paper's signals can be known at all"),
}


def load(name: str) -> ModuleType:
    """The module of a benchmark."""
    return import_module(BENCHMARKS[name][0])
