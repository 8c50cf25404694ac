"""The distribution of the statistic under FBM, tabulated for regular tracks and interpolated in between.

`null.json` was written by `python -m perrin.hurst_test.tabulate`; it holds quantiles of the statistic on a grid of H,
error, number of positions and number of axes. The statistic hardly depends on any of them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, final

import numpy as np
from scipy.interpolate import RegularGridInterpolator

from perrin.errors import PerrinError
from perrin.types import FloatArray, IntArray, Json

FORMAT: Final = 1
LEAST_P: Final = 1e-7
"""Smaller p-values are not told apart."""


@final
@dataclass(frozen=True, eq=False)
class NullTable:
    """Quantiles of the statistic.

    Attributes:
        hurst: (a,) grid of H.
        angle: (b,) grid of errors, `whittle.error_ratio` of which is sigma/s.
        positions: (c,) grid of track lengths.
        tail: (l,) falling probabilities of a larger statistic.
        quantiles: (d, c, a, b, l) for 1, 2 … d axes.
    """

    hurst: FloatArray
    angle: FloatArray
    positions: FloatArray
    tail: FloatArray
    quantiles: FloatArray

    def p_values(
        self, statistic: FloatArray, hurst: FloatArray, angle: FloatArray, positions: IntArray, axes: int
    ) -> FloatArray:
        """(n,) probability under FBM of a statistic at least as large.

        Args:
            statistic: (n,).
            hurst: (n,) of the best constant law.
            angle: (n,) its error.
            positions: (n,) lengths of the tracks; beyond the grid the nearest length stands for them.
            axes: number of them, 1 to 3.
        """
        grid = (np.log(self.positions), self.hurst, self.angle)
        at = (np.log(positions), hurst, angle)
        inside = np.column_stack([np.clip(v, g[0], g[-1]) for v, g in zip(at, grid, strict=True)])
        quantiles = RegularGridInterpolator(grid, self.quantiles[axes - 1])(inside)
        return np.array([self._tail(q, row) for q, row in zip(statistic, quantiles, strict=True)])

    def _tail(self, statistic: float, quantiles: FloatArray) -> float:
        """The logarithm of p is linear between quantiles, and goes on as between the last two."""
        log_p = np.log(self.tail)
        if statistic <= quantiles[-1]:
            found = float(np.interp(statistic, np.concatenate([[0.0], quantiles]), np.concatenate([[0.0], log_p])))
        else:
            slope = (log_p[-1] - log_p[-2]) / (quantiles[-1] - quantiles[-2])
            found = float(log_p[-1] + slope * (statistic - quantiles[-1]))
        return max(float(np.exp(found)), LEAST_P)

    def to_json(self) -> Json:
        """As plain values, with the format and a checksum."""
        held: Json = {name: np.round(getattr(self, name), 5).tolist() for name in vars(self)}
        return {"format": FORMAT, "sha256": _checksum(held), **held}


def null_table_from_json(text: str) -> NullTable:
    """The table; raises PerrinError where it is of another format or damaged."""
    held = json.loads(text)
    form, checksum = held.pop("format", None), held.pop("sha256", None)
    held.pop("about", None)
    if form != FORMAT or checksum != _checksum(held):
        raise PerrinError("the table of the null distribution is damaged. Install perrin again")
    return NullTable(**{name: np.array(values) for name, values in held.items()})


@cache
def null_table() -> NullTable:
    """The table that comes with perrin."""
    return null_table_from_json(files("perrin.hurst_test").joinpath("null.json").read_text(encoding="utf-8"))


def _checksum(held: Json) -> str:
    return hashlib.sha256(json.dumps(held, sort_keys=True).encode()).hexdigest()
