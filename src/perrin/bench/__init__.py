"""Accuracy and speed against limits, peers and real data; results are committed under benchmarks/."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final

from perrin.types import Json

BENCHMARKS: Final[Mapping[str, tuple[str, str]]] = {
    "real": ("perrin.bench.real", "known facts about real tracks, reproduced"),
    "read": ("perrin.bench.reading", "speed of reading beside polars and pytrackmate"),
}


def load(name: str) -> Callable[[Path], Json]:
    """The function `run(data_folder) -> result` of a benchmark."""
    run: Callable[[Path], Json] = import_module(BENCHMARKS[name][0]).run
    return run
