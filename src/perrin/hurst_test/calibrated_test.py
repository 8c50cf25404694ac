"""The calibrated test of one H along the track: its statistic for regular tracks, and for any times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.optimize import minimize

from perrin.hurst_test.efficient_scores import clipped_steps, coefficients, efficient_scores, joined_axes, statistic
from perrin.hurst_test.innovations import Whiten, draw_increments, increment_sizes, whiten_at_times, whiten_regular
from perrin.hurst_test.whittle import ANGLE, HURST, error_ratio, fit
from perrin.types import FloatArray

_AT_ONCE: Final = 120
"""Series that are whitened side by side: few enough to stay in the cache."""


@final
@dataclass(frozen=True, eq=False)
class FittedStatistic:
    """What was found for n tracks.

    Attributes:
        hurst: (n, d) of the best constant law of each axis.
        angle: (n, d) its localisation error; `whittle.error_ratio` makes sigma/s of it.
        statistic: (n,) Q, larger where H changes.
    """

    hurst: FloatArray
    angle: FloatArray
    statistic: FloatArray


def statistic_of_regular(steps: FloatArray) -> FittedStatistic:
    """Tracks of one length without gaps.

    Args:
        steps: (n, d, m) increments one frame apart; no axis without motion.
    """
    n, d = steps.shape[:2]
    found = [_statistic_of_some(steps[i : i + _AT_ONCE // d]) for i in range(0, n, _AT_ONCE // d)]
    empty = FittedStatistic(np.zeros((0, d)), np.zeros((0, d)), np.zeros(0))
    return FittedStatistic(*(np.concatenate([getattr(f, k) for f in (empty, *found)]) for k in vars(empty)))


def _statistic_of_some(steps: FloatArray) -> FittedStatistic:
    n, d, m = steps.shape
    hurst, angle, scores, variances = scores_of_regular(steps.reshape(n * d, m))
    found = statistic(coefficients(*joined_axes(scores.reshape(n, d, m), variances.reshape(n, d, m))))
    return FittedStatistic(hurst.reshape(n, d), angle.reshape(n, d), found)


def scores_of_regular(steps: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """H, angle, efficient scores and their variances of series (n, m) of increments one frame apart."""
    steps = clipped_steps(steps)
    hurst, angle = fit(steps)
    return hurst, angle, *efficient_scores(whiten_regular(steps), hurst, angle)


def statistic_at_times(
    times: FloatArray, steps: FloatArray, *, samples: int, rng: np.random.Generator
) -> tuple[FittedStatistic, float]:
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
    expected = increment_sizes(times, 0.5, 0.0)
    laws, seen, drawn = [], np.zeros((2, 1, d, m)), np.zeros((2, samples, d, m))
    for i, axis in enumerate(steps):
        pilot = fit_at_times(times, clipped_steps(axis[None], expected))
        clean = clipped_steps(axis[None], increment_sizes(times, pilot[0], float(error_ratio(np.array(pilot[1])))))
        hurst, angle = fit_at_times(times, clean, start=pilot)
        laws.append((hurst, angle))
        rho = float(error_ratio(np.array(angle)))
        simulated = draw_increments(times, hurst, rho, samples, rng)
        seen[:, :, i] = efficient_scores(whiten_at_times(times, clean), *_repeated(hurst, angle, 1))
        drawn[:, :, i] = efficient_scores(whiten_at_times(times, simulated), *_repeated(hurst, angle, samples))
    found, null = (statistic(coefficients(*joined_axes(*pair))) for pair in (seen, drawn))
    p = (1 + np.count_nonzero(null >= found[0])) / (1 + samples)
    hurst, angle = np.array(laws).T[:, None]
    return FittedStatistic(hurst, angle, found), float(p)


def fit_at_times(
    times: FloatArray, steps: FloatArray, *, start: tuple[float, float] | None = None
) -> tuple[float, float]:
    """The most likely H and angle of one series of increments (1, m); the scale is free."""
    whiten = whiten_at_times(times, steps)

    if start is None:
        grid = [(float(h), a) for h in np.linspace(0.1, 0.9, 5) for a in (0.0, 0.6, 1.1)]
        start = min(grid, key=lambda law: deviance(whiten, *law))

    def of_law(law: FloatArray) -> float:
        return deviance(whiten, float(law[0]), float(law[1]))

    bounds = [(float(grid[0]), float(grid[-1])) for grid in (HURST, ANGLE)]
    corner = np.array(start, dtype=np.float64)
    first = corner + np.array([[0.0, 0.0], [0.1 if corner[0] < 0.5 else -0.1, 0.0], [0.0, 0.2]])
    simplex = np.clip(first, *np.transpose(bounds))
    best = minimize(
        of_law, corner, method="Nelder-Mead", bounds=bounds,
        options={"xatol": 2e-3, "fatol": 1e-3, "initial_simplex": simplex},
    )  # fmt: skip
    return float(best.x[0]), float(best.x[1])


def deviance(whiten: Whiten, hurst: float, angle: float) -> float:
    """-2 log-likelihood, the scale at its best."""
    white, log_variance = whiten(np.array([hurst]), error_ratio(np.array([angle])))
    return float(white.shape[1] * np.log(np.mean(white**2)) + log_variance.sum())


def _repeated(hurst: float, angle: float, n: int) -> tuple[FloatArray, FloatArray]:
    return np.full(n, hurst), np.full(n, angle)
