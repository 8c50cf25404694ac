"""Tracks that switch between states with a law of motion each, seen through the measurement model.

A particle leaves its state at any step with the same probability, whatever happened before: states are a Markov chain,
dwell times are geometric. Between two switches the increments are fractional Gaussian noise of the state's law, drawn
exactly. What comes after a switch is independent of what was before it, given the states: a product partition model
(Barry & Hartigan, Annals of Statistics 20, 260 (1992)).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from perrin.errors import InputError
from perrin.simulate.arguments import check_size, numbers_of, random_generator
from perrin.simulate.fgn import fractional_gaussian_noise, increments_between
from perrin.simulate.measurement import Measurement
from perrin.simulate.observe import observe
from perrin.simulate.simulation import Simulation
from perrin.tracks import Units
from perrin.types import FloatArray, IntArray, Seed
from perrin.validate import check_hurst_exponents

_PERFECT: Final = Measurement()
EachState = float | Sequence[float] | FloatArray
"""One number for all states, or one a state."""
Transitions = Sequence[Sequence[float]] | FloatArray


def simulate_switching(
    tracks: int,
    length: int,
    *,
    hurst: EachState = 0.5,
    D: EachState = (0.01, 1.0),
    dwell_time: EachState | None = None,
    transitions: Transitions | None = None,
    dimension: int = 2,
    dt: float = 1.0,
    measurement: Measurement = _PERFECT,
    units: Units | None = None,
    seed: Seed = None,
) -> Simulation:
    """Independent tracks that switch between states and begin, near the origin, in a state as frequent as over time.

    Args:
        tracks: number of tracks.
        length: frames of a track.
        hurst: Hurst exponent, alpha / 2, in (0, 1): one for all states, or one each.
        D: generalised diffusion coefficient in length²/time^alpha: one for all states, or one each.
        dwell_time: mean time in a state before it is left, in units of time, at least dt: one for all, or one each;
            10 frames by default.
        transitions: (K, K) for K states; row i says how probable each state is after state i, relative to each other.
            The diagonal is 0, for a state follows on another one. By default all others are equally probable.
        dimension: axes, 1 to 3, independent of each other.
        dt: frame interval in units of time.
        measurement: localisation error, missing frames, uneven times; perfect by default.
        units: of the tracks; px and frames by default.
        seed: a whole number gives the same tracks each time, a generator is drawn from, None gives others each time.

    Returns:
        Simulation whose `state` numbers the states 0, 1, … as they were given. State, alpha and D of a position are
        those of the step that ends there, and at the first position those of the step that begins there.

    Raises:
        InputError: for numbers that disagree on how many states there are, exponents outside (0, 1), a D that is not
            positive, dwell times below dt, transitions between which some state is never met again, or a measurement
            that has no closed form here (motion blur).
    """
    check_size(tracks, length, dimension, dt)
    if measurement.exposure:
        raise InputError("motion blur is not available for switching motion", remedy="Set the exposure to 0.")
    exponents, coefficients, dwell = _states(hurst, D, 10 * dt if dwell_time is None else dwell_time, transitions)
    rng = random_generator(seed, np.random.SFC64)
    state = _chain(_step_matrix(dwell / dt, transitions), tracks, length - 1, rng)
    times, noise = _increments(state, exponents, dimension, measurement, rng)
    scale = np.sqrt(2 * coefficients * dt ** (2 * exponents))
    motion = np.zeros((tracks, length, dimension))
    np.cumsum(noise * scale[state][:, :, None], axis=1, out=motion[:, 1:])
    at = np.concatenate([state[:, :1], state], axis=1)
    return observe(
        motion, times * dt, alpha=2 * exponents[at], D=coefficients[at], state=at, measurement=measurement,
        units=units or Units(), rng=rng,
    )  # fmt: skip


def _states(hurst: Any, D: Any, dwell_time: Any, transitions: Any) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(K,) exponents, coefficients and dwell times; raises InputError for those that cannot be."""
    remedy = "Give one number for all states, or one per state."
    given = {"hurst": hurst, "D": D, "dwell_time": dwell_time}
    values = {name: np.atleast_1d(numbers_of(value, name, remedy)) for name, value in given.items()}
    counts = {name: len(value) for name, value in values.items()}
    if transitions is not None:
        counts["transitions"] = len(np.atleast_1d(numbers_of(transitions, "transitions", "Give one row per state.")))
    states = max(counts.values())
    if any(value.ndim != 1 for value in values.values()) or set(counts.values()) - {1, states} or not states:
        told = ", ".join(f"{n} of {name}" for name, n in counts.items())
        raise InputError(f"the number of states is not clear from {told}", remedy=remedy)
    exponents, coefficients, dwell = (np.broadcast_to(value, (states,)) for value in values.values())
    check_hurst_exponents(exponents)
    for name, value in (("D", coefficients), ("a dwell time", dwell)):
        if not np.all((value > 0) & np.isfinite(value)):
            raise InputError(f"{name} must be positive", remedy="Give numbers above 0.")
    return exponents, coefficients, dwell


def _step_matrix(dwell: FloatArray, transitions: Transitions | None) -> FloatArray:
    """(K, K) probability of the state of a step after that of the step before it; `dwell` in frames."""
    states = len(dwell)
    if states == 1:
        return np.ones((1, 1))
    if np.any(dwell < 1):
        raise InputError(
            f"a dwell time of {dwell.min():g} frames is shorter than one frame",
            remedy="Use the frame interval or more.",
        )
    weights = 1 - np.eye(states) if transitions is None else np.asarray(transitions, dtype=np.float64)
    if weights.shape != (states, states) or not np.all((weights >= 0) & np.isfinite(weights)) or weights.trace():
        raise InputError(
            f"the transitions between {states} states must be {states} rows of {states} numbers, 0 or positive, with "
            "0 from a state to itself"
        )  # fmt: skip
    met = np.linalg.matrix_power(np.eye(states) + (weights > 0), states) > 0
    if not met.all():
        raise InputError(
            "some state cannot be reached from another", remedy="Make every state reachable from every other."
        )
    leave = 1 / dwell[:, None]
    after: FloatArray = weights / weights.sum(axis=1, keepdims=True)
    return leave * after + np.diag(1 - leave[:, 0])


def _chain(matrix: FloatArray, tracks: int, n: int, rng: np.random.Generator) -> IntArray:
    """(tracks, n) states of the steps; the first one from the distribution that the chain keeps."""
    states = len(matrix)
    if states == 1:
        return np.zeros((tracks, n), dtype=np.int64)
    balance = np.vstack([matrix.T - np.eye(states), np.ones(states)])
    stationary = np.linalg.lstsq(balance, np.r_[np.zeros(states), 1.0])[0]
    rows = np.cumsum(np.vstack([matrix, stationary]), axis=1)
    rows[:, -1] = 1.0  # but for rounding it is
    chain = np.empty((n, tracks), dtype=np.int64)
    row = np.full(tracks, states)
    for step in range(n):
        row = chain[step] = (rng.random(tracks)[:, None] >= rows[row]).sum(axis=1)
    return chain.T


def _segments(state: IntArray) -> Iterator[tuple[int, IntArray, IntArray]]:
    """(state, first steps, lengths) of the segments of each state; steps are counted through all tracks."""
    begins = np.ones(state.shape, dtype=bool)
    begins[:, 1:] = state[:, 1:] != state[:, :-1]
    first = np.flatnonzero(begins)
    lengths, which = np.diff(first, append=state.size), state.ravel()[first]
    for each in np.unique(which):
        yield int(each), first[which == each], lengths[which == each]


def _increments(
    state: IntArray, hurst: FloatArray, dimension: int, measurement: Measurement, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """(tracks, n + 1) times in frames and (tracks, n, dimension) increments in units of each state's s."""
    tracks, n = state.shape
    if not measurement.jitter:
        times = np.broadcast_to(np.arange(n + 1.0), (tracks, n + 1))
        return times, _even(state, hurst, dimension, rng)
    times = np.stack([measurement.times(n + 1, rng) for _ in range(tracks)])
    return times, _uneven(state, hurst, times, dimension, rng)


def _even(state: IntArray, hurst: FloatArray, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(tracks, n, dimension) increments one frame apart; segments of like length are drawn together."""
    noise = np.empty((state.size, dimension))
    for each, first, lengths in _segments(state):
        size = np.ceil(np.log2(lengths)).astype(np.int64)
        for power in np.unique(size):
            some, most = size == power, 1 << int(power)
            drawn = fractional_gaussian_noise(hurst[each], most, paths=int(some.sum()) * dimension, rng=rng)
            kept = np.arange(most) < lengths[some, None]
            steps = (first[some, None] + np.arange(most))[kept]
            noise[steps] = drawn.reshape(-1, dimension, most).swapaxes(1, 2)[kept]
    return noise.reshape(*state.shape, dimension)


def _uneven(
    state: IntArray, hurst: FloatArray, times: FloatArray, dimension: int, rng: np.random.Generator
) -> FloatArray:
    """The same at uneven `times` (tracks, n + 1) in frames: one factorisation a segment."""
    noise = np.empty((*state.shape, dimension))
    for each, first, lengths in _segments(state):
        for track, at, n in zip(*np.divmod(first, state.shape[1]), lengths, strict=True):
            noise[track, at : at + n] = increments_between(times[track, at : at + n + 1], hurst[each], dimension, rng)
    return noise
