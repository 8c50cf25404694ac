"""Numbers from the exact posterior of fractional Brownian motion, for learning.

Where the motion is fractional Brownian with localisation error, nothing tells more of alpha than the posterior; where
it is not, the residuals of its best law (whitened in time) tell how it differs: heavy tails, rests, ageing, flights.
Both are free of unit and direction.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from scipy.fft import dct

from perrin.estimate.exact.likelihood import RHO_RANGE, LikelihoodGrid
from perrin.features import Windows
from perrin.processes import error_covariance, increment_covariance
from perrin.types import FloatArray, IntArray

_HURST: Final = (np.arange(32) + 0.5) / 32
_RHO: Final = np.geomspace(*RHO_RANGE, 14)
_TINY: Final = 1e-12
_AT_ONCE: Final = 1_000


def posterior_statistics(positions: FloatArray) -> dict[str, FloatArray]:
    """Named numbers (k,) of windows (k, d, T) of T frames without gaps; finite for all that move at all."""
    parts = [_some(positions[i : i + _AT_ONCE]) for i in range(0, len(positions), _AT_ONCE)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}


def _some(positions: FloatArray) -> dict[str, FloatArray]:
    steps = np.diff(positions, axis=2).swapaxes(1, 2)
    k, m, d = steps.shape
    unit = np.maximum((steps**2).mean(axis=(1, 2)), np.finfo(np.float64).tiny)
    steps = steps / np.sqrt(unit)[:, None, None]
    log_p, q = _likelihood(steps)
    weights = np.exp(log_p - log_p.max(axis=(0, 1)))
    weights /= weights.sum(axis=(0, 1))
    hurst, rho = weights.sum(axis=1), weights.sum(axis=0)
    mean = _HURST @ hurst
    log_rho = np.log(_RHO) @ rho
    best = log_p.reshape(-1, k).argmax(axis=0)
    at, scale = np.divmod(best, len(_RHO)), q.reshape(-1, k)[best, np.arange(k)] / (m * d)
    found = {
        "alpha": 2 * mean,
        "sd of alpha": 2 * np.sqrt(np.maximum(_HURST**2 @ hurst - mean**2, 0)),
        "log ratio of error": log_rho,
        "sd of log ratio": np.sqrt(np.maximum(np.log(_RHO) ** 2 @ rho - log_rho**2, 0)),
        "alpha without error": 2 * _HURST[log_p[:, 0].argmax(axis=0)],
        "log scale": np.log(np.maximum(scale, _TINY)),
        "evidence a step": (log_p.max(axis=(0, 1)) - log_p[len(_HURST) // 2, 0]) / (m * d),
    }
    return found | _residual_statistics(_whitened(steps, at[0], at[1]))


def _likelihood(steps: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log-likelihood with the scale marginalised, and the quadratic form: (H, rho, k) each, for steps (k, m, d)."""
    k, m, _ = steps.shape
    one = np.ones(k)
    none = np.zeros(k, dtype=np.int64)
    forms = _observation(m).forms(Windows(steps, np.ones((k, m)), one, none, none))
    q = np.maximum(forms.q, _TINY)
    return np.asarray(-0.5 * (forms.log_det[:, :, forms.pattern] + forms.size * np.log(q))), q


@lru_cache(maxsize=8)
def _observation(m: int) -> LikelihoodGrid:
    del m  # each keeps the matrices of one length
    return LikelihoodGrid(nodes=_HURST, rho=_RHO)


def _whitened(steps: FloatArray, hurst: IntArray, rho: IntArray) -> FloatArray:
    """Residuals (k, m, d) of unit mean square under each window's best law, in the order of time."""
    residuals = np.empty_like(steps)
    cell = hurst * len(_RHO) + rho
    for value in np.unique(cell):
        rows = cell == value
        residuals[rows] = np.einsum("ij,kjd->kid", _whitener(steps.shape[1], int(value)), steps[rows], optimize=True)
    return np.asarray(residuals / np.sqrt(np.maximum((residuals**2).mean(axis=(1, 2)), _TINY))[:, None, None])


@lru_cache(maxsize=512)
def _whitener(m: int, cell: int) -> FloatArray:
    hurst, rho = divmod(cell, len(_RHO))
    covariance = increment_covariance(np.arange(m + 1.0), _HURST[hurst : hurst + 1])[0]
    covariance = covariance + _RHO[rho] ** 2 * error_covariance(np.ones(m + 1))
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))


def _residual_statistics(residuals: FloatArray) -> dict[str, FloatArray]:
    """What is left to see in numbers that would be independent and normal if the law were true."""
    square = (residuals**2).mean(axis=2)
    m = square.shape[1]
    sizes = np.sqrt(square)
    low, middle = np.quantile(sizes, [0.1, 0.5], axis=1)
    found = {
        "kurtosis": np.log((residuals**4).mean(axis=(1, 2))),
        "kurtosis of sizes": np.log((square**2).mean(axis=1)),
        "largest": np.log(sizes.max(axis=1)),
        "smallest tenth": np.maximum(np.log(low + _TINY), -6),
        "median": np.maximum(np.log(middle + _TINY), -6),
    }
    for i, part in enumerate(np.array_split(square, 4, axis=1)):
        found[f"quarter {i + 1}"] = np.maximum(np.log(part.mean(axis=1) + _TINY), -6)
    excess = square - square.mean(axis=1, keepdims=True)
    spread = np.maximum((excess**2).mean(axis=1), _TINY)
    for lag in (1, 2, 4, 8):
        reach = min(lag, m // 2)
        found[f"squares after {lag}"] = (excess[:, reach:] * excess[:, :-reach]).mean(axis=1) / spread
    energy = (dct(residuals, axis=1, norm="ortho") ** 2).mean(axis=2)
    for i, (low_end, high_end) in enumerate(((0, 1), (1, 3), (3, 7), (7, 15))):
        found[f"slow {i + 1}"] = np.log(energy[:, low_end : max(min(high_end, m), low_end + 1)].mean(axis=1) + _TINY)
    return {f"residuals: {name}": values for name, values in found.items()}
