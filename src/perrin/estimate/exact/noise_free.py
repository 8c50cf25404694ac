"""Regular windows without localisation error: one unknown, H, and the scale in closed form.

The covariance of regular increments looks the same from either end, so that sums and differences of the two halves of
a window are independent: half the work. Long windows are first sorted by a rough H and then looked at near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Self, final

import numpy as np

from perrin.estimate.exact.grid import PosteriorGrid
from perrin.estimate.exact.likelihood import (
    LEAST_Q,
    THETA_RANGE,
    chebyshev_interpolation,
    chebyshev_nodes,
    inverse_triangular,
)
from perrin.estimate.exact.posterior import Posterior
from perrin.processes import increment_covariance
from perrin.types import FloatArray, IntArray

_SINGLE: Final = 64
"""Increments beyond which single precision is enough."""
_SORTED: Final = 256
"""Increments beyond which a rough H is worth the sorting."""
_BLOCK: Final = 256
_PANELS: Final = 7
_NEAR_NODES: Final = 11
_REACH: Final = 0.36
"""Half the width of a panel in theta = arcsin sqrt(H)."""
_OUTSIDE: Final = 1e-6
"""A posterior with more mass than this at the border of its panel is looked at on the whole prior."""


@final
@dataclass(frozen=True, eq=False)
class HurstPanel:
    """A range of H, nodes in it, and what whitens increments at the nodes.

    Attributes:
        cells: of H in this range.
        from_nodes: (f, k) interpolation from the nodes to the cells.
        even, odd: (k, h, h) whitening of sums and differences of the halves.
        log_det: (k,) of the covariance.
    """

    cells: PosteriorGrid
    from_nodes: FloatArray
    even: FloatArray
    odd: FloatArray
    log_det: FloatArray

    @classmethod
    def between(cls, low: float, high: float, nodes: int, m: int, size: int, blur: float) -> Self:
        """For windows of m increments an axis and `size` in all; `low` and `high` are values of theta."""
        unit = chebyshev_nodes(nodes)
        hurst = np.sin(0.5 * (low + high) + 0.5 * (high - low) * unit) ** 2
        covariance = increment_covariance(np.arange(m + 1.0), hurst, blur)
        even, odd = _halves(covariance)
        whitened = [_whitening(part) for part in (even, odd)]
        count = max(48, int(np.ceil(4 * np.sqrt(size) * (high - low))))
        step = (high - low) / count
        theta = low + step * (np.arange(count) + 0.5)
        cells = PosteriorGrid(np.sin(theta)[:, None] ** 2, step, np.zeros((1, 1)), 1.0)
        interpolation = chebyshev_interpolation(unit, np.asarray((2 * theta - low - high) / (high - low)))
        kind = np.float32 if m > _SINGLE else np.float64
        (white_even, det_even), (white_odd, det_odd) = whitened
        return cls(
            cells,
            interpolation,
            white_even.astype(kind, order="C"),
            white_odd.astype(kind, order="C"),
            det_even + det_odd,
        )


def _halves(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(k, h, h) covariances of sums and differences of first and mirrored second half, (k, m, m) given."""
    m = covariance.shape[-1]
    first, rest = (m + 1) // 2, m // 2
    same, mirrored = covariance[:, :first, :first].copy(), covariance[:, :first, ::-1][:, :, :first].copy()
    if m % 2:
        # the middle increment is its own mirror image
        same[:, -1, :] /= np.sqrt(2)
        same[:, :, -1] /= np.sqrt(2)
        mirrored[:, -1, :] /= np.sqrt(2)
        mirrored[:, :, -1] /= np.sqrt(2)
    return same + mirrored, (same - mirrored)[:, :rest, :rest]


def _whitening(covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(k, h, h) inverse Cholesky factors and (k,) log-determinants."""
    lower = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    log_det = 2 * np.log(np.diagonal(lower, axis1=-2, axis2=-1)).sum(axis=-1)
    return inverse_triangular(lower), log_det


@lru_cache(maxsize=8)
def noise_free_windows(m: int, d: int, blur: float) -> NoiseFreeWindows:
    """The shared part of regular windows of m increments in d axes, made once."""
    return NoiseFreeWindows(m, d, blur)


@final
class NoiseFreeWindows:
    """What regular windows of m increments in d axes share, for any number of them."""

    def __init__(self, m: int, d: int, blur: float = 0.0) -> None:
        self._m, self._size, self._blur = m, m * d, blur
        self._near: dict[int, HurstPanel] = {}

    @cached_property
    def _all(self) -> HurstPanel:
        nodes = 18 if self._size <= 80 else 16 if self._size <= 400 else 22
        return HurstPanel.between(*THETA_RANGE, nodes, self._m, self._size, self._blur)

    def posteriors(self, displacements: FloatArray) -> list[tuple[IntArray, Posterior]]:
        """Posteriors of windows (n, m, d) of about unit steps, in groups that share their cells."""
        everything = np.arange(len(displacements))
        if self._m <= _SORTED:
            return [(everything, self._posterior(self._all, displacements))]
        place = _nearest_panel(displacements)
        found, again = [], everything[:0]
        for index in np.unique(place):
            rows = np.flatnonzero(place == index)
            posterior = self._posterior(self._panel(int(index)), displacements[rows])
            sure = _inside(posterior)
            again = np.concatenate([again, rows[~sure]])
            if sure.any():
                found.append((rows[sure], posterior if sure.all() else posterior.take(np.flatnonzero(sure))))
        if len(again):
            found.append((again, self._posterior(self._all, displacements[again])))
        return found

    def _panel(self, index: int) -> HurstPanel:
        if index not in self._near:
            middle = THETA_RANGE[0] + (index + 0.5) * (THETA_RANGE[1] - THETA_RANGE[0]) / _PANELS
            low, high = max(THETA_RANGE[0], middle - _REACH), min(THETA_RANGE[1], middle + _REACH)
            self._near[index] = HurstPanel.between(low, high, _NEAR_NODES, self._m, self._size, self._blur)
        return self._near[index]

    def _posterior(self, panel: HurstPanel, displacements: FloatArray) -> Posterior:
        """The posterior of windows on the cells of a panel; the scale is marginalised."""
        n = len(displacements)
        log_q = np.empty((len(panel.cells.hurst), n))
        d = self._size // self._m
        # one array for all blocks: fresh memory would cost more than what is computed in it
        room = np.empty(panel.even[:, :, 0].size * d * min(n, _BLOCK), dtype=panel.even.dtype)
        for at in range(0, n, _BLOCK):
            even, odd = _folded(displacements[at : at + _BLOCK], panel.even.dtype)
            q = 0.5 * (_energy(panel.even, even, room) + _energy(panel.odd, odd, room))
            q = q.reshape(len(q), d, -1).sum(axis=1)
            log_q[:, at : at + _BLOCK] = panel.from_nodes @ np.log(np.maximum(q, LEAST_Q))
        log_det = d * (panel.from_nodes @ panel.log_det)
        log_p = panel.cells.log_prior[:, 0] - 0.5 * (log_det[:, None] + self._size * log_q)
        peak = log_p.max(axis=0)
        mass = np.exp(np.maximum(log_p - peak, -60))
        total = mass.sum(axis=0)
        nothing = np.zeros(n)
        return Posterior(
            panel.cells, (mass / total)[:, None], peak + np.log(total), nothing, nothing,
            log_q[:, None] - np.log(2), self._size / 2, self._size,
        )  # fmt: skip


def _folded(displacements: FloatArray, kind: np.dtype[Any]) -> tuple[FloatArray, FloatArray]:
    """Sums and differences of the halves of each window, (h, d · n)."""
    n, m, d = displacements.shape
    flat = np.ascontiguousarray(displacements.reshape(n, m * d).T, dtype=kind).reshape(m, d * n)
    first, rest = (m + 1) // 2, m // 2
    even, odd = flat[:first] + flat[: rest - 1 : -1], flat[:rest] - flat[: first - 1 : -1]
    if m % 2:
        even[-1] /= np.sqrt(2)
    return even, odd


def _energy(white: FloatArray, half: FloatArray, room: FloatArray) -> FloatArray:
    """(k, n) sum of squares of whitened numbers; `half` (h, d · n) still lacks the factor that keeps variances."""
    k, h, _ = white.shape
    numbers = np.matmul(white.reshape(k * h, h), half, out=room[: k * h * half.shape[1]].reshape(k * h, -1))
    each = numbers.reshape(k, h, -1)
    return np.asarray(np.einsum("kin,kin->kn", each, each), dtype=np.float64)


def _nearest_panel(displacements: FloatArray) -> IntArray:
    """The panel of each window, from how its steps over one frame and over two compare: 2^2H."""
    one = np.einsum("nmd,nmd->n", displacements, displacements)
    two = displacements[:, 1:] + displacements[:, :-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        hurst = 0.5 * np.log2(np.einsum("nmd,nmd->n", two, two) / one)
    theta = np.arcsin(np.sqrt(np.clip(np.nan_to_num(hurst, nan=0.5), 0.0, 1.0)))
    place = (theta - THETA_RANGE[0]) / (THETA_RANGE[1] - THETA_RANGE[0]) * _PANELS
    return np.asarray(np.clip(place.astype(np.int64), 0, _PANELS - 1))


def _inside(posterior: Posterior) -> np.ndarray:
    """(n,) whether no mass is at a border that is not the prior's."""
    low, high = np.arcsin(np.sqrt(posterior.grid.hurst[[0, -1], 0]))
    step = posterior.grid.theta_step
    mass = posterior.weights[:, 0]
    inside = np.ones(mass.shape[1], dtype=bool)
    if low - step > THETA_RANGE[0]:
        inside &= mass[0] < _OUTSIDE
    if high + step < THETA_RANGE[1]:
        inside &= mass[-1] < _OUTSIDE
    return inside
