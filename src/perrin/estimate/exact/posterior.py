"""From likelihoods to the posterior on cells of (H, log rho), and from there to means and intervals.

Prior: H ~ U(0, 1); log rho ~ U(log .05, log 5); s² Jeffreys. With sigma known, s² = sigma²/rho² under the same
prior on rho. Sums over the midpoints of equally wide cells converge as fast as the posterior is smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, final

import numpy as np
from scipy.special import digamma

from perrin.estimate.exact import quantiles
from perrin.estimate.exact.grid import PosteriorGrid
from perrin.estimate.exact.likelihood import QuadraticForms
from perrin.types import BoolArray, FloatArray, IntArray

LEVELS: Final = (0.025, 0.975)
_BEYOND: Final = 1.5
LEAST_LOG: Final = -60.0
"""No cell is smaller than exp of this: denormal numbers would slow the processor down tenfold."""


@final
@dataclass(frozen=True)
class Posterior:
    """Posterior of n windows on cells of (H, log rho).

    Attributes:
        grid: where.
        weights: (f, r, n) posterior mass of every cell; sums to 1 over cells, but for single precision.
        log_evidence: (n,) logarithm of the marginal likelihood (up to a constant shared by all, unless s² is known).
        log_drop: (n,) how far the posterior falls, in logarithms, from its peak to its largest value at the lowest rho.
        log_slope: (n,) how far it falls from there to its largest value at the next rho.
        location: (f or 1, r, n) where log s² sits in each cell, in squared units of length.
        shape: shape of the gamma variable G in log s² = location - log G, or None where s² is known there.
        size: increments in all axes.
    """

    grid: PosteriorGrid
    weights: FloatArray
    log_evidence: FloatArray
    log_drop: FloatArray
    log_slope: FloatArray
    location: FloatArray
    shape: float | None
    size: int

    def take(self, rows: IntArray) -> Posterior:
        """The windows at `rows`, which must share their cells."""
        return replace(
            self, weights=self.weights[:, :, rows], log_evidence=self.log_evidence[rows], log_drop=self.log_drop[rows],
            log_slope=self.log_slope[rows], location=self.location[:, :, rows],
        )  # fmt: skip

    @cached_property
    def _hurst_mass(self) -> FloatArray:
        """(f, n) posterior mass of each cell of H."""
        r = self.weights.shape[1]
        mass = self.weights[:, 0] if r == 1 else (np.ones((1, r), np.float32) @ self.weights)[:, 0]
        return _of_whole(mass)

    def _mean(self, values: FloatArray) -> FloatArray:
        """(n,) posterior mean of `values` (f, r, n)."""
        total = self.weights.sum(axis=(0, 1), dtype=np.float64)
        return np.asarray(np.einsum("frn,frn->n", self.weights, values) / total)

    @cached_property
    def mean_hurst(self) -> FloatArray:
        """(n,) posterior mean of H."""
        f, _, n = self.weights.shape
        if f == 1:
            return np.broadcast_to(self.grid.hurst[0], (n,))
        if self.grid.hurst.shape[1] == 1:
            return np.asarray(self.grid.hurst[:, 0] @ self._hurst_mass)
        return np.asarray(np.einsum("fn,fn->n", self._hurst_mass, self.grid.hurst))

    @cached_property
    def hurst(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) posterior mean of H and the ends of its central 95 % interval."""
        if len(self.weights) == 1:
            return self.mean_hurst, self.mean_hurst, self.mean_hurst
        low, high = (self.grid.hurst_at(edge) for edge in quantiles.of_cells(self._hurst_mass, LEVELS))
        return self.mean_hurst, low, high

    @cached_property
    def mean_log_s2(self) -> FloatArray:
        """(n,) posterior mean of log s²."""
        if self.shape is not None:
            return self._mean(self.location) - float(digamma(self.shape))
        return np.asarray(np.einsum("rn,rn->n", _of_whole(self.weights.sum(axis=0)), self.location[0]))

    def log_d(self, log_time: FloatArray) -> list[FloatArray]:
        """Mean and the ends of the interval of  log s² - 2H log_time,  (n,) each; `log_time` is (n,)."""
        mean = self.mean_log_s2 - 2 * self.hurst[0] * log_time
        if self.shape is not None:
            location = self.location - 2 * self.grid.hurst[:, None] * log_time
            return [mean, *quantiles.of_mixture(_flat(location), _flat(self.weights), self.shape, 1.0, LEVELS)]
        step = -2 * self.grid.log_rho_step
        if self.grid.shared:
            ends = quantiles.of_difference(self.weights, step, self.grid.hurst[:, 0], 2 * log_time, LEVELS)
        else:
            ends = quantiles.of_own_difference(self.weights, step, self.grid.hurst, 2 * log_time, LEVELS)
        return [mean, *(self.location[0, 0] + end for end in ends)]

    def log_sigma(self) -> list[FloatArray]:
        """Mean, ends of the interval and one-sided 95 % bound of log sigma, (n,) each, where it is not known."""
        assert self.shape is not None
        location = 0.5 * self.location + self.grid.log_rho
        mean = self._mean(location) - 0.5 * digamma(self.shape)
        levels = (*LEVELS, 0.95)
        return [mean, *quantiles.of_mixture(_flat(location), _flat(self.weights), self.shape, 0.5, levels)]

    @property
    def error_negligible(self) -> BoolArray:
        """(n,) whether the steps are clearly larger than the lowest ratio of error to step allows."""
        return self.grid.begin_at_lowest & beyond_prior(self.log_drop, self.log_slope, self.grid, self.size)

    @property
    def mean_log_rho(self) -> FloatArray:
        """(n,) posterior mean of log rho."""
        mass = self.weights.sum(axis=0)
        return np.asarray(np.einsum("rn,rn->n", mass, np.broadcast_to(self.grid.log_rho, mass.shape)))

    def peak(self) -> tuple[FloatArray, FloatArray, IntArray]:
        """(n,) the most probable H and log s², and the index of the most probable rho."""
        f, r, n = self.weights.shape
        best = self.weights.reshape(f * r, n).argmax(axis=0)
        here = np.arange(n)
        log_s2 = np.broadcast_to(self.location, self.weights.shape)[best // r, best % r, here]
        if self.shape is not None:
            log_s2 = log_s2 - np.log(self.shape)
        hurst = np.broadcast_to(self.grid.hurst, (f, n))[best // r, here]
        return hurst, log_s2, (best % r).astype(np.int64)


def _of_whole(mass: FloatArray) -> FloatArray:
    """Masses (c, n) as parts of their sum: were it 1 + 1e-6, mean log D would shift by 1e-6 of the log of the unit."""
    exact = mass.astype(np.float64)
    exact /= exact.sum(axis=0)
    return exact


def _flat(values: FloatArray) -> FloatArray:
    return values.reshape(-1, values.shape[-1])


def scale_free(forms: QuadraticForms, grid: PosteriorGrid) -> Posterior:
    """The posterior where s² is unknown: marginalised under Jeffreys' prior, s² ~ InvGamma(size/2, q/2)."""
    log_q, log_det = grid.interpolate(forms)
    log_p = grid.log_prior - 0.5 * (log_det + forms.size * log_q)
    return Posterior(grid, *_normalized(log_p), log_q - np.log(2), forms.size / 2, forms.size)


def known_error(forms: QuadraticForms, grid: PosteriorGrid, log_sigma: FloatArray) -> Posterior:
    """The posterior where the absolute sigma is known, its logarithm (n,) given: s² = sigma²/rho²."""
    log_s2 = 2 * (log_sigma - grid.log_rho)
    log_p, log_det = grid.scaled(forms, np.exp(log_s2))
    log_p += log_det
    log_p += forms.size * log_s2
    log_p *= -0.5
    log_p += grid.log_prior - 0.5 * forms.size * np.log(2 * np.pi)
    return Posterior(grid, *_normalized(log_p), log_s2[None], None, forms.size)


def beyond_prior(log_drop: FloatArray, log_slope: FloatArray, grid: PosteriorGrid, size: int) -> BoolArray:
    """(n,) whether a posterior with its peak at the lowest rho, from where it falls so far, has its centre below.

    Near its centre the posterior of log s is about normal, of variance 1 / (2 size); so far beyond the border of the
    prior as _BEYOND standard deviations its slope there is _BEYOND / sd.
    """
    return np.asarray((log_drop <= 0) & (log_slope > _BEYOND * grid.log_rho_step * np.sqrt(2 * size)))


def drop_and_slope(log_p: FloatArray, peak: FloatArray) -> tuple[FloatArray, FloatArray]:
    """`log_drop` and `log_slope` (n,) of an unnormalised posterior (f, r, n)."""
    first = log_p[:, 0].max(axis=0)
    return peak - first, first - log_p[:, min(1, log_p.shape[1] - 1)].max(axis=0)


def _normalized(log_p: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Masses that sum to 1 in single precision, which is ample below the peak; log of their sum; `drop_and_slope`."""
    peak = log_p.max(axis=(0, 1))
    mass = np.subtract(log_p, peak, dtype=np.float32)
    np.maximum(mass, LEAST_LOG, out=mass)
    np.exp(mass, out=mass)
    total = mass.sum(axis=(0, 1))
    mass /= total
    return mass, peak + np.log(total), *drop_and_slope(log_p, peak)
