"""The slow twin: dense matrices in double precision, plain grids, and no code of the estimator it stands beside.

Covariances come from the kernel of the positions; each is diagonalised against that of the errors on 120 values of H;
the ratio of error to step runs over a plain grid, as fine as the length asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
from scipy.linalg import eigh
from scipy.special import digamma

from perrin.types import FloatArray

_HURST: Final = 120
_PRIOR: Final = (5e-4, 1 - 5e-4)
"""H is uniform between these, as the truths are: beyond, a path of known error is a line of any slope."""
_TOGETHER: Final = 16


@final
@dataclass(frozen=True)
class SlowMeans:
    """Posterior means (n,) of H, log s² and (where it is unknown) log sigma."""

    hurst: FloatArray
    log_s2: FloatArray
    log_sigma: FloatArray


@final
class SlowTwin:
    """Stretches that share their times (in frames) and their blur."""

    def __init__(self, times: FloatArray, blur: float) -> None:
        low, high = np.arcsin(np.sqrt(_PRIOR))
        angle = low + (high - low) * (np.arange(_HURST) + 0.5) / _HURST
        self._hurst, self._log_prior = np.sin(angle) ** 2, np.log(np.sin(2 * angle))
        m = len(times) - 1
        difference = np.diff(np.eye(m + 1), axis=0)
        noise = difference @ difference.T
        pairs = [eigh(difference @ _kernel(times, h, blur) @ difference.T, noise) for h in self._hurst]
        self._values = np.array([np.maximum(pair[0], 0) for pair in pairs])
        self._vectors = np.array([pair[1] for pair in pairs])
        self._log_noise = np.linalg.slogdet(noise)[1]

    def means(self, displacements: FloatArray, sigma: float | None) -> SlowMeans:
        """Posterior means of stretches (n, m, d); sigma 0: none, None: unknown."""
        n, m, d = displacements.shape
        ratios = max(64, int(20 * np.sqrt(m * d)))
        log_rho = np.log(0.05) + np.log(100) * (np.arange(ratios) + 0.5) / ratios
        if sigma == 0:
            log_rho = np.array([-np.inf])
        found = [self._some(displacements[at : at + _TOGETHER], log_rho, sigma) for at in range(0, n, _TOGETHER)]
        return SlowMeans(*(np.concatenate([getattr(part, name) for part in found]) for name in
                           ("hurst", "log_s2", "log_sigma")))  # fmt: skip

    def _some(self, displacements: FloatArray, log_rho: FloatArray, sigma: float | None) -> SlowMeans:
        n, m, d = displacements.shape
        size = m * d
        flat = displacements.transpose(1, 0, 2).reshape(m, n * d)
        log_p, log_s2 = [], []
        for values, vectors, prior in zip(self._values, self._vectors, self._log_prior, strict=True):
            square = ((vectors.T @ flat) ** 2).reshape(m, n, d).sum(axis=2)
            variance = values[:, None] + np.exp(2 * log_rho)
            q = square.T @ (1 / variance)
            log_det = d * (self._log_noise + np.log(variance).sum(axis=0))
            if sigma:
                s2 = np.exp(2 * (np.log(sigma) - log_rho))
                log_p.append(prior - 0.5 * (log_det + size * np.log(s2) + q / s2))
                log_s2.append(np.broadcast_to(np.log(s2), q.shape))
            else:
                log_p.append(prior - 0.5 * log_det - 0.5 * size * np.log(q))
                log_s2.append(np.log(q / 2) - digamma(size / 2))
        joint = np.array(log_p)
        weight = np.exp(joint - joint.max(axis=(0, 2), keepdims=True))
        weight /= weight.sum(axis=(0, 2), keepdims=True)
        mean = np.array(log_s2)
        log_sigma = np.zeros(n) if sigma == 0 else np.einsum("hnr,hnr->n", weight, log_rho + 0.5 * mean)
        return SlowMeans(np.einsum("hnr,h->n", weight, self._hurst), np.einsum("hnr,hnr->n", weight, mean), log_sigma)


def _kernel(times: FloatArray, hurst: float, blur: float) -> FloatArray:
    """What of E[x(t) x(s)] survives differencing: minus half the structure function, one-frame variance 1."""
    lags = np.abs(times[:, None] - times)
    if blur == 0:
        return -0.5 * lags ** (2 * hurst)
    distinct, where = np.unique(lags, return_inverse=True)
    return -0.5 * np.array([_blurred(lag, hurst, blur) for lag in distinct])[where.reshape(lags.shape)]


def _blurred(lag: float, hurst: float, blur: float) -> float:
    """Mean of |lag + blur (u - v)|^2H over u, v in [0, 1], with the kink at zero integrated by hand."""
    if lag == 0:
        return float(blur ** (2 * hurst)) * 2 / ((2 * hurst + 1) * (2 * hurst + 2))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    u, w = 0.5 * (nodes + 1), 0.5 * weights
    above = np.sum(w * (1 - u) * (lag + blur * u) ** (2 * hurst))
    if lag > blur:
        return float(above + np.sum(w * (1 - u) * (lag - blur * u) ** (2 * hurst)))
    # lag = blur: (1 - u) (blur (1 - u))^2H integrates to blur^2H / (2H + 2)
    return float(above) + float(blur ** (2 * hurst) / (2 * hurst + 2))
