"""Tracks as the challenge made them: any of the models, in units of its own steps, with noise, in any unit.

Each axis of a track of `simulated` frames is divided by the standard deviation of its displacements; then normal noise
is added, of a standard deviation that is .1, .5 or 1, one a track (none along an axis whose displacements are all the
same, as those of a Lévy walk that never turns: their standard deviation is 0); then the track is multiplied by a normal
number; and its first `length` frames are what is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Final

import numpy as np

from perrin.errors import InputError
from perrin.simulate.andi_models import attm, ctrw, fbm, levy_walk, sbm
from perrin.simulate.arguments import random_generator
from perrin.simulate.measurement import Measurement
from perrin.simulate.observe import observe
from perrin.simulate.simulation import Simulation
from perrin.tracks import Units
from perrin.types import FloatArray, IntArray, Seed

MODELS: Final[Mapping[str, ModuleType]] = {"attm": attm, "ctrw": ctrw, "fbm": fbm, "lw": levy_walk, "sbm": sbm}
EXPONENTS: Final = np.round(np.arange(1, 41) * 0.05, 2)
"""The challenge's grid of exponents."""
NOISES: Final = (0.1, 0.5, 1.0)
_ROUNDING: Final = 1e-9
"""A standard deviation that is so small a part of a size is what rounding leaves of none."""
_AT_ONCE: Final = 2_000_000
"""Numbers that are drawn in one go."""


def exponents_of(model: str) -> FloatArray:
    """The exponents of the challenge's grid that `model` can have."""
    low, high = MODELS[model].RANGE
    return np.asarray(EXPONENTS[(low < EXPONENTS) & (high >= EXPONENTS)])


def simulate_andi(
    tracks: int,
    length: int,
    *,
    models: str | Sequence[str] = "any",
    alpha: float | tuple[float, float] | None = None,
    dimension: int = 2,
    noise: float | None = None,
    step: float | None = None,
    simulated: int | None = None,
    dt: float = 1.0,
    units: Units | None = None,
    seed: Seed = None,
) -> Simulation:
    """Independent tracks of the five models of the first AnDi challenge, with its noise.

    Args:
        tracks: number of tracks; the models take turns, so that they are balanced.
        length: frames of a track.
        models: "any", or the names of those wanted (attm, ctrw, fbm, lw, sbm).
        alpha: one exponent or a range; by default all that a model can have. Values come from the challenge's grid
            (.05, .1, …, 2), each as often, unless one is given.
        dimension: axes, 1 to 3.
        noise: standard deviation of the localisation error in units of that of the displacements, along each axis;
            by default .1, .5 or 1, drawn for each track.
        step: standard deviation of the displacements along each axis, in units of length; by default the absolute
            value of a normal number for each track.
        simulated: frames over which a track is simulated and normalised, `length` by default. The challenge takes
            1,000 and shows any part of them from the beginning.
        dt: frame interval in units of time.
        units: of the tracks; px and frames by default.
        seed: a whole number gives the same tracks each time, a generator is drawn from, None gives others each time.

    Returns:
        Simulation whose `model` names each track's model. D belongs to the time-averaged MSD over one frame, without
        noise: step² / (2 dt^alpha).

    Raises:
        InputError: for a model that there is not, or an exponent that a model cannot have.
    """
    whole = length if simulated is None else simulated
    _check(tracks, length, whole, dimension, dt, noise, step)
    rng = random_generator(seed)
    names = _chosen(models)
    which = np.arange(tracks) % len(names)
    exponents = np.empty(tracks)
    for i, name in enumerate(names):
        exponents[which == i] = rng.choice(_allowed(name, alpha), int((which == i).sum()))
    whole_paths, spread = _normalized(motion(names, which, exponents, whole, dimension, rng))
    seen = whole_paths[:, :length]
    error = rng.choice(NOISES, tracks) if noise is None else np.full(tracks, noise)
    size = np.abs(rng.standard_normal(tracks)) if step is None else np.full(tracks, step)
    seen = (seen + error[:, None, None] * spread * rng.standard_normal(seen.shape)) * size[:, None, None]
    times = np.broadcast_to(np.arange(length) * dt, (tracks, length))
    return observe(
        seen - seen[:, :1], times, alpha=exponents[:, None], D=(size**2 / (2 * dt**exponents))[:, None],
        measurement=Measurement(), units=units or Units(), rng=rng, model=[names[i] for i in which],
    )  # fmt: skip


def _check(
    tracks: int, length: int, whole: int, dimension: int, dt: float, noise: float | None, step: float | None
) -> None:  # fmt: skip
    """Raises InputError for what cannot be simulated."""
    if length < 3 or tracks < 1 or not 1 <= dimension <= 3 or not dt > 0 or whole < length:
        raise InputError(
            f"cannot simulate {tracks} tracks of {length} frames of {whole} in {dimension}-D",
            remedy="Use 1 track or more, 3 frames or more (at most as many as are simulated), and 1 to 3 axes.",
        )
    if noise is not None and not (noise >= 0 and np.isfinite(noise)):
        raise InputError(f"the noise cannot be {noise}", remedy="Give 0 or a positive number.")
    if step is not None and not (step > 0 and np.isfinite(step)):
        raise InputError(f"the step must be positive, not {step:g}", remedy="Use a positive length.")


def motion(
    names: Sequence[str], which: IntArray, alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator
) -> FloatArray:
    """(k, n, dimension) noiseless positions of the models `names[which]` with the exponents `alpha` (k,)."""
    found = np.empty((len(which), n, dimension))
    size = max(1, _AT_ONCE // (n * max(dimension, 2)))
    for i, name in enumerate(names):
        paths: Callable[[FloatArray, int, int, np.random.Generator], FloatArray] = MODELS[name].paths
        rows = np.flatnonzero(which == i)
        for some in np.split(rows, range(size, len(rows), size)):
            found[some] = paths(alpha[some], n, dimension, rng)
    return found


def _chosen(models: str | Sequence[str]) -> list[str]:
    names = list(MODELS) if models == "any" else [models] if isinstance(models, str) else list(models)
    for name in names:
        if name not in MODELS:
            raise InputError(f"unknown model {name!r}", remedy=f"Choose any, {', '.join(MODELS)}.")
    if not names:
        raise InputError("no model was given", remedy=f"Choose any, {', '.join(MODELS)}.")
    return names


def _allowed(model: str, alpha: float | tuple[float, float] | None) -> FloatArray:
    """The exponents to draw from; raises InputError where the model has none of those asked for."""
    low, high = MODELS[model].RANGE
    if isinstance(alpha, int | float | np.floating):
        if not (low < alpha <= high or alpha == low > 0):
            raise InputError(
                f"{model} cannot have alpha = {alpha:g}", remedy=f"Its exponents are between {low:g} and {high:g}."
            )
        return np.array([float(alpha)])
    grid = exponents_of(model)
    if alpha is not None:
        grid = grid[(grid >= alpha[0]) & (grid <= alpha[1])]
    if len(grid) == 0:
        raise InputError(
            f"{model} has no exponent in that range", remedy=f"Its exponents are between {low:g} and {high:g}."
        )
    return grid


def _normalized(paths: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Displacements of each axis divided by their standard deviation, and what that is then (k, 1, dimension).

    It is 1, and also where an axis never moves, which stays as it is. Along an axis of a walk that never turns it is 0,
    but for rounding: there the displacements are divided by their size.
    """
    displacements = np.diff(paths, axis=1)
    spread, size = np.std(displacements, axis=1), np.sqrt((displacements**2).mean(axis=1))
    straight = spread < _ROUNDING * size
    unit = np.where(straight, size, spread)
    return np.asarray(paths / np.where(unit > 0, unit, 1.0)[:, None]), np.where(straight, 0.0, 1.0)[:, None]
