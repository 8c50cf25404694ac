"""The signals on which Szarek et al. (2022) compare estimators, with their published errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from perrin.types import FloatArray

HurstFunction = Callable[[FloatArray], FloatArray]
"""H as a function of u = t / T."""


@final
@dataclass(frozen=True)
class Case:
    """One kind of signal.

    Attributes:
        title: H(t) in words.
        length: T.
        hurst: H(u).
        network: published MAE and RMSE of the paper's network (nan where not published).
        coeurjolly: the same of Coeurjolly's estimator.
        half_window: half-width of its neighbourhoods there.
    """

    title: str
    length: int
    hurst: HurstFunction
    network: tuple[float, float]
    coeurjolly: tuple[float, float]
    half_window: int = 100

    def curve(self) -> FloatArray:
        """(T,) H(t) at t = 1..T."""
        return self.hurst(np.arange(1, self.length + 1) / self.length)


def constant(u: FloatArray, value: float) -> FloatArray:
    """The same everywhere."""
    return np.full_like(u, value)


def linear(u: FloatArray, start: float, change: float) -> FloatArray:
    """start + change u."""
    return start + change * u


def logistic(u: FloatArray, low: float, change: float, steepness: float, place: float) -> FloatArray:
    """low + change / (1 + exp(-steepness (u - place)))."""
    return low + change * (1 + np.tanh(steepness * (u - place) / 2)) / 2


def periodic(u: FloatArray, height: float, angular: float, mean: float) -> FloatArray:
    """height sin(angular u) + mean."""
    return height * np.sin(angular * u) + mean


TABLE_FOUR: Final[Mapping[str, Case]] = {
    "1a": Case("H = .2", 512, partial(constant, value=0.2), (0.0277, 0.0350), (0.0460, 0.0578)),
    "1b": Case("H = .8", 512, partial(constant, value=0.8), (0.0331, 0.0420), (0.0681, 0.0855)),
    "2": Case("linear, .2 to .8", 512, partial(linear, start=0.2, change=0.6), (0.0429, 0.0551), (0.0621, 0.0793)),
    "3a": Case(
        "logistic, .2 to .8, slow", 512, partial(logistic, low=0.2, change=0.6, steepness=15, place=0.5),
        (0.0465, 0.0594), (0.0684, 0.0872),
    ),
    "3b": Case(
        "logistic, .2 to .8, sudden", 512, partial(logistic, low=0.2, change=0.6, steepness=250, place=0.5),
        (0.0436, 0.0576), (0.2679, 0.4248),
    ),
    "4": Case(
        ".3 sin(10u) + .5", 512, partial(periodic, height=0.3, angular=10, mean=0.5), (0.0693, 0.0889), (0.1231, 0.1475)
    ),
}  # fmt: skip
"""Table IV: T = 512."""

TABLE_THREE: Final[Mapping[str, Case]] = {
    "linear, 256": Case(
        "linear, .1 to .9", 256, partial(linear, start=0.1, change=0.8), (0.0566, 0.0732), (0.0971, 0.1237), 50
    ),
    "linear, 2560": Case(
        "linear, .1 to .9", 2560, partial(linear, start=0.1, change=0.8), (0.0380, 0.0485), (0.0560, 0.0710), 100
    ),
    "logistic, 256": Case(
        "logistic, .3 to .6", 256, partial(logistic, low=0.3, change=0.3, steepness=100, place=0.7),
        (0.0629, 0.0800), (0.1052, 0.1293), 40,
    ),
    "logistic, 2560": Case(
        "logistic, .3 to .6", 2560, partial(logistic, low=0.3, change=0.3, steepness=100, place=0.7),
        (0.0340, 0.0443), (0.0549, 0.0691), 100,
    ),
}  # fmt: skip
"""Table III: a short and a long signal."""
