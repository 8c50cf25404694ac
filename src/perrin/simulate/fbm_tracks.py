"""Tracks of fractional Brownian motion, seen through the measurement model."""

from __future__ import annotations

import numpy as np

from perrin.simulate.arguments import check_coefficients, check_size, one_each, random_generator
from perrin.simulate.fgn import fractional_brownian_motion, increments_between
from perrin.simulate.measurement import Measurement
from perrin.simulate.observe import observe
from perrin.simulate.simulation import Simulation
from perrin.tracks import Units
from perrin.types import FloatArray, Seed

_PERFECT = Measurement()


def simulate_fbm(
    tracks: int,
    length: int,
    *,
    hurst: float | FloatArray = 0.5,
    D: float | FloatArray = 1.0,
    dimension: int = 2,
    dt: float = 1.0,
    measurement: Measurement = _PERFECT,
    units: Units | None = None,
    seed: Seed = None,
) -> Simulation:
    """Independent tracks of fractional Brownian motion that begin near the origin.

    Args:
        tracks: number of tracks.
        length: frames of a track.
        hurst: Hurst exponent, alpha / 2, in (0, 1): one for all, or one a track.
        D: generalised diffusion coefficient in length²/time^alpha: one for all, or one a track.
        dimension: axes, 1 to 3, independent of each other.
        dt: frame interval in units of time.
        measurement: localisation error, blur, missing frames, uneven times; perfect by default.
        units: of the tracks; px and frames by default.
        seed: a whole number gives the same tracks each time, a generator is drawn from, None gives others each time.

    Returns:
        Simulation; the variance of a displacement over a time t is 2 D t^2H along each axis.

    Raises:
        InputError: for exponents outside (0, 1), a D that is not positive, or lengths that make no track.
    """
    check_size(tracks, length, dimension, dt)
    exponents, coefficients = one_each(hurst, tracks, "hurst"), one_each(D, tracks, "D")
    check_coefficients(coefficients)
    rng = random_generator(seed, np.random.SFC64)
    if measurement.jitter:
        times = np.stack([measurement.times(length, rng) for _ in range(tracks)])
        motion = np.stack(
            [_at(t, h, dimension, measurement.exposure, rng) for t, h in zip(times, exponents, strict=True)]
        )
    else:
        times = np.broadcast_to(np.arange(float(length)), (tracks, length))
        motion = _regular(exponents, length, dimension, measurement.exposure, rng)
    scale = np.sqrt(2 * coefficients * dt ** (2 * exponents))
    return observe(
        motion * scale[:, None, None], times * dt, alpha=2 * exponents[:, None], D=coefficients[:, None],
        measurement=measurement, units=units or Units(), rng=rng,
    )  # fmt: skip


def _regular(hurst: FloatArray, n: int, dimension: int, blur: float, rng: np.random.Generator) -> FloatArray:
    """(tracks, n, dimension) positions at successive frames, in units of s."""
    shared = len(hurst) and np.all(hurst == hurst[0])
    exponents = hurst[:1] if shared else np.repeat(hurst, dimension)
    flat = fractional_brownian_motion(exponents, n, paths=len(hurst) * dimension, rng=rng, blur=blur)
    return flat.reshape(len(hurst), dimension, n).swapaxes(1, 2)


def _at(times: FloatArray, hurst: float, dimension: int, blur: float, rng: np.random.Generator) -> FloatArray:
    """(n, dimension) positions at any times, in units of s: one factorisation a track."""
    steps = increments_between(times, hurst, dimension, rng, blur)
    return np.concatenate([np.zeros((1, dimension)), np.cumsum(steps, axis=0)])
