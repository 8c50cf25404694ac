"""Multifractional Brownian motion: the exact covariance, for any Hurst function.

    E[X(t) X(s)] = D(H(t), H(s)) [t^(H(t)+H(s)) + s^(H(t)+H(s)) - |t-s|^(H(t)+H(s))],
    D(x, y) = sqrt(Γ(2x+1) Γ(2y+1) sin πx sin πy) / (2 Γ(x+y+1) sin(π(x+y)/2)),

in units of the variance at t = 1. The process is not self-similar: its grid of times is part of the model, and
here, as in the paper, time runs over t = 1, 2, …, T frames.

Ayache, Cohen & Lévy Véhel, ICASSP 6, 3810 (2000); Szarek, Jabłoński, Krapf & Wyłomańska, Chaos 32, 083148 (2022).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import gammaln

from perrin.errors import InputError
from perrin.types import FloatArray

_KNOTS: Final = 4001
"""Knots of the cubic spline of log D's part that depends on x + y; its error stays below 1e-12."""


def covariance(times: FloatArray, hurst: FloatArray) -> FloatArray:
    """Covariance matrix of X at `times`, in units of the variance at t = 1.

    Args:
        times: (n,) non-negative times in frames.
        hurst: (n,) Hurst exponent at each of them, in (0, 1).

    Returns:
        (n, n), symmetric and positive semi-definite for every function H.

    Raises:
        InputError: where a Hurst exponent is not inside (0, 1), or a time is negative.
    """
    times, hurst = check_hurst(times, hurst)
    total = hurst[:, None] + hurst[None, :]
    with np.errstate(divide="ignore"):
        log_times, log_lags = np.log(times), np.log(np.abs(times[:, None] - times[None, :]))
    mine = np.exp(total * log_times[:, None])
    powers = mine + mine.T - np.exp(total * log_lags)
    factor = np.exp(0.5 * (gammaln(2 * hurst + 1) + np.log(np.sin(np.pi * hurst))))
    powers *= np.exp(_joint_part()(total))
    powers *= factor[:, None]
    powers *= factor[None, :]
    return powers


def check_hurst(times: FloatArray, hurst: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Both as float64 arrays (n,); raises InputError where the model does not exist."""
    times, hurst = np.asarray(times, dtype=np.float64), np.asarray(hurst, dtype=np.float64)
    if times.shape != hurst.shape or times.ndim != 1:
        raise InputError(f"{hurst.shape} Hurst exponents do not go with {times.shape} times")
    if not (np.isfinite(hurst).all() and (hurst > 0).all() and (hurst < 1).all()):
        raise InputError("a Hurst exponent must lie between 0 and 1, ends excluded", remedy="alpha is 2H.")
    if not (np.isfinite(times).all() and (times >= 0).all()):
        raise InputError("times must be finite and not negative")
    return times, hurst


@cache
def _joint_part() -> CubicSpline:
    """-log(2 Γ(z+1) sin(πz/2)) as a spline in z = x + y, written so that its ends at 0 and 2 stay smooth."""
    # z = 2/(1+exp(-u)): the logarithmic poles at both ends become straight lines in u
    z = 2 * np.sin(np.linspace(0, np.pi / 2, _KNOTS + 2)[1:-1]) ** 2
    return CubicSpline(z, -np.log(2.0) - gammaln(z + 1) - np.log(np.sin(np.pi * z / 2)))
