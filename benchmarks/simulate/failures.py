"""Failures of published packages, reproduced, with what perrin returns to the same call.

Each was found by reading the package's source and is measured here on the version that the table names.
"""

from __future__ import annotations

from time import process_time
from typing import Final

import numpy as np

from benchmarks import peers
from benchmarks.simulate.covariance import correlation
from benchmarks.simulate.generators import OURS, must, noise
from perrin.types import Json

MILLION: Final = 1_000_000


def run() -> Json:
    """One row a failure: where, what the package returns, what perrin returns, and whether it was seen again."""
    rows = [*negative_eigenvalues(), float32(), quadratic(), identical(), forced_power()]
    return {
        "asked": "the published failures seen again, and none of them in perrin",
        "rows": rows,
        "met": all(row["seen again"] and row["perrin is right"] for row in rows),
    }


def negative_eigenvalues() -> list[Json]:
    """H = .99, n = 10^6: covariances by cancelling powers make eigenvalues negative, and their root is no number."""
    ours = float(np.mean(~np.isfinite(must(noise(OURS, 0.99, MILLION, 1, seed=0)))))
    rows = []
    for name in ("stochastic", "andi-datasets"):
        drawn = noise(name, 0.99, MILLION, 1, seed=0)
        missing = float(np.mean(~np.isfinite(must(drawn))))
        rows.append(
            _row(
                f"{name} {drawn.version}", "H = .99, n = 10^6", "root of negative eigenvalues",
                f"{missing:.0%} of the increments are not numbers", f"{ours:.0%} are not numbers",
                seen=missing > 0, right=ours == 0,
            )
        )  # fmt: skip
    return rows


def float32() -> Json:
    """H = .9, n = 4,096: an embedding in single precision adds variance that is not there."""
    drawn = noise("torchfbm", 0.9, 4096, 2000, seed=0)
    theirs, ours = float(np.mean(must(drawn) ** 2)), float(np.mean(must(noise(OURS, 0.9, 4096, 2000, seed=0)) ** 2))
    return _row(
        f"torchfbm {drawn.version}", "H = .9, n = 4,096", "circulant embedding in float32",
        f"variance {theirs:.3f} instead of 1", f"variance {ours:.3f}",
        seen=abs(theirs - 2.25) < 0.1, right=abs(ours - 1) < 0.05,
    )  # fmt: skip


def quadratic() -> Json:
    """Above H = .9: a method of O(n²) takes the place of O(n log n)."""
    times = {}
    for n in (512, 2048):
        for hurst in (0.89, 0.91):
            result = peers.run("fbm", "fgn", {"hurst": hurst, "n": n, "paths": 1, "seed": 0, "method": "daviesharte"})
            times[hurst, n] = result.seconds_per_item
    slower, growth = times[0.91, 2048] / times[0.89, 2048], times[0.91, 2048] / times[0.91, 512]
    ours = {hurst: _seconds(hurst, 2048) for hurst in (0.89, 0.91)}
    told = "a warning says so" if result.warnings else "nothing says so"
    return _row(
        f"fbm {result.version}", "H = .91 against .89, n = 2,048", "falls back to Hosking's O(n²) method",
        f"{slower:.0f} times slower, {growth:.0f} times for n 4 times as long; {told}",
        f"{ours[0.91] / ours[0.89]:.2f} times",
        seen=slower > 10 and growth > 8, right=ours[0.91] < 2 * ours[0.89],
    )  # fmt: skip


def identical() -> Json:
    """Two calls without a seed return one path."""
    result = peers.run("torchfbm", "twice", {"hurst": 0.7, "n": 512})
    first, second = result.values["increments"]
    return _row(
        f"torchfbm {result.version}", "two calls without a seed", "a new generator with the default seed in every call",
        "the same path twice" if np.array_equal(first, second) else "two paths",
        "a generator of random numbers must be given",
        seen=bool(np.array_equal(first, second)), right=True,
    )  # fmt: skip


def forced_power() -> Json:
    """Every path is scaled to unit power: its own scale, which paths of truth have, is gone."""
    drawn = noise("hurst-estimators", 0.7, 64, 2000, seed=0)
    theirs, ours = (float(np.std(np.mean(must(x) ** 2, axis=1))) for x in (drawn, noise(OURS, 0.7, 64, 2000, seed=0)))
    return _row(
        f"hurst-estimators {drawn.version}", "H = .7, n = 64", "each path divided by its own root mean square",
        f"the power of a path scatters by {theirs:.3f}", f"by {ours:.3f}",
        seen=theirs < 1e-9, right=abs(ours - _scatter(0.7, 64)) < 0.02,
    )  # fmt: skip


def _row(package: str, where: str, why: str, theirs: str, ours: str, *, seen: bool, right: bool) -> Json:
    return {
        "package": package, "where": where, "why": why, "returns": theirs, "perrin": ours,
        "seen again": bool(seen), "perrin is right": bool(right),
    }  # fmt: skip


def _seconds(hurst: float, n: int) -> float:
    """Fastest of 20 calls for 100 paths."""
    times = []
    for seed in range(20):
        start = process_time()
        noise(OURS, hurst, n, 100, seed)
        times.append(process_time() - start)
    return min(times)


def _scatter(hurst: float, n: int) -> float:
    """Standard deviation of a path's mean square: the root of 2/n² Σ (n − |j|) r(j)²."""
    weights = np.where(np.arange(n) == 0, 1.0, 2.0) * (n - np.arange(n))
    return float(np.sqrt(2 * np.sum(weights * correlation(hurst, n) ** 2)) / n)
