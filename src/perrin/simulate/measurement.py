"""How positions are seen: localisation error, motion blur, frames without the particle, uneven times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from perrin.errors import InputError
from perrin.types import BoolArray, FloatArray
from perrin.validate import check_sigma


@final
@dataclass(frozen=True)
class Measurement:
    """What a camera does to the motion.

    Attributes:
        sigma: localisation error of every axis, or (lateral, axial) for three; in units of length.
        exposure: fraction of the frame interval during which light is collected, 0 to 1.
        missing: probability that the particle is not seen in a frame. A track's first and last frame are seen.
        jitter: each time is off its frame by up to half this many frame intervals either way, below 1.
    """

    sigma: float | tuple[float, ...] = 0.0
    exposure: float = 0.0
    missing: float = 0.0
    jitter: float = 0.0

    def __post_init__(self) -> None:
        check_sigma(self.sigma)
        for name in ("exposure", "missing", "jitter"):
            value = getattr(self, name)
            if not 0 <= value <= 1 or (value == 1 and name != "exposure"):
                raise InputError(f"{name} is a fraction from 0 to 1, not {value}")
        if self.exposure + self.jitter > 1:
            raise InputError("exposures must not overlap", remedy="Keep exposure + jitter at 1 or less.")

    def errors(self, dimension: int) -> FloatArray:
        """(dimension,) localisation error of each axis; raises InputError where two are given for a plane."""
        given = np.atleast_1d(np.asarray(self.sigma, dtype=np.float64))
        if len(given) == 1:
            return np.full(dimension, given[0])
        if len(given) == 2 and dimension == 3:
            return np.array([given[0], given[0], given[1]])
        raise InputError(
            f"got {len(given)} localization errors for {dimension} axes", remedy="Give one, or XY,Z in 3-D."
        )

    def with_errors(self, positions: FloatArray, rng: np.random.Generator) -> FloatArray:
        """(…, d) positions with independent normal errors added."""
        errors = self.errors(positions.shape[-1])
        if not errors.any():
            return positions
        return positions + rng.standard_normal(positions.shape) * errors

    def times(self, n: int, rng: np.random.Generator) -> FloatArray:
        """(n,) times in frames at which a camera of uneven pace takes a track's pictures."""
        return np.arange(n) + self.jitter * (rng.random(n) - 0.5)

    def observed(self, tracks: int, n: int, rng: np.random.Generator) -> BoolArray:
        """(tracks, n) in which frames each particle is seen."""
        if self.missing == 0:
            return np.ones((tracks, n), dtype=bool)
        seen = rng.random((tracks, n)) >= self.missing
        seen[:, [0, -1]] = True
        return seen
