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

from typing import Final

import numpy as np

from perrin.decide.innovations import Whiten
from perrin.decide.whittle import error_ratio
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


def without_leaps(steps: FloatArray, expected: FloatArray | float = 1.0) -> FloatArray:
    """Increments (n, m), none larger than 4 robust standard deviations; `expected` (m,) is their relative size."""
    relative = np.abs(steps) / expected
    bound = _LARGEST_STEP * _ROBUST * np.median(relative, axis=1, keepdims=True)
    return np.where(bound > 0, np.clip(steps, -bound * expected, bound * expected), steps)


def efficient_scores(whiten: Whiten, hurst: FloatArray, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Scores of H from which those of the amplitude are projected out.

    Args:
        whiten: of n series of m increments.
        hurst: (n,) of the law of each series.
        angle: (n,) its error, as `whittle.error_ratio` takes it.

    Returns:
        (n, m) scores and (n, m) their variances given the past.
    """
    rho = error_ratio(angle)
    white, log_variance = whiten(hurst, rho)
    scale = np.sqrt(np.mean(white**2, axis=1, keepdims=True))
    r = white / scale
    directions = []
    # log s² up with sigma held is log rho² down
    for other, of_scale in ((whiten(hurst + _NUDGE, rho), 0.0), (whiten(hurst, rho * np.exp(-_NUDGE / 2)), 1.0)):
        growth = (other[1] - log_variance) / _NUDGE
        # the derivative of r has a part from the past and one along r itself
        past = (other[0] - white) / (_NUDGE * scale) + 0.5 * growth * r
        growth = growth + of_scale
        directions.append((-r * past + 0.5 * growth * (r * r - 1), past, growth))
    (u, past_u, growth_u), (a, past_a, growth_a) = directions
    information = past_u**2 + 0.5 * growth_u**2
    shared = past_u * past_a + 0.5 * growth_u * growth_a
    of_amplitude = past_a**2 + 0.5 * growth_a**2
    ratio = (shared.sum(axis=1) / of_amplitude.sum(axis=1))[:, None]
    return u - ratio * a, information - 2 * ratio * shared + ratio**2 * of_amplitude


def coefficients(scores: FloatArray, variances: FloatArray) -> FloatArray:
    """(n, WAVES) the Z_k of scores (n, m) whose variances given the past are (n, m)."""
    typical = np.median(variances, axis=1, keepdims=True)
    weight = np.sqrt(np.minimum(1.0, _LARGEST_SHARE * typical / np.maximum(variances, np.finfo(float).tiny)))
    scores, variances = weight * scores, weight**2 * variances
    total = variances.sum(axis=1, keepdims=True)
    clock = (np.cumsum(variances, axis=1) - 0.5 * variances) / total
    centred = (scores - variances / total * scores.sum(axis=1, keepdims=True)) * np.sqrt(2.0 / total)
    return np.stack([(np.cos(k * np.pi * clock) * centred).sum(axis=1) for k in range(1, WAVES + 1)], axis=1)


def statistic(coefficients: FloatArray) -> FloatArray:
    """(n,) Q = Σ Z_k² / k."""
    q: FloatArray = coefficients**2 @ (1.0 / np.arange(1, coefficients.shape[1] + 1))
    return q
