"""Where the model is wrong on purpose: what intervals still cover, and how often fit_p says so."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.estimate.exact.estimator import Exact
from perrin.simulate import fractional_brownian_motion
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json

TRACKS: Final = 1_000
LENGTHS: Final = (20, 128, 512)
_HURST: Final = 0.5


def score_misfits() -> list[Json]:
    """One row a flaw and length, in two dimensions, H = .5, sigma known to be zero."""
    flaws = {"none": _plain, "blur not told": _blurred, "drift not told": _drifting, "confinement": _confined}
    rows = []
    for name, move in flaws.items():
        for n in LENGTHS:
            positions = move(n, np.random.default_rng([n, len(name)]))
            exact = Exact(sigma=0.0, window=n + 1)
            table = exact.estimate(Tracks.from_arrays(list(positions)), rng=np.random.default_rng(0)).tracks
            p, alpha, low, high = (
                table[name].drop_nulls().to_numpy() for name in ("fit_p", "alpha", "alpha_lo", "alpha_hi")
            )
            rows.append({
                "flaw": name, "n": n, "tracks": len(positions),
                "coverage of H": round(float(np.mean((low <= 2 * _HURST) & (high >= 2 * _HURST))), 4),
                "median alpha": round(float(np.median(alpha)), 3),
                "fit_p below .05": round(float(np.mean(p < 0.05)), 4),
            })  # fmt: skip
    return rows


def _plain(n: int, rng: np.random.Generator, blur: float = 0.0) -> FloatArray:
    flat = fractional_brownian_motion(_HURST, n, paths=2 * TRACKS, rng=rng, blur=blur)
    return flat.reshape(TRACKS, 2, n).swapaxes(1, 2)


def _blurred(n: int, rng: np.random.Generator) -> FloatArray:
    return _plain(n, rng, blur=1.0)


def _drifting(n: int, rng: np.random.Generator) -> FloatArray:
    """Carried by half a step a frame."""
    return _plain(n, rng) + 0.5 * np.arange(n)[:, None]


def _confined(n: int, rng: np.random.Generator) -> FloatArray:
    """Held by a spring that relaxes within ten frames."""
    positions = np.zeros((TRACKS, n, 2))
    steps = rng.standard_normal((TRACKS, n, 2))
    for i in range(1, n):
        positions[:, i] = np.exp(-0.1) * positions[:, i - 1] + steps[:, i]
    return positions
