"""The exact Gaussian likelihood of FBM increments on a grid of (H, rho), for many windows at once.

With s² the one-frame variance and rho = sigma/s, the increments of one axis have covariance
s² (A_H + rho² N): A_H the motion (gaps, irregular times, blur), N the errors. For each H the pencil (N, A_H) is
diagonalised once, so every rho costs O(m):

    q(H, rho) = Σ_i (vᵢᵀ Δ)² / (1 + rho² μᵢ),   log|C| = log|A_H| + Σ_i log(1 + rho² μᵢ).

Both are smooth in theta = arcsin sqrt(H), so they are computed at Chebyshev nodes and interpolated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, final

import numpy as np
from scipy.linalg import null_space
from scipy.linalg.lapack import dtrtri

from perrin.features import Windows
from perrin.processes import increment_covariance
from perrin.types import FloatArray, IntArray

HURST_RANGE: Final = (5e-4, 1 - 5e-4)
RHO_RANGE: Final = (0.05, 5.0)
"""The prior of the ratio of localisation error to step: log-uniform between these."""

THETA_RANGE: Final = (float(np.arcsin(np.sqrt(HURST_RANGE[0]))), float(np.arcsin(np.sqrt(HURST_RANGE[1]))))
_HURST_NODES: Final = ((80, 18), (200, 20), (400, 24), (4_000, 32), (np.inf, 40))
"""Up to how many increments how many nodes of H: their error in log q falls like 1.37^-n, and counts size / 2 times."""
_RHO_NODES: Final = 22
"""The interpolation error falls like 1.9^-n."""

LEAST_Q: Final = 1e-280
"""Stands for the quadratic form of a window that does not move at all, as one block of a longer track may."""

_KEPT: Final = 8_000_000
"""Numbers in whiteners that are kept for windows to come."""
_BATCH: Final = 2_000_000
"""Largest number of matrix elements that are diagonalised in one go."""


@final
@dataclass(frozen=True)
class HurstNodes:
    """Where in H the likelihood is computed: Chebyshev nodes in theta = arcsin sqrt(H), or one known value."""

    values: tuple[float, ...]

    @classmethod
    def for_size(cls, size: int) -> HurstNodes:
        """Nodes for windows with `size` increments in all axes together."""
        low, high = THETA_RANGE
        unit = chebyshev_nodes(next(k for largest, k in _HURST_NODES if size <= largest))
        return cls(tuple(np.sin(0.5 * (low + high) + 0.5 * (high - low) * unit) ** 2))

    @property
    def fixed(self) -> bool:
        """Whether H is known."""
        return len(self.values) == 1

    def interpolation(self, hurst: FloatArray) -> FloatArray:
        """(…, k) matrix that turns values at the nodes into values at `hurst` (…)."""
        low, high = THETA_RANGE
        points = (2 * np.arcsin(np.sqrt(hurst)) - low - high) / (high - low)
        return chebyshev_interpolation(chebyshev_nodes(len(self.values)), points)


def chebyshev_nodes(n: int) -> FloatArray:
    """Chebyshev points of the first kind on (-1, 1)."""
    nodes: FloatArray = np.cos(np.pi * (np.arange(n) + 0.5) / n)
    return nodes


def chebyshev_interpolation(nodes: FloatArray, points: FloatArray) -> FloatArray:
    """(…, k) barycentric interpolation from k Chebyshev points of the first kind to `points` (…).

    Berrut & Trefethen, SIAM Review 46, 501 (2004).
    """
    n = len(nodes)
    weights = (-1.0) ** np.arange(n) * np.sin(np.pi * (np.arange(n) + 0.5) / n)
    gap = points[..., None] - nodes
    exact = np.abs(gap) < 1e-14
    ratio = weights / np.where(exact, 1.0, gap)
    matrix: FloatArray = ratio / ratio.sum(axis=-1, keepdims=True)
    matrix[exact.any(axis=-1)] = exact[exact.any(axis=-1)]
    return matrix


def rho_nodes() -> FloatArray:
    """Chebyshev nodes of log rho, from which its whole range is interpolated; log q to 2e-5."""
    low, high = np.log(RHO_RANGE)
    nodes: FloatArray = np.exp(0.5 * (low + high) + 0.5 * (high - low) * chebyshev_nodes(_RHO_NODES))
    return nodes


@final
@dataclass(frozen=True)
class QuadraticForms:
    """Quadratic form and log-determinant at the nodes of H and of rho.

    Attributes:
        q: (k, r, n) Δᵀ C⁻¹ Δ summed over axes, C in units of s²; the windows run fastest.
        log_det: (k, r, p) log|C| summed over axes, for each pattern of times.
        pattern: (n,) which pattern each window has.
        size: number of increments in all axes together (less one an axis where a drift is marginalised).
    """

    q: FloatArray
    log_det: FloatArray
    pattern: IntArray
    size: int

    def joined(self) -> QuadraticForms:
        """One window whose parts are independent given the law: the rows summed."""
        return QuadraticForms(
            q=self.q.sum(axis=-1, keepdims=True),
            log_det=self.log_det[:, :, self.pattern].sum(axis=-1, keepdims=True),
            pattern=np.zeros(1, dtype=np.int64),
            size=self.size * len(self.pattern),
        )

    def take(self, rows: IntArray) -> QuadraticForms:
        """The windows at `rows`."""
        return replace(self, q=self.q[:, :, rows], pattern=self.pattern[rows])


def joined_forms(parts: Sequence[QuadraticForms]) -> QuadraticForms:
    """The parts of one long track, independent given the law, as one."""
    whole = [part.joined() for part in parts]
    return QuadraticForms(
        q=np.sum([w.q for w in whole], axis=0),
        log_det=np.sum([w.log_det for w in whole], axis=0),
        pattern=whole[0].pattern,
        size=sum(w.size for w in whole),
    )


@final
@dataclass(frozen=True)
class LikelihoodGrid:
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
    _known_whiteners: dict[bytes, Whitener | None] = field(default_factory=dict, compare=False, repr=False)
    """Bases of patterns met before, since windows come in many portions."""

    @cached_property
    def rho2(self) -> FloatArray:
        """rho², or a single zero without localisation error."""
        return self.rho**2 if len(self.rho) else np.zeros(1)

    def forms(self, windows: Windows, errors: FloatArray | None = None) -> QuadraticForms:
        """`QuadraticForms` of each window; NaN where its covariance is numerically singular.

        Args:
            windows: n windows of m increments in d axes.
            errors: (n, m + 1, d) errors of the points relative to their typical size; None where all are alike.
        """
        m, d = windows.displacements.shape[1:]
        parts = self._by_pattern(windows) if errors is None else self._by_window(windows, errors)
        return QuadraticForms(*parts, (m - self.drift) * d)

    def _by_pattern(self, windows: Windows) -> tuple[FloatArray, FloatArray, IntArray]:
        """Windows that share their times share all matrices."""
        patterns, index = windows.patterns
        n, _, d = windows.displacements.shape
        scale = np.array(self.axis_scale or (1.0,) * d)
        shape = (len(self.nodes), len(self.rho2))
        log_det = np.empty((*shape, len(patterns)))
        alone = len(patterns) == 1
        q = np.empty((*shape, 0 if alone else n))
        order = np.argsort(index, kind="stable")
        borders = np.searchsorted(index[order], np.arange(len(patterns) + 1))
        for at, basis in self._whiteners_of(patterns):
            rows = order[borders[at] : borders[at + 1]]
            part = windows.displacements if alone else windows.displacements[rows]
            found, log_det[:, :, at] = self._evaluate(basis, part, scale)
            if alone:
                return found, log_det, index
            q[:, :, rows] = found
        return q, log_det, index

    def with_ratios(self, rho: FloatArray) -> LikelihoodGrid:
        """The same at other ratios (neither set empty): the matrices met so far stay, they depend on none."""
        met = {key: b if b is None else Whitener(b.white, b.mu, b.log_det) for key, b in self._known_whiteners.items()}
        return replace(self, rho=rho, _known_whiteners=met)

    def whitener(self, steps: FloatArray) -> Whitener:
        """What windows with the time steps (m,) share; raises LinAlgError where their covariance is singular."""
        found = next(self._whiteners_of(steps[None]))[1]
        if found is None:
            raise np.linalg.LinAlgError("singular covariance of increments")
        return found

    def _whiteners_of(self, patterns: FloatArray) -> Iterator[tuple[int, Whitener | None]]:
        """The index of each pattern and its basis, computed where it has not been met."""
        keys = [row.tobytes() for row in patterns]
        fresh = np.array([i for i, key in enumerate(keys) if key not in self._known_whiteners], dtype=np.int64)
        yield from ((i, self._known_whiteners[key]) for i, key in enumerate(keys) if key in self._known_whiteners)
        m = patterns.shape[1]
        for start, bases in self._batches(patterns[fresh], None, m):
            for i, basis in zip(fresh[start:], bases, strict=False):
                if (len(self._known_whiteners) + 1) * m * m * len(self.nodes) > _KEPT:
                    self._known_whiteners.clear()
                self._known_whiteners[keys[i]] = basis
                yield int(i), basis

    def _by_window(self, windows: Windows, errors: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Every window has errors, and so matrices, of its own."""
        n, m, _ = windows.displacements.shape
        shape = (len(self.nodes), len(self.rho2), n)
        q, log_det = np.zeros(shape), np.zeros(shape)
        for axes in alike_axes(errors):
            for start, bases in self._batches(windows.steps, errors[:, :, axes[0]], m):
                for at, basis in enumerate(bases, start):
                    some = windows.displacements[at : at + 1][:, :, axes]
                    part = self._evaluate(basis, some, np.ones(len(axes)))
                    q[:, :, at] += part[0][:, :, 0]
                    log_det[:, :, at] += part[1]
        return q, log_det, np.arange(n)

    def _batches(
        self, steps: FloatArray, profile: FloatArray | None, m: int
    ) -> Iterator[tuple[int, list[Whitener | None]]]:
        size = max(1, _BATCH // (len(self.nodes) * m * m))
        for start in range(0, len(steps), size):
            some = slice(start, start + size)
            part = None if profile is None else profile[some]
            try:
                yield start, list(self._whiteners(steps[some], part))
            except np.linalg.LinAlgError:
                yield start, [self._single(steps[i], None if profile is None else profile[i])
                              for i in range(*some.indices(len(steps)))]  # fmt: skip

    def _single(self, steps: FloatArray, profile: FloatArray | None) -> Whitener | None:
        try:
            return self._whiteners(steps[None], None if profile is None else profile[None])[0]
        except np.linalg.LinAlgError:
            return None

    def _whiteners(self, steps: FloatArray, profile: FloatArray | None) -> list[Whitener]:
        """For each pattern of steps the transformation that diagonalises motion and error at every node."""
        p = len(steps)
        times = np.concatenate([np.zeros((p, 1)), np.cumsum(steps, axis=1)], axis=1)
        motion = increment_covariance(times, self.nodes, self.blur)
        contrasts = np.stack([null_space(row[None, :]).T for row in steps])[:, None] if self.drift else None
        if contrasts is not None:
            motion = contrasts @ motion @ contrasts.swapaxes(-1, -2)
        lower = np.asarray(np.linalg.cholesky(motion), dtype=np.float64)
        log_det = 2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
        white = inverse_triangular(lower)
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
        return [Whitener(white[i], mu[i], log_det[i]) for i in range(p)]

    def _evaluate(
        self, whitener: Whitener | None, displacements: FloatArray, scale: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """q (k, r, n) and log|C| (k, r) of windows that share a whitener."""
        n, m, _ = displacements.shape
        shape = (len(self.nodes), len(self.rho2))
        if whitener is None:
            return np.full((*shape, n), np.nan), np.zeros(shape)
        parts = []
        for size in np.unique(scale):
            axes = np.flatnonzero(scale == size)
            flat = np.ascontiguousarray(displacements[:, :, axes].transpose(1, 2, 0)).reshape(m, -1)
            numbers = (whitener.white.reshape(-1, m) @ flat).reshape(*whitener.mu.shape, len(axes), n)
            damping, log_det = whitener.damped(float(size), self.rho2)
            parts.append((damping @ np.einsum("kian,kian->kin", numbers, numbers), len(axes) * log_det))
        if len(parts) == 1:
            return parts[0]
        return np.sum([q for q, _ in parts], axis=0), np.sum([log_det for _, log_det in parts], axis=0)


@final
@dataclass(frozen=True, eq=False)
class Whitener:
    """Rows of `white` turn increments into independent numbers of variance 1 + rho² mu, at each node."""

    white: FloatArray
    mu: FloatArray
    log_det: FloatArray
    _damping: dict[float, tuple[FloatArray, FloatArray]] = field(default_factory=dict)

    def damped(self, size: float, rho2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """1 / variance (k, r, i) and log|C| (k, r) where the error is `size` times the typical one."""
        if size not in self._damping:
            variance = 1 + size**2 * rho2[:, None] * self.mu[:, None]
            self._damping[size] = 1 / variance, self.log_det[:, None] + np.log(variance).sum(axis=-1)
        return self._damping[size]


def inverse_triangular(lower: FloatArray) -> FloatArray:
    """Inverses of a stack of lower triangular matrices."""
    flat = lower.reshape(-1, *lower.shape[-2:])
    return np.ascontiguousarray([dtrtri(one, lower=1)[0] for one in flat]).reshape(lower.shape)


def alike_axes(errors: FloatArray) -> list[list[int]]:
    """Groups of axes that have the same errors (…, d)."""
    groups: list[list[int]] = []
    for axis in range(errors.shape[-1]):
        for group in groups:
            if np.array_equal(errors[..., group[0]], errors[..., axis]):
                group.append(axis)
                break
        else:
            groups.append([axis])
    return groups
