"""Posterior means on a slow grid of H and of the ratio of error to step, for any prior of that ratio.

What it shares with the estimators is the quadratic forms, which `python -m benchmarks exact` holds against a slow twin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.special import digamma

from perrin.estimate.exact.likelihood import LikelihoodGrid
from perrin.features import Windows
from perrin.simulate.simulated_windows import SimulatedWindows, WindowPrior
from perrin.types import FloatArray

HURST: Final = (np.arange(80) + 0.5) / 80
LOG_RATIOS: Final = np.linspace(np.log(0.05), np.log(5.0), 61)
_AT_ONCE: Final = 500


def ratio_known(made: SimulatedWindows, ratio: float, *, per_axis: bool = False) -> FloatArray:
    """(n,) mean of H where the ratio is known and the scale is not; with `per_axis` every axis has its own scale."""
    seen = LikelihoodGrid(HURST, np.array([ratio]) if ratio else np.zeros(0))
    axes = made.displacements.shape[2]
    log_p: FloatArray | float = 0.0
    for part in np.split(made.displacements, axes, axis=2) if per_axis else [made.displacements]:
        forms = seen.forms(_segments(part))
        log_p = log_p - 0.5 * (forms.log_det[:, 0, :1] + forms.size * np.log(forms.q[:, 0]))
    return _mean(np.asarray(log_p))


def error_known(made: SimulatedWindows, sigma: float, prior: WindowPrior) -> FloatArray:
    """(n,) mean of H where sigma is known and its ratio to the step has the density of `prior`."""
    seen = LikelihoodGrid(HURST, np.exp(LOG_RATIOS))
    log_s2, density = 2 * np.log(sigma) - 2 * LOG_RATIOS, np.log(ratio_density(prior))
    found = []
    for part in _parts(made):
        forms = seen.forms(part)
        log_p = -0.5 * (forms.q / np.exp(log_s2)[:, None] + forms.log_det[:, :, :1] + forms.size * log_s2[:, None])
        log_p += density[:, None]
        peak = log_p.max(axis=(0, 1))
        found.append(_mean(np.log(np.exp(log_p - peak).sum(axis=1))))
    return np.concatenate(found)


def scale_given_hurst(made: SimulatedWindows, sigma: float, prior: WindowPrior) -> FloatArray:
    """(n,) mean of log s² given each window's true H, sigma known."""
    found = np.empty(len(made.hurst))
    density = np.log(ratio_density(prior))
    ratios = np.exp(LOG_RATIOS) if sigma else np.zeros(0)
    log_s2 = 2 * np.log(sigma) - 2 * LOG_RATIOS if sigma else np.zeros(1)
    for i, hurst in enumerate(made.hurst):
        forms = LikelihoodGrid(np.array([hurst]), ratios).forms(_segments(made.displacements[i : i + 1]))
        if not sigma:
            found[i] = np.log(forms.q[0, 0, 0] / 2) - digamma(forms.size / 2)
            continue
        log_p = density - 0.5 * (forms.q[0, :, 0] / np.exp(log_s2) + forms.log_det[0, :, 0] + forms.size * log_s2)
        mass = np.exp(log_p - log_p.max())
        found[i] = mass @ log_s2 / mass.sum()
    return found


def ratio_density(prior: WindowPrior) -> FloatArray:
    """Density of the logarithm of the ratio at `LOG_RATIOS`, never quite zero."""
    (low, high), ratio = prior.ratio, np.exp(LOG_RATIOS)
    usual = (1 - prior.even) / np.log(high / low) + prior.even * ratio / (high - low)
    beyond = prior.high / np.log(prior.high_ratio / high)
    density = np.where(ratio <= high, (1 - prior.high) * usual, np.where(ratio <= prior.high_ratio, beyond, 0.0))
    return np.maximum(density, 1e-300)


def _mean(log_p: FloatArray) -> FloatArray:
    mass = np.exp(log_p - log_p.max(axis=0))
    mean: FloatArray = HURST @ (mass / mass.sum(axis=0))
    return mean


def _segments(displacements: FloatArray) -> Windows:
    n, m, _ = displacements.shape
    nothing = np.zeros(n, dtype=np.int64)
    return Windows(displacements, np.ones((n, m)), np.ones(n), nothing, nothing)


def _parts(made: SimulatedWindows) -> Iterator[Windows]:
    whole = _segments(made.displacements)
    for start in range(0, len(whole), _AT_ONCE):
        some = np.arange(start, min(start + _AT_ONCE, len(whole)))
        yield whole.take(some)
