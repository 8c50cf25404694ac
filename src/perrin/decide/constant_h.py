"""The calibrated test of one H along the track: its statistic for regular tracks, and for any times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.optimize import minimize

from perrin.decide.constancy import coefficients, efficient_scores, statistic, together, without_leaps
from perrin.decide.innovations import Whiten, at_times, draw, regular, sizes
from perrin.decide.whittle import ANGLE, HURST, error_ratio, fit
from perrin.types import FloatArray

_AT_ONCE: Final = 120
"""Series that are whitened side by side: few enough to stay in the cache."""


@final
@dataclass(frozen=True, eq=False)
class Constancy:
    """What was found for n tracks.

    Attributes:
        hurst: (n, d) of the best constant law of each axis.
        angle: (n, d) its localisation error; `whittle.error_ratio` makes sigma/s of it.
        statistic: (n,) Q, larger where H changes.
    """

    hurst: FloatArray
    angle: FloatArray
    statistic: FloatArray


def of_regular(steps: FloatArray) -> Constancy:
    """Tracks of one length without gaps.

    Args:
        steps: (n, d, m) increments one frame apart; no axis without motion.
    """
    n, d = steps.shape[:2]
    found = [_some_regular(steps[i : i + _AT_ONCE // d]) for i in range(0, n, _AT_ONCE // d)]
    empty = Constancy(np.zeros((0, d)), np.zeros((0, d)), np.zeros(0))
    return Constancy(*(np.concatenate([getattr(f, k) for f in (empty, *found)]) for k in vars(empty)))


def _some_regular(steps: FloatArray) -> Constancy:
    n, d, m = steps.shape
    hurst, angle, scores, variances = scores_of_regular(steps.reshape(n * d, m))
    found = statistic(coefficients(*together(scores.reshape(n, d, m), variances.reshape(n, d, m))))
    return Constancy(hurst.reshape(n, d), angle.reshape(n, d), found)


def scores_of_regular(steps: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """H, angle, efficient scores and their variances of series (n, m) of increments one frame apart."""
    steps = without_leaps(steps)
    hurst, angle = fit(steps)
    return hurst, angle, *efficient_scores(regular(steps), hurst, angle)


def of_times(
    times: FloatArray, steps: FloatArray, *, samples: int, rng: np.random.Generator
) -> tuple[Constancy, float]:
    """One track with gaps or irregular times, and its p-value from `samples` tracks simulated at its own times.

    Args:
        times: (m + 1,) in frames.
        steps: (d, m) increments; no axis without motion.
        samples: of the parametric bootstrap, drawn from the best constant law of each axis.
        rng: where they come from.

    Returns:
        Constancy of n = 1, and p = (1 + number of samples with a statistic as large) / (1 + samples).
    """
    d, m = steps.shape
    expected = sizes(times, 0.5, 0.0)
    laws, seen, drawn = [], np.zeros((2, 1, d, m)), np.zeros((2, samples, d, m))
    for i, axis in enumerate(steps):
        pilot = fit_at_times(times, without_leaps(axis[None], expected))
        clean = without_leaps(axis[None], sizes(times, pilot[0], float(error_ratio(np.array(pilot[1])))))
        hurst, angle = fit_at_times(times, clean, start=pilot)
        laws.append((hurst, angle))
        rho = float(error_ratio(np.array(angle)))
        simulated = draw(times, hurst, rho, samples, rng)
        seen[:, :, i] = efficient_scores(at_times(times, clean), *_repeated(hurst, angle, 1))
        drawn[:, :, i] = efficient_scores(at_times(times, simulated), *_repeated(hurst, angle, samples))
    found, null = (statistic(coefficients(*together(*pair))) for pair in (seen, drawn))
    p = (1 + np.count_nonzero(null >= found[0])) / (1 + samples)
    hurst, angle = np.array(laws).T[:, None]
    return Constancy(hurst, angle, found), float(p)


def fit_at_times(
    times: FloatArray, steps: FloatArray, *, start: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The most likely H and angle of one series of increments (1, m); the scale is free."""
    whiten = at_times(times, steps)

    if start is None:
        grid = [(float(h), a) for h in np.linspace(0.1, 0.9, 5) for a in (0.0, 0.6, 1.1)]
        start = min(grid, key=lambda law: misfit(whiten, *law))

    def of_law(law: FloatArray) -> float:
        return misfit(whiten, float(law[0]), float(law[1]))

    bounds = [(float(grid[0]), float(grid[-1])) for grid in (HURST, ANGLE)]
    corner = np.array(start, dtype=np.float64)
    first = corner + np.array([[0.0, 0.0], [0.1 if corner[0] < 0.5 else -0.1, 0.0], [0.0, 0.2]])
    simplex = np.clip(first, *np.transpose(bounds))
    best = minimize(
        of_law, corner, method="Nelder-Mead", bounds=bounds,
        options={"xatol": 2e-3, "fatol": 1e-3, "initial_simplex": simplex},
    )  # fmt: skip
    return float(best.x[0]), float(best.x[1])


def misfit(whiten: Whiten, hurst: float, angle: float) -> float:
    """-2 log-likelihood, the scale at its best."""
    white, log_variance = whiten(np.array([hurst]), error_ratio(np.array([angle])))
    return float(white.shape[1] * np.log(np.mean(white**2)) + log_variance.sum())


def _repeated(hurst: float, angle: float, n: int) -> tuple[FloatArray, FloatArray]:
    return np.full(n, hurst), np.full(n, angle)
