"""Tracks of multifractional Brownian motion, seen through the measurement model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from perrin.errors import InputError
from perrin.processes.hurst import FAMILIES, HurstPrior
from perrin.processes.mfbm import factor
from perrin.simulate.arguments import check_size, random_generator
from perrin.simulate.harmonizable import HIGHEST, LOWEST, sample_paths
from perrin.simulate.measurement import Measurement
from perrin.simulate.observe import observe
from perrin.simulate.simulation import Simulation
from perrin.tracks import Units
from perrin.types import FloatArray, Seed
from perrin.validate import check_hurst_exponents

HurstLike = str | float | FloatArray | Callable[[FloatArray], FloatArray]
"""A family's name or "any"; one exponent; (T,) or (tracks, T) values; or a function of u = t/T."""

LONGEST_EXACT: Final = 2000
"""Frames up to which paths are made by factorising the exact covariance."""
_PAPER: Final = HurstPrior()
_PERFECT: Final = Measurement()
_BATCH: Final = 64


def simulate_mfbm(
    tracks: int,
    length: int,
    *,
    hurst: HurstLike = "any",
    step: float = 1.0,
    dimension: int = 2,
    dt: float = 1.0,
    measurement: Measurement = _PERFECT,
    method: Literal["auto", "exact", "spectral"] = "auto",
    prior: HurstPrior = _PAPER,
    units: Units | None = None,
    seed: Seed = None,
) -> Simulation:
    """Independent tracks of multifractional Brownian motion; the axes of a track share H(t).

    Time runs over t = 1, …, T frames, at which the process begins (at t = 0 it is zero): it is not the same on
    another grid.

    Args:
        tracks: number of tracks.
        length: T, frames of a track.
        hurst: what H(t) is. A family (constant, linear, logistic, periodic, rbm, rou, telegraph) or "any" of them
            draws one H(t) a track from `prior`; else one exponent, (T,) or (tracks, T) exponents, or a function of
            u = t/T in (0, 1] that returns them.
        step: standard deviation of a displacement over one frame along each axis, where H does not change;
            D(t) = step² / (2 dt^2H(t)).
        dimension: axes, 1 to 3, independent of each other.
        dt: frame interval in units of time.
        measurement: localisation error, missing frames, uneven times; perfect by default.
        method: "exact" factorises the covariance matrix, once for all tracks and axes that share H(t); "spectral"
            is faster and long, with an error of a few 1e-6 of the standard deviation; "auto" takes the exact one
            up to 2,000 frames.
        prior: over Hurst functions; the paper's Table I by default.
        units: of the tracks; px and frames by default.
        seed: a whole number gives the same tracks each time, a generator is drawn from, None gives others each time.

    Returns:
        Simulation with alpha(t) = 2H(t) and D(t) at every observation.

    Raises:
        InputError: for exponents outside (0, 1), a step that is not positive, or a measurement that has no
            closed form here (motion blur).
    """
    check_size(tracks, length, dimension, dt)
    if not (step > 0 and np.isfinite(step)):
        raise InputError(f"the step must be positive, not {step:g}", remedy="Use a positive length.")
    if measurement.exposure:
        raise InputError("motion blur is not available for multifractional motion", remedy="Set the exposure to 0.")
    rng = random_generator(seed)
    times = np.stack([measurement.times(length, rng) for _ in range(tracks if measurement.jitter else 1)]) + 1
    curves = _curves(hurst, tracks, times, length, prior, rng)
    motion = _motion(times, curves, dimension, _method(method, curves, measurement), rng)
    return observe(
        motion * step, np.broadcast_to((times - 1) * dt, (tracks, length)), alpha=2 * curves,
        D=step**2 / (2 * dt ** (2 * curves)), measurement=measurement, units=units or Units(), rng=rng,
    )  # fmt: skip


def _curves(
    hurst: HurstLike, tracks: int, times: FloatArray, length: int, prior: HurstPrior, rng: np.random.Generator
) -> FloatArray:
    """(tracks, T) Hurst exponents at the times of each track."""
    if isinstance(hurst, str):
        if hurst != "any" and hurst not in FAMILIES:
            raise InputError(f"unknown family of H(t) {hurst!r}", remedy=f"Choose any, {', '.join(FAMILIES)}.")
        drawn = prior.draw(tracks, length, rng) if hurst == "any" else prior.draw_family(hurst, tracks, length, rng)
        return _at(drawn, times)
    if callable(hurst):
        values = np.stack([_called(hurst, row / length) for row in times])
    else:
        given = np.asarray(hurst, dtype=np.float64)
        if given.ndim and given.shape not in ((length,), (tracks, length)):
            raise InputError(
                f"Hurst exponents of shape {given.shape} do not match {tracks} tracks of {length} frames",
                remedy=f"Give one number, or an array of shape ({length},) for all tracks or ({tracks}, {length}).",
            )
        values = given if given.ndim == 0 else _at(np.atleast_2d(given), times)
    curves = np.broadcast_to(values, (tracks, length))
    check_hurst_exponents(curves)
    return curves


def _called(hurst: Callable[[FloatArray], FloatArray], u: FloatArray) -> FloatArray:
    values = np.asarray(hurst(u), dtype=np.float64)
    if values.shape not in ((), u.shape):
        raise InputError(
            f"the function of u returned exponents of shape {values.shape} for times of shape {u.shape}",
            remedy="Return one exponent for each u.",
        )
    return np.broadcast_to(values, u.shape)


def _at(curves: FloatArray, times: FloatArray) -> FloatArray:
    """Exponents given at t = 1..T, read at each track's own times."""
    whole = np.arange(1, curves.shape[1] + 1)
    if np.array_equal(times, whole[None]):
        return curves
    n = max(len(curves), len(times))
    pairs = zip(np.broadcast_to(times, (n, len(whole))), np.broadcast_to(curves, (n, len(whole))), strict=True)
    return np.stack([np.interp(t, whole, c) for t, c in pairs])


def _method(requested: str, curves: FloatArray, measurement: Measurement) -> str:
    inside = curves.min() >= LOWEST and curves.max() <= HIGHEST
    if requested == "auto":
        return "exact" if curves.shape[1] <= LONGEST_EXACT or measurement.jitter or not inside else "spectral"
    if requested not in ("exact", "spectral"):
        raise InputError(f"unknown method {requested!r}", remedy="Choose auto, exact or spectral.")
    if requested == "spectral" and measurement.jitter:
        raise InputError("jittered times need method='exact'")
    return requested


def _motion(times: FloatArray, curves: FloatArray, dimension: int, method: str, rng: np.random.Generator) -> FloatArray:
    """(tracks, T, dimension) motion in units of the step."""
    tracks, length = curves.shape
    motion = np.empty((tracks, length, dimension))
    if method == "spectral":
        size = max(_BATCH * 512 // (length * dimension), 1)
        for start in range(0, tracks, size):
            some = slice(start, start + size)
            paths = sample_paths(np.repeat(curves[some], dimension, axis=0), rng)
            motion[some] = paths.reshape(-1, dimension, length).swapaxes(1, 2)
        return motion
    for rows in _alike(np.concatenate([np.broadcast_to(times, curves.shape), curves], axis=1)):
        first = rows[0]
        lower = factor(times[first if len(times) > 1 else 0], curves[first])
        paths = lower @ rng.standard_normal((length, len(rows) * dimension))
        motion[rows] = paths.reshape(length, len(rows), dimension).swapaxes(0, 1)
    return motion


def _alike(rows: FloatArray) -> list[list[int]]:
    """Indices of rows that are equal, in the order of their first."""
    groups: dict[bytes, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(row.tobytes(), []).append(index)
    return list(groups.values())
