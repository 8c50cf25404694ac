"""How one number is spread over any number of tracks: merged from parts, in memory that does not grow with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from perrin.types import FloatArray, IntArray, Json

MOST_EXACT: Final = 1_000_000
"""Values kept as they are; more are counted in classes."""
PRECISION: Final = 1e-4
"""Relative width of the classes."""
_LEAST: Final = 1e-300


@final
@dataclass(frozen=True, eq=False)
class QuantileSketch:
    """Values, or how many lie in each class of the width PRECISION of their logarithm.

    What comes out depends on the values alone, not on how they were divided.

    Attributes:
        values: (n,) while there are few.
        classes: (k,) numbers of the classes, rising; empty while there are few.
        counts: (k,) values in each.
    """

    values: FloatArray
    classes: IntArray
    counts: IntArray

    @classmethod
    def of(cls, values: FloatArray) -> Self:
        """The spread of some values, none of them negative."""
        none = np.zeros(0, dtype=np.int64)
        return cls(np.asarray(values, dtype=np.float64), none, none)._condensed()

    @classmethod
    def merged(cls, parts: Sequence[Self]) -> Self:
        """The spread of all parts together."""
        values = np.concatenate([part.values for part in parts])
        classes = np.concatenate([part.classes for part in parts])
        counts = np.concatenate([part.counts for part in parts])
        return cls(values, *_counted(classes, counts))._condensed()

    def __len__(self) -> int:
        return len(self.values) + int(self.counts.sum())

    def quantiles(self, fractions: Sequence[float]) -> FloatArray:
        """Quantiles: as numpy's where the values are kept, to a relative PRECISION where they are counted."""
        if len(self.classes) == 0:
            return np.asarray(np.quantile(self.values, fractions))
        reached = np.cumsum(self.counts)
        at = np.searchsorted(reached, np.asarray(fractions) * (reached[-1] - 1), side="right")
        return np.asarray(np.exp(PRECISION * self.classes[np.minimum(at, len(reached) - 1)]))

    def as_json(self) -> Json | None:
        """Median and quartiles; None without values."""
        if len(self) == 0:
            return None
        lower, median, upper = self.quantiles((0.25, 0.5, 0.75))
        return {"median": float(median), "lower_quartile": float(lower), "upper_quartile": float(upper)}

    def _condensed(self) -> Self:
        if len(self) <= MOST_EXACT or len(self.values) == 0:
            return self
        found = np.round(np.log(np.maximum(self.values, _LEAST)) / PRECISION).astype(np.int64)
        classes = np.concatenate([self.classes, found])
        counts = np.concatenate([self.counts, np.ones(len(found), dtype=np.int64)])
        return type(self)(self.values[:0], *_counted(classes, counts))


def _counted(classes: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Each class once, with all that was counted in it."""
    once, place = np.unique(classes, return_inverse=True)
    return once, np.bincount(place, weights=counts, minlength=len(once)).astype(np.int64)
