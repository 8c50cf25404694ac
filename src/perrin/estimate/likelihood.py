"""The exact Gaussian likelihood of FBM increments on a grid of (H, rho), for many stretches at once.

With s² the one-frame variance and rho = sigma/s, the increments of one axis have covariance
s² (A_H + rho² N): A_H the motion (gaps, irregular times, blur), N the errors. For each H the pencil (N, A_H) is
diagonalised once, so every rho costs O(m):

    q(H, rho) = Σ_i (vᵢᵀ Δ)² / (1 + rho² μᵢ),   log|C| = log|A_H| + Σ_i log(1 + rho² μᵢ).

Both are smooth in theta = arcsin sqrt(H), so they are computed at Chebyshev nodes and interpolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, final

import numpy as np
from scipy.linalg import null_space
from scipy.linalg.lapack import dtrtri
from scipy.special import logsumexp

from perrin.processes import increment_covariance
from perrin.represent import Segments
from perrin.types import FloatArray, IntArray

HURST_RANGE: Final = (5e-4, 1 - 5e-4)
RHO_RANGE: Final = (0.05, 5.0)
"""The prior of the ratio of localisation error to step: log-uniform between these."""

LEAST_Q: Final = 1e-280
"""Stands for the quadratic form of a stretch that does not move at all, as one block of a longer track may."""

_BATCH: Final = 2_000_000
"""Largest number of matrix elements that are diagonalised in one go."""


@final
@dataclass(frozen=True)
class HurstGrid:
    """Nodes where the likelihood is computed, and the finer grid where the posterior lives.

    Attributes:
        nodes: (k,) Chebyshev nodes of H.
        values: (f,) midpoints of H, equally spaced in theta = arcsin sqrt(H).
        edges: (f + 1,) borders of their cells.
        weights: (f,) prior mass of each cell under H ~ U(0, 1).
        interpolate: (f, k) from nodes to values.
    """

    nodes: FloatArray
    values: FloatArray
    edges: FloatArray
    weights: FloatArray
    interpolate: FloatArray

    @classmethod
    @cache
    def for_size(cls, size: int) -> HurstGrid:
        """A grid fine enough for stretches with `size` increments in all axes together."""
        n_nodes = 18 if size <= 80 else 20 if size <= 400 else 24
        n_values = max(48, int(np.ceil(8 * np.sqrt(size))))
        low, high = np.arcsin(np.sqrt(HURST_RANGE[0])), np.arcsin(np.sqrt(HURST_RANGE[1]))
        unit = chebyshev_nodes(n_nodes)
        theta_edges = np.linspace(low, high, n_values + 1)
        middle = 0.5 * (theta_edges[1:] + theta_edges[:-1])
        edges = np.sin(theta_edges) ** 2
        return cls(
            nodes=np.sin(0.5 * (low + high) + 0.5 * (high - low) * unit) ** 2,
            values=np.sin(middle) ** 2,
            edges=edges,
            weights=np.diff(edges) / (edges[-1] - edges[0]),
            interpolate=chebyshev_interpolation(unit, (2 * middle - low - high) / (high - low)),
        )

    @classmethod
    def fixed(cls, hurst: float) -> HurstGrid:
        """The grid of a known H."""
        one = np.ones(1)
        return cls(np.full(1, hurst), np.full(1, hurst), np.full(2, hurst), one, np.ones((1, 1)))


def chebyshev_nodes(n: int) -> FloatArray:
    """Chebyshev points of the first kind on (-1, 1)."""
    nodes: FloatArray = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return nodes


def chebyshev_interpolation(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """Barycentric interpolation matrix from Chebyshev points of the first kind (Berrut & Trefethen 2004)."""
    n = len(nodes)
    weights = (-1.0) ** np.arange(n) * np.sin(np.pi * (np.arange(n) + 0.5) / n)
    gap = points[:, None] - nodes
    exact = np.abs(gap) < 1e-14
    ratio = weights / np.where(exact, 1.0, gap)
    matrix: FloatArray = ratio / ratio.sum(axis=1, keepdims=True)
    matrix[exact.any(axis=1)] = exact[exact.any(axis=1)]
    return matrix


def rho_grid(size: int, *, sigma_known: bool) -> FloatArray:
    """Midpoints of rho, equally spaced in its logarithm, fine enough for `size` increments in all.

    With sigma known rho alone carries the scale, which is twice as sharp.
    """
    n = max(24, int(np.ceil((8 if sigma_known else 4) * np.sqrt(size))))
    low, high = np.log(RHO_RANGE)
    grid: FloatArray = np.exp(low + (high - low) * (np.arange(n) + 0.5) / n)
    return grid


@final
@dataclass(frozen=True)
class Forms:
    """Quadratic form and log-determinant at the nodes of H and every rho.

    Attributes:
        log_q: (n, k, r) logarithm of Δᵀ C⁻¹ Δ summed over axes, C in units of s².
        log_det: (p, k, r) log|C| summed over axes, for each pattern of times.
        pattern: (n,) which pattern each stretch has.
        size: number of increments in all axes together (less one an axis where a drift is marginalised).
    """

    log_q: FloatArray
    log_det: FloatArray
    pattern: IntArray
    size: int

    def joined(self) -> Forms:
        """One stretch whose parts are independent given the law: the rows summed."""
        return Forms(
            log_q=logsumexp(self.log_q, axis=0)[None],
            log_det=self.log_det[self.pattern].sum(axis=0)[None],
            pattern=np.zeros(1, dtype=np.int64),
            size=self.size * len(self.log_q),
        )


def joint(parts: Sequence[Forms]) -> Forms:
    """The parts of one long track, independent given the law, as one."""
    whole = [part.joined() for part in parts]
    return Forms(
        log_q=logsumexp(np.concatenate([w.log_q for w in whole]), axis=0)[None],
        log_det=np.sum([w.log_det for w in whole], axis=0),
        pattern=whole[0].pattern,
        size=sum(w.size for w in whole),
    )


@final
@dataclass(frozen=True)
class Observation:
    """At which laws to compute, and how the motion was observed.

    Attributes:
        nodes: Hurst exponents to compute at.
        rho: ratios sigma/s to compute at; empty means no localisation error.
        blur: exposure as a fraction of the frame.
        drift: whether an unknown constant velocity is marginalised (flat prior): the increments are then
            replaced by contrasts that a steady motion leaves alone.
        axis_scale: error of each axis relative to the typical one; empty means the same everywhere.
    """

    nodes: FloatArray
    rho: FloatArray
    blur: float = 0.0
    drift: bool = False
    axis_scale: tuple[float, ...] = ()

    @cached_property
    def rho2(self) -> FloatArray:
        """rho², or a single zero without localisation error."""
        return self.rho**2 if len(self.rho) else np.zeros(1)

    def forms(self, segments: Segments, errors: FloatArray | None = None) -> Forms:
        """`Forms` of each stretch; NaN where its covariance is numerically singular.

        Args:
            segments: n stretches of m increments in d axes.
            errors: (n, m + 1, d) errors of the points relative to their typical size; None where all are alike.
        """
        m, d = segments.displacements.shape[1:]
        parts = self._by_pattern(segments) if errors is None else self._by_stretch(segments, errors)
        return Forms(np.log(np.maximum(parts[0], LEAST_Q)), parts[1], parts[2], (m - self.drift) * d)

    def _by_pattern(self, segments: Segments) -> tuple[FloatArray, FloatArray, IntArray]:
        """Stretches that share their times share all matrices."""
        patterns, index = segments.patterns
        n, m, d = segments.displacements.shape
        scale = np.array(self.axis_scale or (1.0,) * d)
        shape = (len(self.nodes), len(self.rho2))
        q, log_det = np.empty((n, *shape)), np.empty((len(patterns), *shape))
        order = np.argsort(index, kind="stable")
        borders = np.searchsorted(index[order], np.arange(len(patterns) + 1))
        for start, bases in self._batches(patterns, None, m):
            for at, basis in enumerate(bases, start):
                rows = order[borders[at] : borders[at + 1]]
                q[rows], log_det[at] = self._evaluate(basis, segments.displacements[rows], scale)
        return q, log_det, index

    def _by_stretch(self, segments: Segments, errors: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Every stretch has errors, and so matrices, of its own."""
        n, m, _ = segments.displacements.shape
        shape = (n, len(self.nodes), len(self.rho2))
        q, log_det = np.zeros(shape), np.zeros(shape)
        for axes in _alike(errors):
            for start, bases in self._batches(segments.steps, errors[:, :, axes[0]], m):
                for at, basis in enumerate(bases, start):
                    some = segments.displacements[at : at + 1][:, :, axes]
                    part = self._evaluate(basis, some, np.ones(len(axes)))
                    q[at] += part[0][0]
                    log_det[at] += part[1]
        return q, log_det, np.arange(n)

    def _batches(
        self, steps: FloatArray, profile: FloatArray | None, m: int
    ) -> Iterator[tuple[int, list[_Basis | None]]]:
        size = max(1, _BATCH // (len(self.nodes) * m * m))
        for start in range(0, len(steps), size):
            some = slice(start, start + size)
            part = None if profile is None else profile[some]
            try:
                yield start, list(self._bases(steps[some], part))
            except np.linalg.LinAlgError:
                yield start, [self._single(steps[i], None if profile is None else profile[i])
                              for i in range(*some.indices(len(steps)))]  # fmt: skip

    def _single(self, steps: FloatArray, profile: FloatArray | None) -> _Basis | None:
        try:
            return self._bases(steps[None], None if profile is None else profile[None])[0]
        except np.linalg.LinAlgError:
            return None

    def _bases(self, steps: FloatArray, profile: FloatArray | None) -> list[_Basis]:
        """For each pattern of steps the transformation that diagonalises motion and error at every node."""
        p = len(steps)
        times = np.concatenate([np.zeros((p, 1)), np.cumsum(steps, axis=1)], axis=1)
        motion = increment_covariance(times, self.nodes, self.blur)
        contrasts = np.stack([null_space(row[None, :]).T for row in steps])[:, None] if self.drift else None
        if contrasts is not None:
            motion = contrasts @ motion @ contrasts.swapaxes(-1, -2)
        lower = np.asarray(np.linalg.cholesky(motion), dtype=np.float64)
        log_det = 2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
        white = _inverse_triangular(lower)
        if contrasts is not None:
            white = white @ contrasts
        mu = np.zeros(white.shape[:-1])
        if len(self.rho):
            # the errors of the positions, whitened: N = A diag(profile²) Aᵀ with A the differencing matrix
            error = -np.diff(white, axis=-1, prepend=0.0, append=0.0)
            if profile is not None:
                error = error * profile[:, None, None, :]
            mu, vectors = np.linalg.eigh(error @ error.swapaxes(-1, -2))
            white, mu = vectors.swapaxes(-1, -2) @ white, np.maximum(mu, 0.0)
        return [_Basis(white[i], mu[i], log_det[i]) for i in range(p)]

    def _evaluate(
        self, basis: _Basis | None, displacements: FloatArray, scale: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """q (n, k, r) and log|C| (k, r) of stretches that share a basis."""
        n, m, _ = displacements.shape
        q = np.zeros((len(self.nodes), n, len(self.rho2)))
        log_det = np.zeros((len(self.nodes), len(self.rho2)))
        if basis is None:
            return np.full((n, len(self.nodes), len(self.rho2)), np.nan), log_det
        for size in np.unique(scale):
            axes = np.flatnonzero(scale == size)
            flat = displacements[:, :, axes].transpose(1, 0, 2).reshape(m, -1)
            squares = ((basis.white @ flat) ** 2).reshape(*basis.mu.shape, n, len(axes))
            damping = 1 + size**2 * self.rho2 * basis.mu[:, :, None]
            q += squares.sum(axis=-1).swapaxes(1, 2) @ (1 / damping)
            log_det += len(axes) * (basis.log_det[:, None] + np.log(damping).sum(axis=1))
        return q.swapaxes(0, 1), log_det


@final
@dataclass(frozen=True)
class _Basis:
    """Rows of `white` turn increments into independent numbers of variance 1 + rho² mu, at each node."""

    white: FloatArray
    mu: FloatArray
    log_det: FloatArray


def _inverse_triangular(lower: FloatArray) -> FloatArray:
    """Inverses of a stack of lower triangular matrices."""
    flat = lower.reshape(-1, *lower.shape[-2:])
    return np.stack([dtrtri(one, lower=1)[0] for one in flat]).reshape(lower.shape)


def _alike(errors: FloatArray) -> list[list[int]]:
    """Groups of axes that have the same errors."""
    groups: list[list[int]] = []
    for axis in range(errors.shape[2]):
        for group in groups:
            if np.array_equal(errors[:, :, group[0]], errors[:, :, axis]):
                group.append(axis)
                break
        else:
            groups.append([axis])
    return groups
