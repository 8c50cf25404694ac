"""Tracks whose exponent and diffusion coefficient drift smoothly along them, seen through the measurement model.

At every frame the steps have the spectrum of fractional Gaussian noise of the H of that frame: the waves of the
circulant that draws such noise exactly (`perrin.simulate.fgn`), each with an amplitude that changes as H does. So the
variance of each step is exact, and where H does not change the whole covariance is. It is an evolutionary spectrum:
Priestley, J. R. Stat. Soc. B 27, 204 (1965).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from scipy.fft import dct

from perrin.errors import InputError
from perrin.processes import increment_autocovariance
from perrin.simulate.arguments import check_coefficients, check_size, numbers_of, random_generator
from perrin.simulate.measurement import Measurement
from perrin.simulate.observe import observe
from perrin.simulate.simulation import Simulation
from perrin.tracks import Units
from perrin.types import FloatArray, Seed
from perrin.validate import check_hurst_exponents

ComplexArray = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]
_PERFECT: Final = Measurement()
_REMEDY: Final = "Give one number, several along the track, or one row of numbers per track."
_AT_ONCE: Final = 2_000_000
"""Complex numbers that are held in one go."""


def simulate_drifting(
    tracks: int,
    length: int,
    *,
    hurst: float | Sequence[float] | FloatArray = (0.25, 0.75),
    D: float | Sequence[float] | FloatArray = 1.0,
    dimension: int = 2,
    dt: float = 1.0,
    measurement: Measurement = _PERFECT,
    units: Units | None = None,
    seed: Seed = None,
) -> Simulation:
    """Independent tracks along which alpha and D drift; they begin near the origin.

    Args:
        tracks: number of tracks.
        length: frames of a track.
        hurst: Hurst exponent, alpha / 2, in (0, 1): one; or m values, evenly spaced from the first frame to the last,
            between which it moves in straight lines; or (tracks, m) where tracks differ.
        D: generalised diffusion coefficient in length²/time^alpha, likewise; its logarithm moves in straight lines.
        dimension: axes, 1 to 3, independent of each other.
        dt: frame interval in units of time.
        measurement: localisation error, missing frames; perfect by default.
        units: of the tracks; px and frames by default.
        seed: a whole number gives the same tracks each time, a generator is drawn from, None gives others each time.

    Returns:
        Simulation; the variance of the step that ends at a frame is 2 D dt^2H along each axis, with the D and the H of
        that frame.

    Raises:
        InputError: for exponents outside (0, 1), a D that is not positive, values that are neither for all tracks nor
            for each, or a measurement that has no closed form here (motion blur, uneven times).
    """
    check_size(tracks, length, dimension, dt)
    if measurement.exposure or measurement.jitter:
        raise InputError(
            "drifting motion can be simulated only at equal time intervals and without motion blur",
            remedy="Set both to 0.",
        )
    curves, given = _along(hurst, tracks, length, "hurst"), numbers_of(D, "D", _REMEDY)
    check_coefficients(given)
    check_hurst_exponents(curves)
    coefficients = np.exp(_along(np.log(given), tracks, length, "D"))
    rng = random_generator(seed)
    motion = np.zeros((tracks, length, dimension))
    scale = np.sqrt(2 * coefficients * dt ** (2 * curves))[:, 1:, None]
    np.cumsum(_noise(curves[:, 1:], tracks, dimension, rng) * scale, axis=1, out=motion[:, 1:])
    return observe(
        motion, np.broadcast_to(np.arange(length) * dt, (tracks, length)), alpha=2 * curves, D=coefficients,
        measurement=measurement, units=units or Units(), rng=rng,
    )  # fmt: skip


def evolving_noise(hurst: FloatArray, paths: int, rng: np.random.Generator) -> FloatArray:
    """(T, paths) steps of unit variance, of which each frame has the spectrum of its own H.

    Args:
        hurst: (T,) Hurst exponents in (0, 1).
        paths: number of independent paths.
        rng: where the normal numbers come from; 4T a path.
    """
    waves = 2 * len(hurst)
    numbers = rng.standard_normal((waves, paths)) + 1j * rng.standard_normal((waves, paths))
    at_once = max(1, _AT_ONCE // waves)
    blocks = [slice(start, start + at_once) for start in range(0, len(hurst), at_once)]
    return np.concatenate([(evolving_waves(hurst, frames) @ numbers).real for frames in blocks])


def evolving_waves(hurst: FloatArray, frames: slice = slice(None)) -> ComplexArray:
    """(frames, 2T) amplitudes and phases of the waves at some frames; times its own adjoint the covariance is real."""
    length = len(hurst)
    power = np.maximum(dct(increment_autocovariance(hurst[frames], length + 1), type=1, axis=-1), 0.0)
    waves = np.arange(2 * length)
    amplitude = np.sqrt(power[:, np.minimum(waves, 2 * length - waves)] / (2 * length))
    phase = np.exp(1j * np.pi / length * np.outer(np.arange(length)[frames], waves))
    return np.asarray(amplitude * phase)


def _noise(curves: FloatArray, tracks: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(tracks, n, dimension) steps of unit variance; `curves` (1, n) for all tracks, or (tracks, n)."""
    paths = tracks * dimension // len(curves)
    noise = np.stack([evolving_noise(curve, paths, rng) for curve in curves])
    return noise.reshape(len(curves), curves.shape[1], tracks // len(curves), dimension).swapaxes(1, 2).reshape(
        tracks, curves.shape[1], dimension
    )  # fmt: skip


def _along(values: Any, tracks: int, length: int, name: str) -> FloatArray:
    """(1, length) values for all tracks or (tracks, length), from as many as were given evenly spaced along them."""
    given = np.atleast_1d(numbers_of(values, name, _REMEDY))
    if given.ndim > 2 or (given.ndim == 2 and len(given) != tracks) or not given.size:
        raise InputError(f"{name} has the shape {given.shape} for {tracks} tracks", remedy=_REMEDY)
    from_first_to_last, places = np.linspace(0, 1, length), np.linspace(0, 1, given.shape[-1])
    return np.stack([np.interp(from_first_to_last, places, row) for row in np.atleast_2d(given)])
