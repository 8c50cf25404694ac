"""Windows of a few positions by the million, each with a law of its own: what the tandem networks learn from.

Most windows keep one law of fractional Brownian motion; in some, the law changes on the way, or the scale grows or
falls. They are seen with localisation error, motion blur, missing frames and drift, as `WindowPrior` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.simulate.fgn import fractional_brownian_motion, fractional_gaussian_noise
from perrin.types import BoolArray, FloatArray

LONGEST_GAP: Final = 8
"""Frames from one position of a window to the next, at most."""
_SPAN: Final = 80
"""Frames of a window with gaps, at most."""


@final
@dataclass(frozen=True, eq=False)
class SimulatedWindows:
    """n windows in units of their one-frame scale s at the middle position.

    Attributes:
        displacements: (n, m, d) observed increments.
        steps: (n, m) frames between positions.
        errors: (n, d) localisation error of each axis.
        exposure: as a part of the frame, the same for all.
        drifting: (n,) whether a steady drift may be in them.
        hurst: (n,) H of the increment that ends at the middle position.
    """

    displacements: FloatArray
    steps: FloatArray
    errors: FloatArray
    exposure: float
    drifting: BoolArray
    hurst: FloatArray


@final
@dataclass(frozen=True)
class WindowPrior:
    """How windows are drawn; the defaults are clean windows of one law each.

    Attributes:
        hurst: range of H, uniform.
        noisy: share of windows with localisation error.
        ratio: range of its ratio to the one-frame step, of uniform logarithm.
        even: share of the noisy windows whose ratio is uniform in that range itself.
        high, high_ratio: share of the noisy windows that have more, and up to which ratio, of uniform logarithm.
        axial: most by which the error of a third axis exceeds the others', in half of the windows.
        gaps: share of windows with missing frames.
        drift: share of windows with a drift.
        velocity: range of its size in steps a frame, of uniform logarithm.
        switch: share of windows in which H, the scale or both change at some increment.
        ramp: share of windows in which the scale grows or falls steadily.
        contrast: standard deviation of the logarithm of the scale's change.
    """

    hurst: tuple[float, float] = (0.005, 0.995)
    noisy: float = 0.0
    ratio: tuple[float, float] = (0.05, 1.5)
    even: float = 0.0
    high: float = 0.0
    high_ratio: float = 4.0
    axial: float = 3.0
    gaps: float = 0.0
    drift: float = 0.0
    velocity: tuple[float, float] = (0.05, 1.5)
    switch: float = 0.0
    ramp: float = 0.0
    contrast: float = 0.7

    def draw(
        self, n: int, positions: int, dimension: int, rng: np.random.Generator, *, exposure: float = 0.0
    ) -> SimulatedWindows:
        """n windows of so many positions in so many axes."""
        hurst = rng.uniform(*self.hurst, n)
        steps = np.ones((n, positions - 1))
        motion = np.empty((n, positions - 1, dimension))
        gappy = rng.random(n) < self.gaps
        motion[~gappy] = _steady(hurst[~gappy], positions - 1, dimension, exposure, rng)
        steps[gappy] = _gap_steps(int(gappy.sum()), positions - 1, rng)
        motion[gappy] = _with_gaps(hurst[gappy], steps[gappy], dimension, exposure, rng)
        self._change(motion, hurst, ~gappy, exposure, rng)
        drifting = rng.random(n) < self.drift
        speed = np.exp(rng.uniform(np.log(self.velocity[0]), np.log(self.velocity[1]), n)) * drifting
        velocity = speed[:, None] * rng.standard_normal((n, dimension))
        errors = self._errors(n, dimension, rng)
        place = errors[:, None, :] * rng.standard_normal((n, positions, dimension))
        seen = motion + velocity[:, None, :] * steps[:, :, None] + np.diff(place, axis=1)
        return SimulatedWindows(seen, steps, errors, exposure, drifting, hurst)

    def _errors(self, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
        low, high = np.log(self.ratio)
        usual = rng.uniform(low, high, n)
        usual = np.where(rng.random(n) < self.even, np.log(rng.uniform(*self.ratio, n)), usual)
        beyond = rng.uniform(high, np.log(self.high_ratio), n)
        size = np.exp(np.where(rng.random(n) < self.high, beyond, usual)) * (rng.random(n) < self.noisy)
        errors = np.repeat(size[:, None], dimension, axis=1)
        if dimension == 3:
            errors[:, 2] *= np.exp(rng.uniform(0.0, np.log(self.axial), n) * (rng.random(n) < 0.5))
        return errors

    def _change(
        self, motion: FloatArray, hurst: FloatArray, allowed: BoolArray, exposure: float, rng: np.random.Generator
    ) -> None:
        """Replace increments on the far side of a change by those of another law, or let the scale drift."""
        n, m, d = motion.shape
        kind = rng.random(n)
        switching = np.flatnonzero(allowed & (kind < self.switch))
        place = rng.integers(1, m, len(switching))
        which = rng.integers(0, 3, len(switching))  # only H, only the scale, or both
        other = np.where(which == 1, hurst[switching], rng.uniform(*self.hurst, len(switching)))
        factor = np.exp(np.where(which == 0, 0.0, self.contrast * rng.standard_normal(len(switching))))
        instead = _steady(other, m, d, exposure, rng) * factor[:, None, None]
        index, middle = np.arange(m), m // 2
        far = np.where(place[:, None] > middle, index >= place[:, None], index < place[:, None])
        motion[switching] = np.where(far[:, :, None], instead, motion[switching])
        ramping = np.flatnonzero(allowed & (kind >= self.switch) & (kind < self.switch + self.ramp))
        slope = self.contrast * rng.standard_normal(len(ramping))
        motion[ramping] *= np.exp(slope[:, None] * (index - middle) / m)[:, :, None]


def _steady(hurst: FloatArray, m: int, d: int, exposure: float, rng: np.random.Generator) -> FloatArray:
    """(n, m, d) increments of one law each."""
    noise = fractional_gaussian_noise(np.repeat(hurst, d), m, paths=len(hurst) * d, rng=rng, blur=exposure)
    return noise.reshape(len(hurst), d, m).transpose(0, 2, 1)


def _gap_steps(n: int, m: int, rng: np.random.Generator) -> FloatArray:
    """(n, m) frames from position to position, a share of which was missed."""
    share = rng.uniform(0.0, 0.5, (n, 1))
    steps = np.minimum(np.where(rng.random((n, m)) < share, 1 + rng.geometric(0.5, (n, m)), 1), LONGEST_GAP)
    while (steps.sum(axis=1) >= _SPAN).any():
        long = steps.sum(axis=1) >= _SPAN
        steps[long] = np.maximum(steps[long] - 1, 1)
    return steps.astype(np.float64)


def _with_gaps(
    hurst: FloatArray, steps: FloatArray, d: int, exposure: float, rng: np.random.Generator
) -> FloatArray:  # fmt: skip
    n, m = steps.shape
    if n == 0:
        return np.empty((0, m, d))
    frames = np.concatenate([np.zeros((n, 1)), np.cumsum(steps, axis=1)], axis=1).astype(np.int64)
    paths = fractional_brownian_motion(
        np.repeat(hurst, d), int(frames.max()) + 1, paths=n * d, rng=rng, blur=exposure
    ).reshape(n, d, -1)  # fmt: skip
    return np.diff(np.take_along_axis(paths, frames[:, None, :].repeat(d, axis=1), axis=2), axis=2).transpose(0, 2, 1)
