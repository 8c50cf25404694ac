"""Seven families of Hurst functions H(t) and the prior over them: Szarek et al., Chaos 32, 083148 (2022), Table I.

On u = t/T in (0, 1]: constant; linear; logistic b1 + b2/(1 + exp(-b3 (u - b4))); periodic c1 sin(c2 u) + c3;
reflected Brownian motion; reflected Ornstein-Uhlenbeck dH = λ(μ - H) du + σ dW; smoothed telegraph
dH = β (H_tel - H) du, where H_tel jumps between two levels at rate γ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, final

import numpy as np

from perrin.types import FloatArray

LEAST, MOST = 0.01, 0.99
"""Range of the Hurst functions."""

FAMILIES: Final = ("constant", "linear", "logistic", "periodic", "rbm", "rou", "telegraph")


@final
@dataclass(frozen=True)
class Span:
    """A positive parameter's range; with `log`, its logarithm is uniform: slow and fast are equally common."""

    low: float
    high: float
    log: bool = False

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """(n, 1) values."""
        if self.log:
            return np.asarray(np.exp(rng.uniform(np.log(self.low), np.log(self.high), (n, 1))))
        return rng.uniform(self.low, self.high, (n, 1))


@final
@dataclass(frozen=True)
class HurstPrior:
    """The prior over Hurst functions; the defaults are the paper's Table I, all families equally likely.

    Attributes:
        weights: how likely each family is, up to a common factor.
        steepness: b3 of the logistic function.
        angular: c2 of the periodic function.
        phase: share of periodic functions that start anywhere in the period, not at its beginning.
        spread: σ of the two diffusions.
        reversion: λ of the Ornstein-Uhlenbeck process.
        switching: γ of the telegraph process.
        smoothing: β of the telegraph process.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType(dict.fromkeys(FAMILIES, 1.0)))
    steepness: Span = Span(10, 250)
    angular: Span = Span(1, 200)
    phase: float = 0.0
    spread: Span = Span(0.01, 0.99)
    reversion: Span = Span(0.1, 100)
    switching: Span = Span(0.1, 10)
    smoothing: Span = Span(0.1, 100)

    def draw(self, n: int, length: int, rng: np.random.Generator) -> FloatArray:
        """(n, length) Hurst functions of families drawn by their weights."""
        names = [name for name in FAMILIES if self.weights.get(name, 0.0) > 0]
        weights = np.array([self.weights[name] for name in names])
        counts = rng.multinomial(n, weights / weights.sum())
        parts = [self.draw_family(name, int(k), length, rng) for name, k in zip(names, counts, strict=True)]
        return np.concatenate(parts)[rng.permutation(n)]

    def draw_family(self, name: str, n: int, length: int, rng: np.random.Generator) -> FloatArray:
        """(n, length) Hurst functions of one family, in [0.01, 0.99]."""
        return np.clip(_DRAW[name](self, n, length, rng), LEAST, MOST)


def _grid(length: int) -> FloatArray:
    return np.arange(1, length + 1) / length


def _ends(n: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Values before and after a change: the second is Gaussian around the first, clipped."""
    first = rng.uniform(LEAST, MOST, (n, 1))
    return first, np.clip(first + rng.normal(0.0, 0.5, (n, 1)), LEAST, MOST)


def _constant(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    del prior
    return np.repeat(rng.uniform(LEAST, MOST, (n, 1)), length, axis=1)


def _linear(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    del prior
    first, last = _ends(n, rng)
    return first + (last - first) * _grid(length)


def _logistic(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    first, last = _ends(n, rng)
    place = rng.uniform(0.1, 0.9, (n, 1))
    half = prior.steepness.draw(n, rng) * (_grid(length) - place) / 2
    return np.asarray(first + (last - first) * (1 + np.tanh(half)) / 2)


def _periodic(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    mean = rng.uniform(0.02, 0.98, (n, 1))
    height = rng.uniform(0.01, np.minimum(MOST - mean, mean))
    start = np.where(rng.random((n, 1)) < prior.phase, rng.uniform(0, 2 * np.pi, (n, 1)), 0.0)
    return mean + height * np.sin(prior.angular.draw(n, rng) * _grid(length) + start)


def _reflected_brownian(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    steps = prior.spread.draw(n, rng) * rng.normal(0.0, length**-0.5, (n, length))
    return _reflect(rng.uniform(0.1, 0.9, (n, 1)) + np.cumsum(steps, axis=1))


def _reflected_ornstein_uhlenbeck(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    mean = rng.uniform(0.1, 0.9, n)
    rate, spread = prior.reversion.draw(n, rng)[:, 0], prior.spread.draw(n, rng)[:, 0]
    keep = np.exp(-rate / length)
    kick = (spread * np.sqrt(-np.expm1(-2 * rate / length) / (2 * rate)))[:, None] * rng.standard_normal((n, length))
    values, now = np.empty((n, length)), mean
    for i in range(length):
        now = _reflect(mean + (now - mean) * keep + kick[:, i])
        values[:, i] = now
    return values


def _telegraph(prior: HurstPrior, n: int, length: int, rng: np.random.Generator) -> FloatArray:
    from scipy.signal import lfilter

    levels = rng.uniform(LEAST, MOST, (n, 2))
    switched = rng.random((n, length)) < -np.expm1(-2 * prior.switching.draw(n, rng) / length) / 2
    state = (np.cumsum(switched, axis=1) + rng.integers(0, 2, (n, 1))) % 2
    target = np.take_along_axis(levels, state, axis=1)
    keep = np.exp(-prior.smoothing.draw(n, rng)[:, 0] / length)
    smooth = [
        lfilter([1 - k], [1, -k], row, zi=[k * row[0]])[0] for k, row in zip(keep, target, strict=True)
    ]  # the filter starts at its own target, so H begins on a level
    return np.array(smooth).reshape(n, length)


def _reflect(values: FloatArray) -> FloatArray:
    """Fold into [0.01, 0.99], as mirrors at both ends do."""
    width = MOST - LEAST
    return LEAST + np.abs((values - LEAST + width) % (2 * width) - width)


_DRAW: Final[Mapping[str, Callable[[HurstPrior, int, int, np.random.Generator], FloatArray]]] = {
    "constant": _constant,
    "linear": _linear,
    "logistic": _logistic,
    "periodic": _periodic,
    "rbm": _reflected_brownian,
    "rou": _reflected_ornstein_uhlenbeck,
    "telegraph": _telegraph,
}
