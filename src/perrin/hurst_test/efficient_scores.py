"""Is H the same along the track? One statistic from the efficient scores of H, whatever the scale and the error.

Under FBM with localisation error the innovations r_t of the increments are independent normal numbers, so the scores

    u_t = ∂ log p(x_t | past) / ∂H   and   a_t = ∂ log p(x_t | past) / ∂ log s²   (sigma held)

are martingale differences, with conditional covariance I_t known from the past. What u_t shares with a_t is projected
out, so that a changing amplitude is not taken for a changing exponent. If H is constant, the sum of the rest up to a
time is, on the clock of its own information τ, a Brownian bridge, of whatever H, s and sigma: its coefficients

    Z_k = √2 Σ_t cos(kπ τ_t) u_t / √I,   k = 1, 2, …

are independent standard normal numbers. A slow change of H moves the first of them. The statistic is

    Q = Σ_{k ≤ 12} Z_k² / k,

the locally most powerful test against an H(t) that wanders with a spectrum 1/k (for 1/k² it would be that of Nyblom).
The constant sigma, s and H cost nothing to estimate: their scores are constant in time, cosines are not.

Nyblom, J. Am. Stat. Assoc. 84, 223 (1989); Hjort & Koning, J. Nonparam. Stat. 14, 113 (2002).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from perrin.hurst_test.innovations import Whiten
from perrin.hurst_test.whittle import error_ratio
from perrin.types import FloatArray

WAVES: Final = 12
"""Half-periods of cosines that enter the statistic."""
_NUDGE: Final = 1e-4
"""Step of the derivatives by H and log s²."""
_LARGEST_SHARE: Final = 10.0
"""No step carries more information than this many times the median: a leap of the track must not decide alone."""
_LARGEST_STEP: Final = 4.0
"""Increments beyond so many robust standard deviations are drawn in to there: wrong links are not motion."""
_ROBUST: Final = 1.4826
"""Standard deviation of a normal variable over its median absolute value."""


def clipped_steps(steps: FloatArray, expected: FloatArray | float = 1.0) -> FloatArray:
    """Increments (n, m), none larger than 4 robust standard deviations; `expected` (m,) is their relative size."""
    relative = np.abs(steps) / expected
    bound = _LARGEST_STEP * _ROBUST * np.median(relative, axis=1, keepdims=True)
    return np.where(bound > 0, np.clip(steps, -bound * expected, bound * expected), steps)


class Scores(NamedTuple):
    """Scores along one direction, r innovations of variance 1: score = -r past + ½ growth (r² - 1), all (n, m).

    Attributes:
        score: derivative of the log-density of each step given the past.
        past: what of the derivative of r was known before the step.
        growth: derivative of the logarithm of the step's variance.
    """

    score: FloatArray
    past: FloatArray
    growth: FloatArray


def scores(whiten: Whiten, hurst: FloatArray, angle: FloatArray) -> tuple[Scores, Scores]:
    """Scores of H, and of log s² with sigma held, at the scale that fits best.

    Args:
        whiten: of n series of m increments.
        hurst: (n,) of the law of each series.
        angle: (n,) its error, as `whittle.error_ratio` takes it.
    """
    rho = error_ratio(angle)
    white, log_variance = whiten(hurst, rho)
    scale = np.sqrt(np.mean(white**2, axis=1, keepdims=True))
    r = white / scale

    def along(other: tuple[FloatArray, FloatArray], of_scale: float) -> Scores:
        growth = (other[1] - log_variance) / _NUDGE
        past = (other[0] - white) / (_NUDGE * scale) + 0.5 * growth * r
        growth = growth + of_scale
        return Scores(-r * past + 0.5 * growth * (r * r - 1), past, growth)

    # log s² up with sigma held is log rho² down
    return along(whiten(hurst + _NUDGE, rho), 0.0), along(whiten(hurst, rho * np.exp(-_NUDGE / 2)), 1.0)


def efficient_scores(whiten: Whiten, hurst: FloatArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scores of H from which those of the amplitude are projected out, and their variances given the past, (n, m)."""
    u, a = scores(whiten, hurst, angle)
    of_hurst, of_amplitude, shared = (x.past * y.past + 0.5 * x.growth * y.growth for x, y in ((u, u), (a, a), (u, a)))
    ratio = (shared.sum(axis=1) / of_amplitude.sum(axis=1))[:, None]
    return u.score - ratio * a.score, of_hurst - 2 * ratio * shared + ratio**2 * of_amplitude


def joined_axes(score: FloatArray, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scores and variances (n, d, m) of the axes of a track as one series (n, m).

    Every axis has a law of its own, at which its scores need not sum to 0 (where H lies at an end of its range); the
    axes are brought to a common mean first, or the difference would look like a change.
    """
    own = score.sum(axis=2, keepdims=True) / variances.sum(axis=2, keepdims=True)
    common = score.sum(axis=(1, 2), keepdims=True) / variances.sum(axis=(1, 2), keepdims=True)
    return (score - variances * (own - common)).sum(axis=1), variances.sum(axis=1)


def coefficients(score: FloatArray, variances: FloatArray) -> FloatArray:
    """(n, WAVES) the Z_k of scores (n, m) whose variances given the past are (n, m)."""
    typical = np.median(variances, axis=1, keepdims=True)
    weight = np.sqrt(np.minimum(1.0, _LARGEST_SHARE * typical / np.maximum(variances, np.finfo(float).tiny)))
    score, variances = weight * score, weight**2 * variances
    total = variances.sum(axis=1, keepdims=True)
    clock = (np.cumsum(variances, axis=1) - 0.5 * variances) / total
    centered = (score - variances / total * score.sum(axis=1, keepdims=True)) * np.sqrt(2.0 / total)
    return np.stack([(np.cos(k * np.pi * clock) * centered).sum(axis=1) for k in range(1, WAVES + 1)], axis=1)


def statistic(coefficients: FloatArray) -> FloatArray:
    """(n,) Q = Σ Z_k² / k."""
    q: FloatArray = coefficients**2 @ (1.0 / np.arange(1, coefficients.shape[1] + 1))
    return q
