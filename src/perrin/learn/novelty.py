"""How far a window is from those that a model learned from: the mean square of its whitened numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from perrin.learn.contract import Features
from perrin.types import FloatArray, IntArray

_SHARE: Final = 0.995
"""Of windows held out that are taken as familiar."""
_SHRINK: Final = 0.05
"""Weight of the diagonal in the correlations."""
_LEAST_TRACKS: Final = 30
"""Where there are fewer, the border is moved out further."""


@final
@dataclass(frozen=True, eq=False)
class NoveltyDetector:
    """Where windows were in training.

    Attributes:
        center: (F,) middle of each number.
        whitener: (F, F); the squares of (x - centre) @ whitener have mean 1 in training.
        border: mean square beyond which a window is called unfamiliar.
    """

    center: FloatArray
    whitener: FloatArray
    border: float

    @classmethod
    def of(cls, features: Features, fold: IntArray, tracks: int) -> Self:
        """From windows (k, F); the border is where those lie that are held out fold by fold."""
        beyond = np.empty(len(features))
        for number in np.unique(fold):
            out = fold == number
            beyond[out] = _squares(features[out], *_whitening(features[~out]))
        far = float(np.quantile(beyond, _SHARE)) * (1 + 1 / np.sqrt(tracks / _LEAST_TRACKS + 1))
        return cls(*_whitening(features), far)

    @property
    def to_border(self) -> FloatArray:
        """(F, F); the squares of (x - centre) @ to_border have mean 1 at the border."""
        return np.asarray(self.whitener / np.sqrt(self.border))

    def distance(self, features: Features) -> FloatArray:
        """(k,) 1 at the border."""
        return _squares(features, self.center, self.to_border)


def _whitening(features: Features) -> tuple[FloatArray, FloatArray]:
    values = features.astype(np.float64)
    center = np.median(values, axis=0)
    spread = values.std(axis=0)
    spread = np.where(spread > 1e-6 * (1 + np.abs(center)), spread, 1 + np.abs(center))
    scaled = (values - center) / spread
    correlation = (1 - _SHRINK) * (scaled.T @ scaled) / len(scaled) + _SHRINK * np.eye(len(center))
    lengths, directions = np.linalg.eigh(correlation)
    return center, (directions / np.sqrt(np.maximum(lengths, _SHRINK / 2))) / spread[:, None]


def _squares(features: Features, center: FloatArray, whitener: FloatArray) -> FloatArray:
    return np.asarray((((features.astype(np.float64) - center) @ whitener) ** 2).mean(axis=1))
