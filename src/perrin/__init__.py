"""perrin: from single-particle tracks to alpha(t), D(t) and an honest report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from perrin.version import __version__

if TYPE_CHECKING:
    from perrin.errors import InputError, NothingToAnalyzeError, PerrinError
    from perrin.report import write_report
    from perrin.result import Estimates, Population
    from perrin.run import analyze, population
    from perrin.tracks import Tracks, Units, read

_PUBLIC = {
    "InputError": "perrin.errors",
    "NothingToAnalyzeError": "perrin.errors",
    "PerrinError": "perrin.errors",
    "Estimates": "perrin.result",
    "Population": "perrin.result",
    "Tracks": "perrin.tracks",
    "Units": "perrin.tracks",
    "analyze": "perrin.run",
    "population": "perrin.run",
    "read": "perrin.tracks",
    "write_report": "perrin.report",
}

__all__ = [
    "Estimates",
    "InputError",
    "NothingToAnalyzeError",
    "PerrinError",
    "Population",
    "Tracks",
    "Units",
    "__version__",
    "analyze",
    "population",
    "read",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'perrin' has no attribute {name!r}")
