"""What is drawn: a world is a seed, and all that there is in it follows from the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from benchmarks.soak.calls import Call, draw_call
from perrin.estimate import METHODS, method

SIMULATORS: Final = ("fbm", "mfbm", "andi", "attm", "ctrw", "lw", "sbm")
PARTICLES: Final = ("still", "carried", "free")
"""What a mixture has, beside tracks of the simulators."""
FAMILIES: Final = ("any", "constant", "linear", "logistic", "periodic", "rbm", "rou", "telegraph")
UNITS: Final = (("µm", "s"), ("px", "s"), ("px", "frame"))
_MOST_ALPHA: Final = 1.995
"""Three digits may round up to 2, where no fractional Brownian motion is."""
_POINTS: Final = {True: (1.3, 2.4), False: (2.0, 3.4)}
"""Decades from which the number of positions of a world is drawn, small or not."""
_LARGER: Final = 10.0
_DEAR: Final = 6.0
"""Uneven times and gaps cost the exact likelihood so much more."""


@final
@dataclass(frozen=True)
class World:
    """Tracks as they are to be made, and what is to be done with them.

    Attributes:
        seed: which world it is.
        kinds: of the motion; several make a mixture, of which each has its share of the tracks.
        dimension, tracks, length: axes, number of tracks, frames of each.
        alpha, D: ends of the ranges from which tracks draw theirs.
        hurst: family of H(t) of multifractional motion.
        dt, units: frame interval and units.
        step: standard deviation of a typical displacement over one frame.
        error: localisation error in units of `step`.
        stated: whether each position states its error.
        exposure, missing, jitter: as in `perrin.simulate.Measurement`.
        ragged: whether tracks are cut at random lengths, down to one position.
        giant: by how much the last track is larger than the others.
        conditions, replicates: files of each condition; one of one is a single file without condition.
        call: what is done with the tracks.
    """

    seed: int
    kinds: tuple[str, ...]
    dimension: int
    tracks: int
    length: int
    alpha: tuple[float, float]
    D: tuple[float, float]
    hurst: str
    dt: float
    units: tuple[str, str]
    step: float
    error: float
    stated: bool
    exposure: float
    missing: float
    jitter: float
    ragged: bool
    giant: float
    conditions: int
    replicates: int
    call: Call

    @property
    def sigma(self) -> float:
        """Localisation error in units of length."""
        return rounded(self.error * self.step)

    @property
    def mixed(self) -> bool:
        """Whether several kinds move in it."""
        return len(self.kinds) > 1


def rounded(value: float) -> float:
    """Three digits, as a person types them."""
    return float(f"{value:.3g}")


def draw(seed: int, *, small: bool = False) -> World:
    """The world of a seed; a small one has the same variety and costs a third of a second, others a second."""
    rng = np.random.default_rng([seed, small])
    name = _method(rng)
    kinds = _kinds(rng)
    missing = rounded(rng.uniform(0.01, 0.6)) if rng.random() < 0.3 else 0.0
    jitter = rounded(rng.uniform(0.01, 0.9)) if rng.random() < 0.2 else 0.0
    tracks, length = _size(rng, name, small=small, dear=bool(missing or jitter))
    alpha, D, hurst = _alpha(rng), _diffusion(rng), str(rng.choice(FAMILIES))
    units = UNITS[rng.choice(3, p=(0.7, 0.15, 0.15))]
    dt = 1.0 if units[1] == "frame" else rounded(10 ** rng.uniform(-3, 3))
    step = rounded(np.sqrt(2 * np.sqrt(D[0] * D[1])) * dt ** (sum(alpha) / 4))
    error = rounded(10 ** rng.uniform(-2, 1)) if rng.random() < 0.7 else 0.0
    exposure = rounded(rng.uniform(0, 1 - jitter)) if kinds == ("fbm",) and rng.random() < 0.3 else 0.0
    dimension = int(rng.integers(1, 4))
    call = draw_call(
        rng,
        name,
        length=length,
        dimension=dimension,
        sigma=error * step,
        step=step,
        exposure=exposure,
        gaps=missing > 0,
    )
    return World(
        seed, kinds, dimension, tracks, length, alpha, D, hurst, dt, units, step, error,
        stated=bool(rng.random() < 0.2), exposure=exposure, missing=missing, jitter=jitter,
        ragged=bool(rng.random() < 0.3), giant=1e14 if rng.random() < 0.08 else 1.0,
        conditions=int(rng.choice(3, p=(0.8, 0.05, 0.15))), replicates=int(rng.integers(1, 4)), call=call,
    )  # fmt: skip


def _method(rng: np.random.Generator) -> str:
    return "exact" if rng.random() < 0.3 else str(rng.choice(list(METHODS)))


def _kinds(rng: np.random.Generator) -> tuple[str, ...]:
    if rng.random() < 0.7:
        return (str(rng.choice(SIMULATORS)),)
    count = int(rng.integers(2, 4))
    return tuple(rng.choice((*PARTICLES, *SIMULATORS), count, replace=False).tolist())


def _size(rng: np.random.Generator, name: str, *, small: bool, dear: bool) -> tuple[int, int]:
    """Tracks and frames: few worlds are large, and half of them have tracks long enough for their method."""
    points = 10 ** rng.uniform(*_POINTS[small])
    points *= _LARGER if rng.random() < 0.03 else 1.0
    if dear and name in ("exact", "tandem-lstm"):
        points /= _DEAR
    length = 10 ** rng.uniform(np.log10(4), np.log10(min(1000, max(points / 3, 5))))
    shortest = method(name).info.shortest_track
    if rng.random() < 0.5 and length < shortest:
        length = rng.uniform(shortest, 1.5 * shortest)
    most = float(np.clip(points / length, 3, 300))
    tracks = most if rng.random() < 0.5 else 10 ** rng.uniform(np.log10(3), np.log10(most))
    return int(tracks), int(length)


def _alpha(rng: np.random.Generator) -> tuple[float, float]:
    """Near 0, near 2, one, or a range."""
    near = rng.uniform(0.002, 0.05, 2)
    choices = (near, 2 - near, np.repeat(rng.uniform(0.05, 1.95), 2), rng.uniform(0.05, 1.95, 2), (1.0, 1.0))
    low, high = sorted(choices[rng.integers(len(choices))])
    return min(rounded(low), _MOST_ALPHA), min(rounded(high), _MOST_ALPHA)


def _diffusion(rng: np.random.Generator) -> tuple[float, float]:
    """Half of the time as in cells, else anywhere; one for all tracks, or decades of them."""
    low = 10 ** (rng.uniform(-3, 2) if rng.random() < 0.5 else rng.uniform(-12, 12))
    return rounded(low), rounded(low * 10 ** (rng.uniform(0, 4) if rng.random() < 0.5 else 0.0))
