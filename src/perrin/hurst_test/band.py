"""The band test of Szarek et al. (2022), as published: H(t) against the band in which that of FBM stays.

Estimate H0(t); take its mean over time; simulate M tracks of FBM of that H and estimate each; at every time the
central 1 - a of their H(t) is the band. FBM if at least 100 (1 - a) % of H0(t) lie inside. Its size is not a: the
points of one curve go together, so a whole curve leaves a pointwise band far more often than one point does.

Szarek, Jabłoński, Krapf & Wyłomańska, Chaos 32, 083148 (2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

import numpy as np
import polars as pl

from perrin.estimate import Estimator
from perrin.hurst_test.innovations import draw_increments
from perrin.simulate import fractional_brownian_motion
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

NODES: Final = np.linspace(0.02, 0.98, 13)
"""Bands of regular tracks are simulated at these H and interpolated: the same normal numbers serve all of them."""
LENGTHS: Final = np.round(2.0 ** np.arange(5, 13.01, 0.25)).astype(int).tolist()
"""The same for lengths, 32 to 8,192 positions; other lengths in between are interpolated, end to end."""


@final
@dataclass(frozen=True)
class BandTest:
    """The test for one estimator.

    Attributes:
        estimator: gives H(t).
        samples: tracks to simulate for a band.
        level: a.
        seed: of the simulated tracks.
    """

    estimator: Estimator
    samples: int = 1000
    level: float = 0.05
    seed: int = 0

    def regular(self, hurst: float, positions: int, dimension: int) -> FloatArray:
        """(3, positions) lower end, median and upper end for tracks without gaps; NaN where there is no H(t)."""
        above = int(np.searchsorted(LENGTHS, positions))
        if above == 0 or above == len(LENGTHS) or LENGTHS[above] == positions:
            return self._of_length(hurst, positions, dimension)
        pair = LENGTHS[above - 1], LENGTHS[above]
        low, high = (self._of_length(hurst, n, dimension)[:, _from_nearer_end(positions, n)] for n in pair)
        weight = np.log(positions / pair[0]) / np.log(pair[1] / pair[0])
        between: FloatArray = low + weight * (high - low)
        return between

    def _of_length(self, hurst: float, positions: int, dimension: int) -> FloatArray:
        """The band of one of the tabulated lengths, between two of the tabulated H."""
        at = float(np.clip((hurst - NODES[0]) / (NODES[1] - NODES[0]), 0, len(NODES) - 1))
        below = min(int(at), len(NODES) - 2)
        pair = [_at_node(self, below + k, positions, dimension) for k in (0, 1)]
        return pair[0] + (at - below) * (pair[1] - pair[0])

    def at_times(self, hurst: float, times: FloatArray, dimension: int, rng: np.random.Generator) -> FloatArray:
        """The same for a track at any times (in frames), simulated there."""
        held = float(np.clip(hurst, NODES[0], NODES[-1]))
        steps = draw_increments(times, held, 0.0, self.samples * dimension, rng)
        walks = np.pad(np.cumsum(steps, axis=1), [(0, 0), (1, 0)])
        return self._band(walks, times, dimension)

    def inside(self, curve: FloatArray, band: FloatArray) -> float:
        """Share of the points of H0(t) that lie in the band, of those that have a value; NaN where none has."""
        known = np.isfinite(curve) & np.isfinite(band).all(axis=0)
        if not known.any():
            return float("nan")
        return float(np.mean((curve[known] >= band[0, known]) & (curve[known] <= band[2, known])))

    def _curves(self, positions: FloatArray, times: FloatArray, rng: np.random.Generator) -> FloatArray:
        """(k, n) H(t) of positions (k, n, d) at the same times, NaN where there is none."""
        tracks = Tracks.from_arrays(list(positions), times=[times] * len(positions))
        alpha = self.estimator.estimate(tracks, rng=rng).points["alpha"]
        return alpha.cast(pl.Float64).fill_null(float("nan")).to_numpy().reshape(len(positions), len(times)) / 2

    def _band(self, walks: FloatArray, times: FloatArray, dimension: int) -> FloatArray:
        n = len(times)
        positions = walks.reshape(self.samples, dimension, n).swapaxes(1, 2)
        rng = np.random.default_rng([self.seed, n])
        portion = max(1, _POINTS // n)
        curves = np.concatenate(
            [self._curves(positions[i : i + portion], times, rng) for i in range(0, self.samples, portion)]
        )
        band = np.full((3, n), np.nan)
        known = np.isfinite(curves).all(axis=0)
        levels = (self.level / 2, 0.5, 1 - self.level / 2)
        band[:, known] = np.quantile(curves[:, known], levels, axis=0)
        return band


def _from_nearer_end(positions: int, tabulated: int) -> IntArray:
    """For every position of a track the one of the tabulated length that is as far from the nearer end."""
    place = np.arange(positions)
    nearer = np.where(2 * place < positions, place, tabulated - positions + place)
    return np.clip(nearer, 0, tabulated - 1)


_POINTS: Final = 500_000
"""Positions that are estimated in one go."""


@lru_cache(maxsize=512)
def _at_node(test: BandTest, node: int, positions: int, dimension: int) -> FloatArray:
    rng = np.random.default_rng([test.seed, positions, dimension])
    paths = test.samples * dimension
    walks = fractional_brownian_motion(float(NODES[node]), positions, paths=paths, rng=rng)
    band = test._band(walks, np.arange(float(positions)), dimension)
    band.flags.writeable = False
    return band
