"""Long windows know their law well: what cells of the whole prior tell of it says where finer ones are needed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from perrin.estimate.exact.grid import LOG_RHO_RANGE, SHORT, PosteriorGrid, rho_interpolation
from perrin.estimate.exact.likelihood import THETA_RANGE, HurstNodes, QuadraticForms
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.posterior import Posterior, known_error, scale_free
from perrin.types import BoolArray, FloatArray, IntArray

_LOCAL_CELLS: Final = 40
_RIDGE: Final = 1.3
"""Widest cell of log rho, in standard deviations of log s at a given H. Towards H = 1 the posterior is a long ridge of
that width; where each H is resolved, cells of H may be as wide as the ridge is long."""
_OUTSIDE: Final = 1e-8
"""Cells of less mass than this part of the largest need not be looked at."""
_SHARPEST: Final = 8
"""Local cells cover the prior's range divided by at most 2 to this power."""


def posteriors(
    model: MotionModel, forms: QuadraticForms, log_sigma: FloatArray | None = None
) -> Iterator[tuple[IntArray, Posterior]]:
    """Rows and posterior of some of the windows at a time, on cells as fine as they need.

    `log_sigma` (n,) is the logarithm of the error where it is known, else the scale is free.
    """
    first = _posterior(forms, model.grid, log_sigma)
    if model.size <= SHORT:
        yield np.arange(len(forms.pattern)), first
        return
    for rows, cells in _refined_grids(first, model.nodes):
        yield rows, _posterior(forms.take(rows), cells, None if log_sigma is None else log_sigma[rows])


def _posterior(forms: QuadraticForms, grid: PosteriorGrid, log_sigma: FloatArray | None) -> Posterior:
    return scale_free(forms, grid) if log_sigma is None else known_error(forms, grid, log_sigma)


def _refined_grids(posterior: Posterior, nodes: HurstNodes) -> Iterator[tuple[IntArray, PosteriorGrid]]:
    """Cells around the bulk of each window's posterior, known so far on coarse cells; windows in groups."""
    coarse = posterior.grid
    inside = posterior.weights > _OUTSIDE * posterior.weights.max(axis=(0, 1))
    theta = _Range.of(inside.any(axis=1), np.arcsin(np.sqrt(coarse.hurst[:, 0])), THETA_RANGE)
    log_rho = _Range.of(inside.any(axis=0), coarse.log_rho[:, 0], LOG_RHO_RANGE)
    levels = np.stack([theta.level, log_rho.level])
    for pair in np.unique(levels, axis=1).T:
        rows = np.flatnonzero((levels == pair[:, None]).all(axis=0))
        hurst, step = coarse.hurst, 0.0
        if not nodes.fixed:
            angles, step = theta.cells(rows, _LOCAL_CELLS)
            hurst = np.sin(angles) ** 2
        lr, lr_step = coarse.log_rho, 1.0
        if len(coarse.log_rho) > 1:
            resolved = _LOCAL_CELLS if posterior.shape else log_rho.extent(rows) * np.sqrt(2 * posterior.size) / _RIDGE
            lr, lr_step = log_rho.cells(rows, max(_LOCAL_CELLS, int(np.ceil(resolved))))
        yield rows, _refined_grid(nodes, len(rows), hurst, step, lr, lr_step)


def _refined_grid(
    nodes: HurstNodes, n: int, hurst: FloatArray, step: float, lr: FloatArray, lr_step: float
) -> PosteriorGrid:
    """Cells for each of n windows, with what interpolates the likelihood from its nodes to them."""
    from_nodes = np.ones((n, 1, 1)) if nodes.fixed else nodes.interpolation(hurst.T)
    return PosteriorGrid(hurst, step, lr, lr_step, from_nodes, rho_interpolation(lr.T) if len(lr) > 1 else None)


@final
@dataclass(frozen=True)
class _Range:
    """For each window a range of one parameter: 2^-level of the prior's, beginning at `start`."""

    start: FloatArray
    level: IntArray
    width: float

    @classmethod
    def of(cls, inside: BoolArray, midpoints: FloatArray, prior: tuple[float, float]) -> Self:
        """Ranges that hold the coarse cells `inside` (c, n) and one more on either side."""
        width = prior[1] - prior[0]
        step = width / len(midpoints)
        first = midpoints[inside.argmax(axis=0)] - 1.5 * step
        last = midpoints[len(midpoints) - 1 - inside[::-1].argmax(axis=0)] + 1.5 * step
        level = np.clip(np.floor(np.log2(width / (last - first))), 0, _SHARPEST).astype(np.int64)
        extent = width * 0.5**level
        start = np.clip(0.5 * (first + last - extent), prior[0], prior[1] - extent)
        return cls(start, level, width)

    def extent(self, rows: IntArray) -> float:
        """How far the range reaches for the windows at `rows`, all of one level."""
        return float(self.width * 0.5 ** self.level[rows[0]])

    def cells(self, rows: IntArray, n: int) -> tuple[FloatArray, float]:
        """Midpoints (n, rows) of n cells for the windows at `rows`, all of one level, and their step."""
        step = self.extent(rows) / n
        return self.start[rows] + step * (np.arange(n)[:, None] + 0.5), step
