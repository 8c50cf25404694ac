"""Is simulated truth true, and how fast: fractional Gaussian noise of perrin and of published packages.

Four parts: the whole covariance of paths up to 4,096 increments (`covariance`), lag correlations of a million
(`lags`), failures of published packages reproduced beside perrin (`failures`), microseconds a path (`speed`).
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.record import surroundings
from benchmarks.simulate import covariance, failures, lags, speed
from benchmarks.simulate.figure import figures
from perrin.types import Json

__all__ = ["figures", "run"]


def run(data: Path) -> Json:  # noqa: ARG001
    """All four parts; takes no data, but the environments of the peers (`make peers`)."""
    return {
        "command": "python -m benchmarks simulate",
        **surroundings(),
        "covariance": covariance.run(),
        "lags": lags.run(),
        "failures": failures.run(),
        "speed": speed.run(),
    }
