"""perrin: from single-particle tracks to alpha(t), D(t) and an honest report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from perrin.version import __version__

if TYPE_CHECKING:
    from perrin import estimate, export, features, figures, learn, processes, result, simulate, testing, tracks, train
    from perrin.errors import InputError, NothingToAnalyzeError, PerrinError
    from perrin.hurst_test import run_hurst_test
    from perrin.learn import learn_model
    from perrin.report import write_report
    from perrin.result import Estimates, HurstTest, Population, read_results
    from perrin.run import analyze, population
    from perrin.simulate import simulate_andi, simulate_drifting, simulate_fbm, simulate_mfbm, simulate_switching
    from perrin.tracks import Tracks, Units, read

_MODULES = frozenset((
    "estimate", "export", "features", "figures", "learn", "processes", "result", "simulate", "testing", "tracks",
    "train",
))  # fmt: skip
_PUBLIC = {
    "Estimates": "perrin.result",
    "HurstTest": "perrin.result",
    "InputError": "perrin.errors",
    "NothingToAnalyzeError": "perrin.errors",
    "PerrinError": "perrin.errors",
    "Population": "perrin.result",
    "Tracks": "perrin.tracks",
    "Units": "perrin.tracks",
    "analyze": "perrin.run",
    "learn_model": "perrin.learn",
    "population": "perrin.run",
    "read": "perrin.tracks",
    "read_results": "perrin.result",
    "run_hurst_test": "perrin.hurst_test",
    "simulate_andi": "perrin.simulate",
    "simulate_drifting": "perrin.simulate",
    "simulate_fbm": "perrin.simulate",
    "simulate_mfbm": "perrin.simulate",
    "simulate_switching": "perrin.simulate",
    "write_report": "perrin.report",
}

__all__ = [
    "Estimates",
    "HurstTest",
    "InputError",
    "NothingToAnalyzeError",
    "PerrinError",
    "Population",
    "Tracks",
    "Units",
    "__version__",
    "analyze",
    "estimate",
    "export",
    "features",
    "figures",
    "learn",
    "learn_model",
    "population",
    "processes",
    "read",
    "read_results",
    "result",
    "run_hurst_test",
    "simulate",
    "simulate_andi",
    "simulate_drifting",
    "simulate_fbm",
    "simulate_mfbm",
    "simulate_switching",
    "testing",
    "tracks",
    "train",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    if name in _MODULES:
        return import_module(f"perrin.{name}")
    raise AttributeError(f"module 'perrin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
