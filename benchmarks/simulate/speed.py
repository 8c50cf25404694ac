"""Microseconds a path, for a shared H and one H each, beside the peers and the bound.

The bound is what nobody who transforms fresh normal numbers can go below: draw 2n of them, one real transform, sum. It
is run in blocks of perrin's size from perrin's generator. All take turns, on one thread, and are timed in processor
time; the fastest turn of each counts, since others may share the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any, Final

import numpy as np

from benchmarks import peers
from benchmarks.progress import steps
from perrin.simulate import fractional_brownian_motion, fractional_gaussian_noise
from perrin.types import FloatArray, Json

SIZES: Final = ((512, 10_000), (4096, 1_000))
TURNS: Final = 7
REQUIRED: Final = {("shared", 512): 2.3, ("shared", 4096): 1.6, ("own", 512): 2.0, ("own", 4096): 1.3}
"""How many times as fast as the fastest peer."""
OF_BOUND: Final = 1.3

_BLOCK: Final = 32_768


def run() -> Json:
    """One row a length and kind of H."""
    rows = [row for n, paths in SIZES for row in (_row("shared", n, paths), _row("own", n, paths))]
    return {
        "asked": "shared H: 2.3 (n = 512) and 1.6 (4,096) times as fast as stochastic, within 1.3 times of the bound; "
        "an H each: 2 and 1.3 times as fast as the best peer",
        "turns": TURNS,
        "rows": rows,
        "met": all(row["met"] for row in rows),
    }


def _row(kind: str, n: int, paths: int) -> Json:
    """Microseconds a path of everybody, all paths being summed to motion but where noise is said."""
    own = np.random.default_rng(n).uniform(0.05, 0.95, paths)
    hurst: float | FloatArray = 0.7 if kind == "shared" else own
    given = {"hurst": hurst, "n": n, "paths": paths, "seed": 0}
    rng = np.random.Generator(np.random.SFC64(0))
    turns: dict[str, Callable[[], float]] = {
        "bound": lambda: _timed(lambda: bound(n, paths, rng)),
        "perrin": lambda: _timed(lambda: fractional_brownian_motion(hurst, n + 1, paths=paths, rng=rng)),
        "perrin, noise": lambda: _timed(lambda: fractional_gaussian_noise(hurst, n, paths=paths, rng=rng)),
        "stochastic": lambda: paths * peers.run("stochastic", "fbm", given).seconds_per_item,
        "stochastic, noise": lambda: paths * peers.run("stochastic", "fgn", given).seconds_per_item,
        "andi-datasets, noise": lambda: paths * peers.run("andi-datasets", "fgn", given).seconds_per_item,
    }
    if kind == "shared":
        for name in ("fracbm", "torchfbm"):
            turns[f"{name}, noise"] = lambda name=name: paths * peers.run(name, "fgn", given).seconds_per_item  # type: ignore[misc]
    seconds: dict[str, list[float]] = {name: [] for name in turns}
    for _ in steps(range(TURNS), f"{kind} {n}"):
        for name, turn in turns.items():
            seconds[name].append(turn())
    return _judged(kind, n, paths, {name: 1e6 * min(taken) / paths for name, taken in seconds.items()})


def _judged(kind: str, n: int, paths: int, micro: dict[str, float]) -> Json:
    theirs = {name: value for name, value in micro.items() if not name.startswith(("perrin", "bound"))}
    rival = "stochastic" if kind == "shared" else min(theirs, key=theirs.__getitem__)
    like = "perrin, noise" if rival.endswith("noise") else "perrin"
    faster = {rival: theirs[rival] / micro[like]}
    if kind == "shared":
        faster["stochastic, noise"] = theirs["stochastic, noise"] / micro["perrin, noise"]
    of_bound = micro["perrin"] / micro["bound"]
    return {
        "H": kind, "n": n, "paths": paths, "microseconds a path": {k: round(v, 2) for k, v in micro.items()},
        "times as fast as": {k: round(v, 2) for k, v in faster.items()}, "of the bound": round(of_bound, 3),
        "met": min(faster.values()) >= REQUIRED[kind, n] and (kind == "own" or of_bound <= OF_BOUND),
    }  # fmt: skip


def bound(n: int, paths: int, rng: np.random.Generator) -> FloatArray:
    """Normal numbers, a real transform, the sum: no covariance at all."""
    positions = np.zeros((paths, n + 1))
    at_once = max(1, _BLOCK // (n + 1))
    numbers = np.empty((at_once, 2 * (n + 1)))
    for start in range(0, paths, at_once):
        rows = slice(start, min(start + at_once, paths))
        normal = numbers[: rows.stop - start]
        rng.standard_normal(out=normal)
        noise = np.fft.irfft(normal.view(np.complex128), 2 * n, axis=1)[:, :n]
        np.cumsum(noise, axis=1, out=positions[rows, 1:])
    return positions


def _timed(call: Callable[[], Any]) -> float:
    start = process_time()
    call()
    return process_time() - start
