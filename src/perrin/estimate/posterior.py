"""From likelihoods on the (H, rho) grid to posterior means and intervals of alpha, D, D_frame and sigma.

Prior: H ~ U(0, 1); log rho ~ U(log .05, log 5); s² Jeffreys. With sigma known, s² = sigma²/rho² under the same
prior on rho.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.special import digamma, gammaincc, logsumexp, polygamma

from perrin.estimate.likelihood import Forms, HurstGrid
from perrin.types import FloatArray

LEVELS: Final = (0.025, 0.975)
_BINS: Final = 256
_NEGLIGIBLE: Final = 1e-10
"""Grid points of less posterior mass do not count in quantiles."""


@final
@dataclass(frozen=True)
class Posterior:
    """Posterior of n stretches on the grid of (H, log s²).

    Attributes:
        grid: the grid of H.
        weights: (n, f, r) posterior mass of every grid point; sums to 1.
        location: (n, f, r) where log s² sits at each grid point, in squared units of length.
        shape: shape of the gamma variable G in log s² = location - log G, or None where s² is known there.
        cell: width in log s² that a grid point stands for where s² is known there.
        log_evidence: (n,) logarithm of the marginal likelihood (up to a constant shared by all, unless s² is known).
        rho: (r,) ratios, or a single zero.
        log_peak: (n, r) logarithm of the likelihood maximised over H, for each rho.
    """

    grid: HurstGrid
    weights: FloatArray
    location: FloatArray
    shape: float | None
    log_evidence: FloatArray
    rho: FloatArray
    log_peak: FloatArray
    cell: float = 0.0


def scale_free(forms: Forms, grid: HurstGrid, rho: FloatArray) -> Posterior:
    """The posterior where s² is unknown: marginalised under Jeffreys' prior, s² ~ InvGamma(size/2, q/2)."""
    log_q, log_det = _on_grid(forms, grid)
    log_p = np.log(grid.weights)[:, None] - 0.5 * log_det - 0.5 * forms.size * log_q
    weights, log_evidence = _normalised(log_p)
    return Posterior(grid, weights, log_q - np.log(2), forms.size / 2, log_evidence, rho, log_p.max(axis=1))


def known_error(forms: Forms, grid: HurstGrid, rho: FloatArray, log_sigma: FloatArray) -> Posterior:
    """The posterior where the absolute sigma is known, its logarithm (n,) given: s² = sigma²/rho²."""
    log_q, log_det = _on_grid(forms, grid)
    log_s2 = 2 * (log_sigma[:, None, None] - np.log(rho))
    log_p = -0.5 * (log_det + forms.size * (log_s2 + np.log(2 * np.pi)) + np.exp(log_q - log_s2))
    log_p = log_p + np.log(grid.weights)[:, None] - np.log(len(rho))
    weights, log_evidence = _normalised(log_p)
    location = np.broadcast_to(log_s2, log_p.shape)
    cell = float(2 * np.log(rho[1] / rho[0]))
    return Posterior(grid, weights, location, None, log_evidence, rho, log_p.max(axis=1), cell)


def _on_grid(forms: Forms, grid: HurstGrid) -> tuple[FloatArray, FloatArray]:
    return grid.interpolate @ forms.log_q, (grid.interpolate @ forms.log_det)[forms.pattern]


def _normalised(log_p: FloatArray) -> tuple[FloatArray, FloatArray]:
    total = logsumexp(log_p, axis=(1, 2))
    return np.exp(log_p - total[:, None, None]), total


def hurst_summary(posterior: Posterior) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n,) posterior mean of H and the ends of its central 95 % interval."""
    mass = posterior.weights.sum(axis=2)
    if mass.shape[1] == 1:
        fixed = np.full(len(mass), posterior.grid.values[0])
        return fixed, fixed, fixed
    cumulative = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
    low, high = (_crossing(cumulative, posterior.grid.edges, level) for level in LEVELS)
    return mass @ posterior.grid.values, low, high


def _crossing(cumulative: FloatArray, edges: FloatArray, level: float) -> FloatArray:
    """Where each row of `cumulative`, given at `edges` ((b,) or (n, b)), reaches `level`, linearly in between."""
    at = np.clip((cumulative < level).sum(axis=1), 1, cumulative.shape[1] - 1)
    rows = np.arange(len(cumulative))
    below, above = cumulative[rows, at - 1], cumulative[rows, at]
    part = np.divide(level - below, above - below, out=np.zeros_like(below), where=above > below)
    left, right = (edges[at - 1], edges[at]) if edges.ndim == 1 else (edges[rows, at - 1], edges[rows, at])
    crossing: FloatArray = left + np.clip(part, 0, 1) * (right - left)
    return crossing


def log_summary(
    posterior: Posterior, shift: FloatArray, *, factor: float = 1.0, levels: tuple[float, ...] = LEVELS
) -> list[FloatArray]:
    """Posterior mean and quantiles of  factor · log s² + shift  (shift broadcasts over (n, f, r)).

    The distribution is a mixture over the grid: the mean is exact; quantiles come from the mixture, binned
    finely and smeared with the distribution of log s² at a grid point.

    Returns:
        [mean, quantile, …], each (n,).
    """
    n = len(posterior.weights)
    noise = _ScaleNoise(posterior.shape, factor, factor * posterior.cell)
    values = (factor * posterior.location + noise.mean + shift).reshape(n, -1)
    weights = posterior.weights.reshape(n, -1)
    mean = np.einsum("ng,ng->n", weights, values)
    if not levels:
        return [mean]
    spread = np.sqrt(np.maximum(np.einsum("ng,ng->n", weights, (values - mean[:, None]) ** 2), 1e-24))
    width = 2 * (np.maximum(8 * spread, 1e-9) + 9 * noise.spread) / _BINS
    # a few distinct widths serve all stretches, so that each smearing kernel is computed once
    width = 2.0 ** (np.ceil(4 * np.log2(width)) / 4)
    start = mean - width * _BINS / 2
    binned = _binned(values, weights, start, width)
    edges = start[:, None] + width[:, None] * np.arange(_BINS + 1)
    cumulative = _smeared(binned, width, noise)
    return [mean, *(_crossing(cumulative, edges, level) for level in levels)]


@final
@dataclass(frozen=True)
class _ScaleNoise:
    """How factor · log s² scatters about a grid point: like -factor · log G, or evenly over the grid's cell."""

    shape: float | None
    factor: float
    cell: float

    @property
    def mean(self) -> float:
        return 0.0 if self.shape is None else -self.factor * float(digamma(self.shape))

    @property
    def spread(self) -> float:
        return self.cell if self.shape is None else self.factor * float(np.sqrt(polygamma(1, self.shape)))

    def cumulative(self, deviation: FloatArray) -> FloatArray:
        """P(scatter - its mean <= deviation)."""
        if self.shape is None:
            even: FloatArray = np.clip(deviation / self.cell + 0.5, 0, 1)
            return even
        exponent = -(self.mean + deviation) / self.factor
        return np.asarray(gammaincc(self.shape, np.exp(np.clip(exponent, -700, 700))), dtype=np.float64)


def _binned(values: FloatArray, weights: FloatArray, start: FloatArray, width: FloatArray) -> FloatArray:
    """Weights shared linearly between the two nearest bin centres: the mean is kept exactly."""
    n = len(values)
    row, column = np.nonzero(weights > _NEGLIGIBLE)
    place = np.clip((values[row, column] - start[row]) / width[row] - 0.5, 0, _BINS - 1.000001)
    left = place.astype(np.int64)
    upper = weights[row, column] * (place - left)
    flat = left + _BINS * row
    mass = np.bincount(flat, weights[row, column] - upper, minlength=n * _BINS)
    mass = mass + np.bincount(flat + 1, upper, minlength=n * _BINS + 1)[: n * _BINS]
    return np.asarray(mass, dtype=np.float64).reshape(n, _BINS)


def _smeared(binned: FloatArray, width: FloatArray, noise: _ScaleNoise) -> FloatArray:
    """Cumulative distribution, at the bin edges, of the binned values with the noise (about its mean) added."""
    distinct, which = np.unique(width, return_inverse=True)
    # from every bin centre to every edge there are (j - 1/2) widths, j = 1 - _BINS .. _BINS
    kernel = noise.cumulative((np.arange(-_BINS, _BINS) + 0.5) * distinct[:, None])
    size = 4 * _BINS
    product = np.fft.irfft(np.fft.rfft(binned, size) * np.fft.rfft(kernel, size)[which], size)
    return np.clip(product[:, _BINS - 1 : 2 * _BINS], 0, 1)
