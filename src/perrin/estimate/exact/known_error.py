"""Posterior of many windows that share their times and their known error: every number is a matrix product.

In units of sigma the law of a window is (H, rho) alone, so one set of cells and matrices serves a million windows.
They come in blocks that stay in the processor's cache, and leave nothing behind but what is summed over cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self, final

import numpy as np

from perrin.estimate.exact import quantiles
from perrin.estimate.exact.grid import PosteriorGrid
from perrin.estimate.exact.likelihood import LikelihoodGrid, Whitener
from perrin.estimate.exact.posterior import LEAST_LOG, LEVELS, beyond_prior, drop_and_slope
from perrin.types import BoolArray, FloatArray, IntArray

_BLOCK: Final = 128


@final
@dataclass(frozen=True, eq=False)
class KnownErrorPosterior:
    """What `Posterior` tells, for n windows of unit error, from sums over their cells.

    Attributes:
        grid: those of all windows.
        hurst_mass: (f, n) posterior mass of each cell of H.
        scale_mass: (r, n) of each cell of rho.
        log_evidence: (n,) logarithm of the marginal likelihood.
        log_drop: (n,) how far the largest value at the lowest rho is below the peak, in logarithms.
        log_slope: (n,) how far it is above the largest value at the next rho.
        size: increments in all axes.
        below: (e, n) distribution of log s² - 2 H log dt at its edges.
        edges: first edge and step.
    """

    grid: PosteriorGrid
    hurst_mass: FloatArray
    scale_mass: FloatArray
    log_evidence: FloatArray
    log_drop: FloatArray
    log_slope: FloatArray
    size: int
    below: FloatArray
    edges: tuple[float, float]

    @cached_property
    def hurst(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(n,) posterior mean of H and the ends of its central 95 % interval."""
        low, high = (self.grid.hurst_at(edge) for edge in quantiles.of_cells(self.hurst_mass, LEVELS))
        return self.grid.hurst[:, 0] @ self.hurst_mass, low, high

    @property
    def log_s2(self) -> FloatArray:
        """(r,) log s² at each rho, in units of sigma."""
        return -2 * self.grid.log_rho[:, 0]

    @property
    def mean_log_s2(self) -> FloatArray:
        """(n,) posterior mean of log s²."""
        mean: FloatArray = self.log_s2 @ self.scale_mass
        return mean

    def log_d(self, log_time: FloatArray) -> list[FloatArray]:
        """Mean and the ends of the interval of  log s² - 2H log_time,  (n,) each; `log_time` is the one given."""
        start, step = self.edges
        ends = [start + step * quantiles.crossing(self.below, level) for level in LEVELS]
        return [self.mean_log_s2 - 2 * self.hurst[0] * log_time, *ends]

    @property
    def mean_log_rho(self) -> FloatArray:
        """(n,) posterior mean of log rho."""
        return -0.5 * self.mean_log_s2

    @property
    def error_negligible(self) -> BoolArray:
        """(n,) whether the steps are clearly larger than the lowest ratio of error to step allows."""
        return beyond_prior(self.log_drop, self.log_slope, self.grid, self.size)


def known_error_posterior(
    displacements: FloatArray, steps: FloatArray, likelihood: LikelihoodGrid, grid: PosteriorGrid, log_time: float
) -> KnownErrorPosterior:
    """The posterior of n windows (n, m, d), all with the same time steps (m,), in units of sigma.

    Args:
        displacements: increments divided by sigma.
        steps: in frames.
        likelihood: how they were observed, at the midpoints of `grid`.
        grid: of H and log rho.
        log_time: logarithm of the frame interval.
    """
    n, _, d = displacements.shape
    f, r = len(grid.hurst), len(grid.log_rho)
    basis = likelihood.whitener(steps)
    white = basis.white.reshape(-1, basis.white.shape[-1])
    axes, damping, constant = _terms(basis, likelihood, grid, d)
    start, step, matrix = quantiles.edge_matrix(tuple(grid.hurst[:, 0]), r, -2 * grid.log_rho_step, 2 * log_time)
    found = KnownErrorPosterior(
        grid, np.empty((f, n)), np.empty((r, n)), np.empty(n), np.empty(n), np.empty(n), basis.mu.shape[-1] * d,
        np.empty((len(matrix), n), dtype=np.float32), (start - 2 * float(grid.log_rho[0, 0]), step),
    )  # fmt: skip
    room: _Workspace | None = None
    for at in range(0, n, _BLOCK):
        some = slice(at, min(at + _BLOCK, n))
        if room is None or room.n_windows != some.stop - at:
            room = _Workspace.of(f, r, white.shape[0] // f, max(map(len, axes)), some.stop - at)
        _log_posterior(white, axes, damping, constant, displacements[some], room)
        _write_sums(room, matrix, found, some)
    return found


@final
@dataclass(frozen=True, eq=False)
class _Workspace:
    """Arrays that serve one block after the other: fresh memory would cost more than what is computed in it."""

    numbers: FloatArray
    squares: FloatArray
    log_p: FloatArray
    term: FloatArray
    mass: FloatArray

    @classmethod
    def of(cls, f: int, r: int, m: int, axes: int, n_windows: int) -> Self:
        """For `n_windows` windows of m contrasts, at most so many `axes` of them sharing an error."""
        log_p = np.empty((f, r, n_windows))
        return cls(
            np.empty(f * m * axes * n_windows), np.empty((f, m, n_windows)), log_p, np.empty_like(log_p),
            np.empty(log_p.shape, dtype=np.float32),
        )  # fmt: skip

    @property
    def n_windows(self) -> int:
        return int(self.log_p.shape[-1])


def _terms(
    whitener: Whitener, likelihood: LikelihoodGrid, grid: PosteriorGrid, d: int
) -> tuple[list[IntArray], list[FloatArray], FloatArray]:
    """Axes of one error each, what turns their squared numbers into logarithms of the posterior, and the constant."""
    scale = np.array(likelihood.axis_scale or (1.0,) * d)
    log_s2 = -2 * grid.log_rho[:, 0]
    axes = [np.flatnonzero(scale == size) for size in np.unique(scale)]
    damped = [whitener.damped(float(size), likelihood.rho2) for size in np.unique(scale)]
    log_det = np.sum([len(some) * each for some, (_, each) in zip(axes, damped, strict=True)], axis=0)
    size = whitener.mu.shape[-1] * d
    constant = grid.log_prior[:, :, 0] - 0.5 * (log_det + size * (log_s2 + np.log(2 * np.pi)))
    return axes, [-0.5 * np.exp(-log_s2)[:, None] * each for each, _ in damped], constant[:, :, None]


def _log_posterior(
    white: FloatArray,
    axes: list[IntArray],
    damping: list[FloatArray],
    constant: FloatArray,
    part: FloatArray,
    room: _Workspace,
) -> None:
    """Write the logarithm of the unnormalised posterior of some windows (b, m, d) into the workspace."""
    b, m, _ = part.shape
    for i, (some, matrix) in enumerate(zip(axes, damping, strict=True)):
        flat = np.ascontiguousarray(part[:, :, some].transpose(1, 2, 0)).reshape(m, -1)
        numbers = room.numbers[: white.shape[0] * flat.shape[1]].reshape(white.shape[0], -1)
        np.matmul(white, flat, out=numbers)
        each = numbers.reshape(len(constant), -1, len(some), b)
        np.einsum("fiab,fiab->fib", each, each, out=room.squares)
        np.matmul(matrix, room.squares, out=room.term if i else room.log_p)
        if i:
            np.add(room.log_p, room.term, out=room.log_p)
    np.add(room.log_p, constant, out=room.log_p)


def _write_sums(room: _Workspace, matrix: FloatArray, posterior: KnownErrorPosterior, some: slice) -> None:
    """Write what is wanted of the posterior of some windows."""
    f, r, b = room.log_p.shape
    peak = room.log_p.reshape(f * r, b).max(axis=0)
    posterior.log_drop[some], posterior.log_slope[some] = drop_and_slope(room.log_p, peak)
    mass = room.mass
    np.subtract(room.log_p, peak, out=room.log_p)
    np.copyto(mass, room.log_p, casting="same_kind")
    np.exp(np.maximum(mass, LEAST_LOG, out=mass), out=mass)
    per_hurst = (np.ones((1, r), np.float32) @ mass)[:, 0].astype(np.float64)
    total = per_hurst.sum(axis=0)
    posterior.hurst_mass[:, some] = per_hurst / total
    per_scale = (np.ones(f, np.float32) @ mass.reshape(f, r * b)).reshape(r, b).astype(np.float64)
    posterior.scale_mass[:, some] = per_scale / per_scale.sum(axis=0)
    posterior.below[:, some] = matrix @ mass.reshape(f * r, b) / total
    posterior.log_evidence[some] = peak + np.log(total)
