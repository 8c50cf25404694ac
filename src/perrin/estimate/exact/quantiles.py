"""Quantiles of a posterior that is known as masses of cells."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

import numpy as np
from scipy.special import digamma, gammaincc, ndtri, polygamma

from perrin.types import FloatArray

_BINS: Final = 256
_NEGLIGIBLE: Final = 1e-7
"""Cells of less posterior mass do not count in quantiles."""
_SURE: Final = 1e-6
"""Between edges of the cumulative distribution nearer to 0 or 1 than this it is taken as straight."""


def of_cells(mass: FloatArray, levels: tuple[float, ...]) -> list[FloatArray]:
    """Quantiles (n,) of the masses (c, n) of equal cells, in cells from the lower end of the first.

    The distribution at the edges of cells is the sum of midpoint masses with its first Euler-Maclaurin correction.
    """
    cumulative = np.zeros((len(mass) + 1, mass.shape[1]))
    np.cumsum(mass, axis=0, out=cumulative[1:])
    cumulative[1:-1] += (mass[1:] - mass[:-1]) / 24
    cumulative /= cumulative[-1]
    return [crossing(cumulative, level) for level in levels]


def of_difference(
    mass: FloatArray, along: float, hurst: FloatArray, times: FloatArray, levels: tuple[float, ...]
) -> list[FloatArray]:
    """Quantiles of  along · j - times · hurst  over cells (i, j), the same for all windows, of masses (f, r, n).

    Args:
        mass: of each cell.
        along: step from one j to the next.
        hurst: (f,) of each i.
        times: (n,) factor of H.
        levels: which quantiles.

    Returns:
        (n,) each.
    """
    found = np.empty((len(levels), mass.shape[-1]))
    for once in np.unique(times):
        rows = times == once
        start, step, matrix = edge_matrix(tuple(hurst), mass.shape[1], along, float(once))
        some = mass if rows.all() else mass[:, :, rows]
        cumulative = matrix @ some.reshape(-1, some.shape[-1])
        found[:, rows] = [start + step * crossing(cumulative, level) for level in levels]
    return list(found)


@lru_cache(maxsize=64)
def edge_matrix(hurst: tuple[float, ...], r: int, along: float, times: float) -> tuple[float, float, FloatArray]:
    """First edge, step, and how much of each cell's mass lies below each edge, (e, f · r) in single precision.

    A cell's mass is spread with Monaghan's kernel, which keeps means and variances (J. Comput. Phys. 60, 253, 1985),
    over what the cell stands for: towards H = 1 likely scales grow like 1 / (1 - H), and its cells wide apart.
    """
    h = np.array(hurst)
    values = (along * np.arange(r) - times * h[:, None]).ravel()
    step = _width(along, r, times * h)
    apart = np.abs(np.gradient(np.log1p(-h) + times * h)) if len(h) > 1 else np.zeros(1)
    start = float(values.min() - 2 * max(step, apart.max()))
    stop = float(values.max() + 2 * max(step, apart.max()))
    edges = start + step * np.arange(int(np.ceil((stop - start) / step)) + 1)
    spread = np.repeat(np.maximum(step, apart), r)
    return start, step, _below((edges[:, None] - values) / spread).astype(np.float32)


def _width(along: float, r: int, across: FloatArray) -> float:
    """Distance of edges: no smaller than the cells are apart in either direction."""
    return max(abs(along) if r > 1 else 0.0, float(np.abs(np.diff(across, axis=0)).max(initial=0.0))) or 1.0


def of_own_difference(
    mass: FloatArray, along: float, hurst: FloatArray, times: FloatArray, levels: tuple[float, ...]
) -> list[FloatArray]:
    """`of_difference` where every window has a `hurst` (f, n) of its own: each mass goes to the four nearest bins."""
    across = times * hurst
    r, n = mass.shape[1:]
    values = along * np.arange(r)[:, None] - across[:, None]
    width = np.array([_width(along, r, across[:, i]) for i in range(n)])
    start = values.min(axis=(0, 1)) - 2 * width
    place = (values - start) / width
    bins = int(place.max()) + 4
    left = place.astype(np.int64)
    binned = np.zeros(bins * n)
    for tap in (-1, 0, 1, 2):
        weight = mass * _kernel(place - left - tap)
        binned += np.bincount(((left + tap) * n + np.arange(n)).ravel(), weight.ravel(), minlength=bins * n)[: bins * n]
    return [start + width * (edge - 0.5) for edge in of_cells(binned.reshape(bins, n), levels)]


def _kernel(x: FloatArray) -> FloatArray:
    """Monaghan's M4' kernel."""
    a = np.abs(x)
    kernel: FloatArray = np.where(a < 1, 1 - a**2 * (2.5 - 1.5 * a), 0.5 * (2 - a) ** 2 * (1 - a))
    return kernel


def _below(x: FloatArray) -> FloatArray:
    """Integral of `_kernel` from -∞ to x."""
    a = np.abs(np.clip(x, -2, 2))
    inner = a - 5 / 6 * a**3 + 3 / 8 * a**4
    outer = 0.5 - (2 - a) ** 3 * ((2 - a) / 8 - 1 / 6)
    half: FloatArray = np.where(a < 1, inner, outer)
    return 0.5 + np.sign(x) * half


def of_mixture(
    location: FloatArray, weights: FloatArray, shape: float, factor: float, levels: tuple[float, ...]
) -> list[FloatArray]:
    """Quantiles (n,) of  location - factor · log G,  G ~ Gamma(shape), over cells (c, n): binned finely, smeared."""
    scatter = _LogGammaScatter(shape, factor)
    values = np.ascontiguousarray(location.T + scatter.mean)
    mass = np.ascontiguousarray(weights.T, dtype=np.float64)
    mean = np.einsum("nc,nc->n", mass, values)
    spread = np.sqrt(np.maximum(np.einsum("nc,nc->n", mass, (values - mean[:, None]) ** 2), 1e-24))
    width = 2 * (np.maximum(8 * spread, 1e-9) + 9 * scatter.spread) / _BINS
    # a few distinct widths serve all windows, so that each smearing kernel is computed once
    width = 2.0 ** (np.ceil(4 * np.log2(width)) / 4)
    start = mean - width * _BINS / 2
    cumulative = _smeared(_binned(values, mass, start, width), width, scatter).T
    return [start + width * crossing(cumulative, level) for level in levels]


def crossing(cumulative: FloatArray, level: float) -> FloatArray:
    """At which edge (e, n) a distribution reaches `level`, counted from 0; between edges it is as if normal."""
    at = np.clip((cumulative < level).sum(axis=0), 1, len(cumulative) - 1)
    columns = np.arange(cumulative.shape[1])
    below, above = (cumulative[at - i, columns].astype(np.float64) for i in (1, 0))
    straight = (below < _SURE) | (above > 1 - _SURE)
    left, right = (np.where(straight, end, ndtri(np.clip(end, _SURE, 1 - _SURE))) for end in (below, above))
    target = np.where(straight, level, ndtri(level))
    part = np.divide(target - left, right - left, out=np.zeros_like(below), where=right > left)
    crossed: FloatArray = at - 1 + np.clip(part, 0, 1)
    return crossed


@final
@dataclass(frozen=True)
class _LogGammaScatter:
    """How factor · log s² scatters about its location: like -factor · log G."""

    shape: float
    factor: float

    @property
    def mean(self) -> float:
        return -self.factor * float(digamma(self.shape))

    @property
    def spread(self) -> float:
        return self.factor * float(np.sqrt(polygamma(1, self.shape)))

    def cumulative(self, deviation: FloatArray) -> FloatArray:
        """P(scatter - its mean <= deviation)."""
        exponent = -(self.mean + deviation) / self.factor
        return np.asarray(gammaincc(self.shape, np.exp(np.clip(exponent, -700, 700))), dtype=np.float64)


def _binned(values: FloatArray, weights: FloatArray, start: FloatArray, width: FloatArray) -> FloatArray:
    """Weights shared linearly between the two nearest bin centres: the mean is kept exactly."""
    n, cells = values.shape
    flat = np.flatnonzero(weights > _NEGLIGIBLE)
    row = flat // cells
    place = (values.ravel()[flat] - start[row]) / width[row] - 0.5
    np.clip(place, 0, _BINS - 1.000001, out=place)
    left = place.astype(np.int64)
    place -= left
    left += _BINS * row
    mass = weights.ravel()[flat]
    place *= mass
    binned = np.bincount(left, mass - place, minlength=n * _BINS)
    binned[1:] += np.bincount(left, place, minlength=n * _BINS)[:-1]
    return np.asarray(binned, dtype=np.float64).reshape(n, _BINS)


def _smeared(binned: FloatArray, width: FloatArray, scatter: _LogGammaScatter) -> FloatArray:
    """Cumulative distribution, at the bin edges, of the binned values with the scatter (about its mean) added."""
    distinct, which = np.unique(width, return_inverse=True)
    # from every bin centre to every edge there are (j - 1/2) widths, j = 1 - _BINS .. _BINS
    kernel = scatter.cumulative((np.arange(-_BINS, _BINS) + 0.5) * distinct[:, None])
    size = 4 * _BINS
    product = np.fft.irfft(np.fft.rfft(binned, size) * np.fft.rfft(kernel, size)[which], size)
    return np.clip(product[:, _BINS - 1 : 2 * _BINS], 0, 1)
