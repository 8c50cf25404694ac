"""What it costs: estimating, and simulating training paths."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.mfbm.methods import Makers, signals
from perrin.estimate import Estimator
from perrin.processes.hurst import HurstPrior
from perrin.processes.mfbm import factor
from perrin.simulate.harmonizable import sample_paths
from perrin.simulate.mfbm_cases import TABLE_FOUR
from perrin.types import Json


def estimation_speed(methods: Makers) -> Json:
    """Tracks of 512 positions a second of processor, on one thread: the best of three."""
    return {name: _tracks_a_second(make(TABLE_FOUR["2"])) for name, make in methods.items()}


def _tracks_a_second(estimator: Estimator, tracks: int = 100) -> float:
    some = signals(TABLE_FOUR["2"], tracks)
    estimator.estimate(some.select(range(5)), rng=np.random.default_rng(0))
    seconds = min(_processor_seconds(lambda: estimator.estimate(some, rng=np.random.default_rng(0))) for _ in range(3))
    return round(tracks / seconds, 1)


def simulation_speed(length: int = 512, paths: int = 64) -> Json:
    """Milliseconds of processor a path, by four ways, on one thread: the best of three."""
    rng = np.random.default_rng(0)
    hurst = HurstPrior().draw(paths, length, rng)
    times = np.arange(1.0, length + 1)
    ways: dict[str, Any] = {
        "one factorisation a path": lambda: [factor(times, h) @ rng.standard_normal(length) for h in hurst[:16]],
        "four paths a factorisation": lambda: [factor(times, h) @ rng.standard_normal((length, 4)) for h in hurst[:16]],
        "spectral": lambda: sample_paths(hurst, rng),
        "spectral, single precision": lambda: sample_paths(hurst, rng, single=True),
    }
    counts = dict(zip(ways, (16, 64, paths, paths), strict=True))
    found: Json = {}
    for name, way in ways.items():
        way()
        found[name] = round(1000 * min(_processor_seconds(way) for _ in range(3)) / counts[name], 3)
    return found


def _processor_seconds(way: Callable[[], Any]) -> float:
    start = time.process_time()
    way()
    return time.process_time() - start
