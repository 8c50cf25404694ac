"""Does FBM with one exponent fit this track? A p-value from the whitened residuals, and in words what is off.

At the estimated law the increments are whitened, eps = L⁻¹ Δ / s with C = L Lᵀ; under the model eps are
independent standard normal numbers. Three things are looked at:

- spectrum: the energy of eps in dyadic bands of its cosine transform (drift, flow, confinement, a second
  process at short times);
- time: the energy of eps in quarters of the track (switching, ageing);
- tails: the kurtosis of eps (rare jumps), by the test of Anscombe & Glynn (Biometrika 70, 227, 1983).

The first two are efficient score tests (Rao; Neyman's C(alpha)): the part of the score that the estimated
parameters (H, s², rho) explain is projected out, so the statistic is chi-square whichever good estimate is used.
The smallest of the three p-values is corrected for their number (Šidák).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.fft import dct, dctn
from scipy.linalg import solve_triangular
from scipy.special import chdtrc, erfc

from perrin.estimate.exact.likelihood import HURST_RANGE, alike_axes
from perrin.processes import error_covariance, increment_covariance
from perrin.types import FloatArray, IntArray

SHORTEST: Final = 20
"""Positions below which nothing can be said about the fit."""
_QUARTERS: Final = 4
_BAND_ENERGIES: Final = 10
"""Bands hold at least this many squared residuals."""
_DERIVATIVE_STEP: Final = 1e-4


@final
@dataclass(frozen=True)
class FitTest:
    """The verdict: a p-value (NaN where it cannot be given), and which of the three things is most off."""

    p: float
    reason: str = ""


@final
@dataclass(frozen=True)
class FittedMotion:
    """The estimated law of a track, and which of its parameters were estimated (and so cannot be tested).

    `s2` is the one-frame variance, `rho` = sigma/s (0: no error); `sigma_known` means sigma was given.
    """

    hurst: float
    s2: float
    rho: float
    hurst_fixed: bool
    sigma_known: bool
    blur: float
    drift: bool


@final
@dataclass(frozen=True)
class Block:
    """A window of one track: steps (m,) in frames, increments (m, d), relative errors (m + 1, d)."""

    steps: FloatArray
    displacements: FloatArray
    errors: FloatArray


def goodness_of_fit(blocks: Sequence[Block], fitted: FittedMotion) -> FitTest:
    """Test the law on a track that comes in one or more blocks (independent given the law)."""
    m = min(len(b.steps) for b in blocks)
    d = blocks[0].displacements.shape[1]
    if sum(len(b.steps) for b in blocks) + 1 < SHORTEST:
        return FitTest(np.nan)
    edges = _band_edges(m, d)
    total = sum(len(b.steps) for b in blocks)
    parts, start = [], 0
    for block in blocks:
        quarter = (start + np.arange(len(block.steps))) * _QUARTERS // total
        for axes in alike_axes(block.errors):
            parts.append(_scores(block, axes, fitted, edges, quarter.astype(np.int64)))
        start += len(block.steps)
    score = np.sum([part[0] for part in parts], axis=0)
    information = np.sum([part[1] for part in parts], axis=0)
    return _verdict(score, information, len(edges) - 1, np.concatenate([part[2].ravel() for part in parts]))


def _band_edges(m: int, d: int) -> FloatArray:
    """Borders of dyadic bands, as fractions of the highest frequency."""
    edges = [1.0]
    while edges[-1] * m * d / 2 >= 2 * _BAND_ENERGIES:
        edges.append(edges[-1] / 2)
    return np.array([0.0, *reversed(edges)]) if len(edges) > 1 else np.array([0.0, 0.5, 1.0])


def _scores(
    block: Block, axes: list[int], fitted: FittedMotion, edges: FloatArray, quarter: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Score and information of (bands, quarters, nuisance parameters), and the residuals (m, axes)."""
    m, d = len(block.steps), len(axes)
    motion, change, error = _matrices(block, axes, fitted)
    lower = np.asarray(np.linalg.cholesky(motion + fitted.rho**2 * error), dtype=np.float64)
    residual = solve_triangular(lower, block.displacements[:, axes], lower=True)
    if fitted.drift:
        flow = solve_triangular(lower, block.steps, lower=True)
        residual = residual - np.outer(flow, flow @ residual / (flow @ flow))
    residual = residual / np.sqrt(fitted.s2)
    nuisance = [_whitened(lower, matrix) for matrix in _directions(motion, change, error, fitted)]
    cosine = dct(residual, axis=0, norm="ortho")
    band = np.clip(np.searchsorted(edges, (np.arange(m) + 0.5) / m) - 1, 0, len(edges) - 2)
    n_bands = len(edges) - 1
    bands, quarters = np.eye(n_bands)[band], np.eye(_QUARTERS)[quarter]
    excess_band, excess_time = (cosine**2 - 1).sum(axis=1), (residual**2 - 1).sum(axis=1)
    score = np.concatenate(
        [
            bands.T @ excess_band,
            quarters.T @ excess_time,
            [np.einsum("ia,ij,ja->", residual, g, residual) - d * np.trace(g) for g in nuisance],
        ]
    )
    k = n_bands + _QUARTERS
    information = np.zeros((len(score), len(score)))
    information[:n_bands, :n_bands] = np.diag(bands.sum(axis=0))
    information[n_bands:k, n_bands:k] = np.diag(quarters.sum(axis=0))
    for i, g in enumerate(nuisance):
        information[:n_bands, k + i] = bands.T @ np.diagonal(dctn(g, norm="ortho"))
        information[n_bands:k, k + i] = quarters.T @ np.diagonal(g)
        information[k + i, k:] = [np.sum(g * other) for other in nuisance]
    information[k:, :k] = information[:k, k:].T
    return 0.5 * score, 0.5 * d * information, residual


def _matrices(block: Block, axes: list[int], fitted: FittedMotion) -> tuple[FloatArray, FloatArray, FloatArray]:
    """A_H, dA_H/dH and N."""
    h = _DERIVATIVE_STEP
    center = float(np.clip(fitted.hurst, HURST_RANGE[0] + h, HURST_RANGE[1] - h))
    times = np.concatenate([[0.0], np.cumsum(block.steps)])
    below, at, above = increment_covariance(times, np.array([center - h, fitted.hurst, center + h]), fitted.blur)
    return at, (above - below) / (2 * h), error_covariance(block.errors[:, axes[0]] ** 2)


def _directions(motion: FloatArray, change: FloatArray, error: FloatArray, fitted: FittedMotion) -> list[FloatArray]:
    """How the covariance moves with each estimated parameter: H, log s², log rho."""
    directions = [] if fitted.hurst_fixed else [change]
    if fitted.rho > 0 and fitted.sigma_known:
        return [*directions, motion]
    if fitted.rho > 0:
        return [*directions, motion + fitted.rho**2 * error, 2 * fitted.rho**2 * error]
    return [*directions, motion]


def _whitened(lower: FloatArray, matrix: FloatArray) -> FloatArray:
    half = solve_triangular(lower, matrix, lower=True)
    return solve_triangular(lower, half.T, lower=True)


def _verdict(score: FloatArray, information: FloatArray, n_bands: int, residuals: FloatArray) -> FitTest:
    k = n_bands + _QUARTERS
    project = information[:k, k:] @ np.linalg.pinv(information[k:, k:], rcond=1e-10)
    clean = score[:k] - project @ score[k:]
    spread = information[:k, :k] - project @ information[k:, :k]
    p_band = _chi_square(clean[:n_bands], spread[:n_bands, :n_bands])
    p_time = _chi_square(clean[n_bands:], spread[n_bands:, n_bands:])
    tails = _excess_kurtosis(residuals)
    p_tails = float(erfc(abs(tails) / np.sqrt(2)))
    p_values = [p for p in (p_band, p_time, p_tails) if np.isfinite(p)]
    if not p_values:
        return FitTest(np.nan)
    smallest = min(p_values)
    combined = float(-np.expm1(len(p_values) * np.log1p(-min(smallest, 1 - 1e-16))))
    if smallest == p_band:
        reason = "slow_excess" if clean[0] > 0 else "slow_lack"
    elif smallest == p_time:
        reason = "changes"
    else:
        reason = "heavy_tails" if tails > 0 else "light_tails"
    return FitTest(combined, reason)


def _chi_square(score: FloatArray, spread: FloatArray) -> float:
    """Upper tail of scoreᵀ spread⁺ score; NaN where the estimated parameters explain everything."""
    values, vectors = np.linalg.eigh(spread)
    real = values > 0.02 * max(values.max(), 1e-300)
    if not real.any():
        return np.nan
    statistic = float(np.sum((vectors[:, real].T @ score) ** 2 / values[real]))
    return float(chdtrc(int(real.sum()), statistic))


def _excess_kurtosis(numbers: FloatArray) -> float:
    """Kurtosis as a standard normal number where `numbers` are normal (Anscombe & Glynn 1983).

    Equal to SciPy's `kurtosistest`, which takes a hundred times as long to check its arguments.
    """
    n = len(numbers)
    centered = numbers - numbers.mean()
    square = centered @ centered / n
    kurtosis = (centered**2) @ (centered**2) / n / square**2
    variance = 24 * n * (n - 2) * (n - 3) / ((n + 1) ** 2 * (n + 3) * (n + 5))
    x = (kurtosis - 3 * (n - 1) / (n + 1)) / np.sqrt(variance)
    skew = 6 * (n * n - 5 * n + 2) / ((n + 7) * (n + 9)) * np.sqrt(6 * (n + 3) * (n + 5) / (n * (n - 2) * (n - 3)))
    a = 6 + 8 / skew * (2 / skew + np.sqrt(1 + 4 / skew**2))
    inner = 1 + x * np.sqrt(2 / (a - 4))
    root = np.sign(inner) * np.cbrt((1 - 2 / a) / np.abs(inner))
    return float((1 - 2 / (9 * a) - root) / np.sqrt(2 / (9 * a)))
