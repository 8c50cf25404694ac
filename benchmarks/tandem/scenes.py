"""What is simulated: windows of 20 positions of one law each, and tracks whose alpha and D change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.simulate import fractional_gaussian_noise
from perrin.simulate.drifting_tracks import evolving_noise
from perrin.simulate.simulated_windows import SimulatedWindows, WindowPrior
from perrin.tracks import Tracks, Units
from perrin.types import FloatArray

POSITIONS: Final = 20
MIDDLE: Final = POSITIONS // 2
DT: Final = 0.02
UNITS: Final = Units("µm", "s")


@final
@dataclass(frozen=True, eq=False)
class Scene:
    """Tracks of n positions with the H and the one-frame scale s of each position, (tracks, n); s is near 1."""

    tracks: Tracks
    hurst: FloatArray
    log_s2: FloatArray
    sigma: float

    @property
    def log_d(self) -> FloatArray:
        """(tracks, n) log D = log(s² / 2) - 2H log dt."""
        return np.asarray(self.log_s2 - np.log(2) - 2 * self.hurst * np.log(DT), dtype=np.float64)


def windows(n: int, d: int, ratio: float, seed: int) -> tuple[SimulatedWindows, Scene]:
    """n tracks of 20 positions, H ~ U(.01, .99), s = 1, and the error `ratio`, the same for all."""
    prior = WindowPrior(hurst=(0.01, 0.99), noisy=float(ratio > 0), ratio=(ratio or 1.0,) * 2, axial=1.0)
    made = prior.draw(n, POSITIONS, d, np.random.default_rng([seed, d, round(1000 * ratio)]))
    places = np.concatenate([np.zeros((n, 1, d)), np.cumsum(made.displacements, axis=1)], axis=1)
    hurst = np.repeat(made.hurst[:, None], POSITIONS, axis=1)
    return made, Scene(_tracks(places), hurst, np.zeros_like(hurst), ratio)


def switching(n: int, length: int, sigma: float, seed: int) -> Scene:
    """Both H and s jump to new values, H ~ U(.05, .95) and log s ~ N(0, .7²), after 50 frames on average.

    Stretches are independent of each other; 2-D.
    """
    rng = np.random.default_rng([seed, 1])
    hurst, log_s = np.empty((n, length)), np.empty((n, length))
    steps = np.empty((n, length, 2))
    for track in range(n):
        at = 0
        while at < length:
            stop = min(at + int(np.ceil(rng.exponential(50.0))), length)
            h, s = rng.uniform(0.05, 0.95), 0.7 * rng.standard_normal()
            hurst[track, at:stop], log_s[track, at:stop] = h, s
            steps[track, at:stop] = np.exp(s) * fractional_gaussian_noise(h, stop - at, paths=2, rng=rng).T
            at = stop
    return _noisy(np.cumsum(steps, axis=1), hurst, 2 * log_s, sigma, rng)


def drifting(n: int, length: int, sigma: float, seed: int) -> Scene:
    """H moves in a straight line between two values ~ U(.05, .95), s exponentially, by a factor of up to 3; 2-D.

    At every frame the steps have the spectrum of fractional Gaussian noise of the H and s of that frame.
    """
    rng = np.random.default_rng([seed, 2])
    first, last = rng.uniform(0.05, 0.95, (2, n, 1))
    hurst = first + (last - first) * np.linspace(0, 1, length)
    slope = rng.uniform(-np.log(3), np.log(3), (n, 1))
    log_s = slope * (np.arange(length) / length - 0.5)
    steps = np.stack([evolving_noise(h, 2, rng) for h in hurst]) * np.exp(log_s)[:, :, None]
    return _noisy(np.cumsum(steps, axis=1), hurst, 2 * log_s, sigma, rng)


def _noisy(places: FloatArray, hurst: FloatArray, log_s2: FloatArray, sigma: float, rng: np.random.Generator) -> Scene:
    return Scene(_tracks(places + sigma * rng.standard_normal(places.shape)), hurst, log_s2, sigma)


def _tracks(places: FloatArray) -> Tracks:
    times = [DT * np.arange(float(places.shape[1]))] * len(places)
    return Tracks.from_arrays(list(places), times=times, units=UNITS)
