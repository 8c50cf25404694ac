"""Mixtures of short tracks whose truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.stats import wasserstein_distance

from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks, Units
from perrin.types import FloatArray

DT: Final = 0.01
"""Seconds between frames."""
SIGMA: Final = 0.03
"""Localisation error in µm, where there is one."""
LENGTHS: Final = (2, 10)
"""Positions of a track, all lengths alike frequent and independent of the kind."""


@final
@dataclass(frozen=True)
class KnownMixture:
    """Kinds of motion: D_frame in µm²/s, how frequent each is, and its alpha."""

    D: FloatArray
    fractions: FloatArray
    alpha: FloatArray

    @classmethod
    def of(cls, D: object, fractions: object, alpha: object = 1.0) -> KnownMixture:
        """From numbers or lists; fractions are made to sum to 1."""
        places, weights = np.asarray(D, dtype=float), np.asarray(fractions, dtype=float)
        return cls(places, weights / weights.sum(), np.broadcast_to(np.asarray(alpha, dtype=float), places.shape))

    def draw(self, n: int, sigma: float, seed: int) -> tuple[Tracks, KnownMixture]:
        """`n` tracks of 2 to 10 positions in two dimensions, and the kinds that their jumps came to be of."""
        rng = np.random.default_rng(seed)
        kind = rng.choice(len(self.D), n, p=self.fractions)
        alpha = self.alpha[kind]
        tracks = simulate_fbm(
            n, LENGTHS[1], hurst=alpha / 2, D=self.D[kind] * DT ** (1 - alpha), dt=DT, seed=seed,
            measurement=Measurement(sigma=sigma), units=Units("µm", "s"),
        ).tracks  # fmt: skip
        lengths = rng.integers(LENGTHS[0], LENGTHS[1] + 1, n)
        positions = tracks.positions.reshape(n, LENGTHS[1], 2)
        shortened = [p[:k] for p, k in zip(positions, lengths, strict=True)]
        jumps = np.bincount(kind, lengths - 1, minlength=len(self.D))
        return Tracks.from_arrays(shortened, interval=DT, units=tracks.units), KnownMixture.of(
            self.D, jumps, self.alpha
        )

    def distance(self, D: FloatArray, weights: FloatArray) -> float:
        """Wasserstein distance of a distribution over D_frame to this one, in decades."""
        return float(wasserstein_distance(np.log10(D), np.log10(self.D), weights, self.fractions))

    def distance_in_alpha(self, alpha: FloatArray, weights: FloatArray) -> float:
        """The same of alpha."""
        return float(wasserstein_distance(alpha, self.alpha, weights, self.fractions))


def _bell(middle: float, width: float) -> tuple[FloatArray, FloatArray]:
    """Places and weights of a log-normal distribution; `width` in decades."""
    x = np.linspace(middle - 3 * width, middle + 3 * width, 61)
    return 10**x, np.exp(-0.5 * ((x - middle) / width) ** 2)


_SLOW, _FAST = _bell(-1.0, 0.2), _bell(0.5, 0.2)
_WIDE = _bell(0.5, 0.3)

MIXTURES: Final[Mapping[str, KnownMixture]] = {
    "one kind": KnownMixture.of([1.0], [1.0]),
    "two kinds": KnownMixture.of([0.02, 2.0], [0.5, 0.5]),
    "three kinds": KnownMixture.of([0.05, 1.0, 8.0], [0.3, 0.4, 0.3]),
    "log-uniform, 1.8 decades": KnownMixture.of(np.logspace(-1, 0.8, 80), np.ones(80)),
    "two log-normal": KnownMixture.of(np.concatenate([_SLOW[0], _FAST[0]]), np.concatenate([_SLOW[1], _FAST[1]])),
    "one kind and a log-normal": KnownMixture.of(
        np.concatenate([[0.02], _WIDE[0]]), np.concatenate([[0.4], 0.6 * _WIDE[1] / _WIDE[1].sum()])
    ),
}
ANOMALOUS: Final[Mapping[str, KnownMixture]] = {
    "two kinds, alpha .6 and 1.2": KnownMixture.of([0.1, 4.0], [0.5, 0.5], [0.6, 1.2]),
    "one kind, alpha .8": KnownMixture.of([1.0], [1.0], [0.8]),
}
