"""Distributions in words that people use: modes and their fractions, the immobile fraction, means; with intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import polars as pl

from perrin.estimate.population.defocalization import still_in_focus
from perrin.estimate.population.fit import Distribution
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.modes import valleys
from perrin.result.population import LAWS, MODES
from perrin.types import BoolArray, FloatArray, IntArray

_TAILS: Final = (0.025, 0.975)


@final
@dataclass(frozen=True, eq=False)
class Kinds:
    """Which law belongs to which kind of motion.

    Attributes:
        grid: the laws.
        resolution: D_frame below which a law counts as immobile.
        of_law: (len(grid),) 0 immobile, 1, 2, … the modes by rising D_frame.
        support: (modes,) in which fraction of the resamples the valleys beside a mode are valleys.
    """

    grid: Grid
    resolution: float
    of_law: IntArray
    support: FloatArray

    @classmethod
    def found_in(cls, distribution: Distribution, grid: Grid, resolution: float) -> Self:
        """The kinds of the distribution of all tracks."""
        mobile = grid.d_frame >= resolution
        if not mobile.any():  # the error hides all of the motion
            return cls(grid, resolution, np.zeros(len(grid), dtype=np.int64), np.zeros(0))
        first = int(mobile.argmax())
        marginal, draws = (
            grid.table(x).sum(axis=-2)[..., first:] for x in (distribution.tracks, distribution.track_draws)
        )
        borders, sure = valleys(marginal, draws) if len(mobile) - first > 2 else (np.zeros(0, dtype=np.int64), [])
        of_d = np.zeros(len(mobile), dtype=np.int64)
        of_d[first:] = 1 + np.searchsorted(borders, np.arange(len(mobile) - first), side="right")
        beside = np.concatenate([[1.0], sure, [1.0]])
        of_law = np.append(np.tile(of_d, len(grid.alpha)), 0)
        return cls(grid, resolution, of_law, np.minimum(beside[:-1], beside[1:]))

    def members(self, mode: int) -> BoolArray:
        """(len(grid),) the laws of one mode."""
        laws: BoolArray = self.of_law == mode
        return laws

    def tabulate(self, distribution: Distribution, depth: float | None, condition: str | None) -> pl.DataFrame:
        """The modes of one distribution: MODES."""
        weights = weightings(distribution, self.grid, depth)
        rows = [self._row(distribution, weights, mode) for mode in range(len(self.support) + 1)]
        table = MODES.from_rows(rows).with_columns(condition=pl.lit(condition, dtype=pl.String))
        return table.with_columns(pl.col(pl.Float64).fill_nan(None))

    def _row(
        self, distribution: Distribution, weights: dict[str, tuple[FloatArray, FloatArray]], mode: int
    ) -> dict[str, object]:
        here, grid = self.members(mode), self.grid
        log_d, alpha = (values[here] for values in laws_of(grid))
        row: dict[str, object] = {"mode": mode}
        for what, (value, draws) in weights.items():
            row |= _with_interval(what, float(value[here].sum()), draws[:, here].sum(axis=1))
        if mode == 0:
            return row | {"D_from": 0.0, "D_to": self.resolution}
        own = distribution.tracks[here], distribution.track_draws[:, here]
        row |= {"D_from": float(10 ** log_d.min()), "D_to": float(10 ** log_d.max()), "support": self.support[mode - 1]}
        places = np.unique(log_d)
        over_d = [x.reshape(*x.shape[:-1], len(grid.alpha), len(places)).sum(axis=-2) for x in own]
        middle, spread = _median(places, *over_d)
        row |= {k: None if v is None else 10**v for k, v in _with_interval("D_frame", middle, spread).items()}
        return row | _with_interval("alpha", *_mean(alpha, *own))


def laws_of(grid: Grid) -> tuple[FloatArray, FloatArray]:
    """log10 D_frame and alpha of each law, (len(grid),); NaN for rest."""
    log_d, alpha = np.log10(grid.d_frame), grid.alpha
    return np.append(np.tile(log_d, len(alpha)), np.nan), np.append(np.repeat(alpha, len(log_d)), np.nan)


def weightings(distribution: Distribution, grid: Grid, depth: float | None) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Fractions of tracks, of jumps and, where the depth of focus is known, of particles; with their resamples."""
    weights = {
        "tracks": (distribution.tracks, distribution.track_draws),
        "jumps": (distribution.jumps, distribution.jump_draws),
    }
    if depth is not None:
        step = np.append(np.tile(np.sqrt(grid.variances), len(grid.alpha)), 0.0)
        seen = still_in_focus(step, depth)
        value, draws = distribution.jumps / seen, distribution.jump_draws / seen
        weights["particles"] = value / value.sum(), draws / draws.sum(axis=1, keepdims=True)
    return weights


def tabulate_laws(distribution: Distribution, grid: Grid, depth: float | None, condition: str | None) -> pl.DataFrame:
    """One distribution as LAWS: jointly, over D_frame, over alpha, at rest."""
    log_d, alpha = (values[:-1] for values in laws_of(grid))
    places = {  # part: alpha, D_frame
        "joint": (alpha, 10**log_d),
        "D_frame": (np.full(len(grid.d_frame), np.nan), grid.d_frame),
        "alpha": (grid.alpha, np.full(len(grid.alpha), np.nan)),
        "rest": (np.full(1, np.nan), np.zeros(1)),
    }
    columns: dict[str, object] = {
        "condition": condition,
        "part": np.repeat(list(places), [len(alphas) for alphas, _ in places.values()]),
        "alpha": np.concatenate([alphas for alphas, _ in places.values()]),
        "D_frame": np.concatenate([d for _, d in places.values()]),
    }
    for what, (value, draws) in weightings(distribution, grid, depth).items():
        each = _in_parts(value, grid)
        low, high = _around(each, _ends(_in_parts(draws, grid), axis=0))
        columns |= {what: each, f"{what}_lo": low, f"{what}_hi": high}
    missing = {name: None for name in LAWS.columns if name not in columns}
    return pl.DataFrame(columns | missing, schema_overrides=LAWS.dtypes).select(*LAWS.columns).fill_nan(None)


def _in_parts(weights: FloatArray, grid: Grid) -> FloatArray:
    """(…, len(grid)) weights as they stand in the table: jointly, over D_frame, over alpha, at rest."""
    table = grid.table(weights)
    return np.concatenate([weights[..., :-1], table.sum(axis=-2), table.sum(axis=-1), weights[..., -1:]], axis=-1)


def _mean(places: FloatArray, weights: FloatArray, draws: FloatArray) -> tuple[float, FloatArray]:
    """Mean place in a mode, and that of each resample; NaN where the mode is empty."""
    with np.errstate(invalid="ignore"):
        return float(weights @ places / weights.sum()), draws @ places / draws.sum(axis=1)


def _median(places: FloatArray, weights: FloatArray, draws: FloatArray) -> tuple[float, FloatArray]:
    """The same of the median, over rising places: unlike a mean it hardly knows where the next mode begins."""
    all_ = np.vstack([weights, draws])
    filled = all_.sum(axis=1) > 0
    middle = np.cumsum(all_, axis=1) - 0.5 * all_
    found = np.full(len(all_), np.nan)
    for i in np.flatnonzero(filled):
        found[i] = np.interp(0.5 * all_[i].sum(), middle[i], places)
    return float(found[0]), found[1:]


def _with_interval(name: str, value: float, draws: FloatArray) -> dict[str, float | None]:
    low, high = _around(np.asarray(value), _ends(draws))
    return {name: value, f"{name}_lo": float(low), f"{name}_hi": float(high)}


def _around(value: FloatArray, ends: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The ends of an interval that holds the value: resamples of few tracks may all lie to one side of it."""
    low, high = ends
    return np.minimum(low, value), np.maximum(high, value)


def _ends(draws: FloatArray, axis: int | None = None) -> FloatArray:
    """Central 95 % of the resamples; NaN where there are none."""
    if draws.shape[0] == 0:
        return np.full((2, *draws.shape[1:]), np.nan)
    draws = draws if axis is not None else draws[np.isfinite(draws)]
    if draws.shape[0] == 0:
        return np.full(2, np.nan)
    return np.quantile(draws, _TAILS, axis=0)
