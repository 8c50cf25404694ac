"""The cells on which a posterior lives, and those of the whole prior.

Cells are equally wide in theta = arcsin sqrt(H) and in log rho: towards H = 1 the scale of a path grows without bound,
and cells of H alone would not follow.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, final

import numpy as np

from perrin.estimate.exact.likelihood import (
    LEAST_Q,
    RHO_RANGE,
    THETA_RANGE,
    HurstNodes,
    QuadraticForms,
    chebyshev_interpolation,
    rho_nodes,
)
from perrin.types import BoolArray, FloatArray

ErrorKnowledge = Literal["none", "known", "unknown"]
"""What is known of the localisation error: that there is none, its size, or nothing."""

SHORT: Final = 80
"""Windows of up to this many increments in all axes share the cells of the whole prior."""
_SHARP: Final = 30

LOG_RHO_RANGE: Final = (float(np.log(RHO_RANGE[0])), float(np.log(RHO_RANGE[1])))


@final
@dataclass(frozen=True, eq=False)
class PosteriorGrid:
    """Equally wide cells of theta and log rho, the same for all windows (·, 1) or for each of n its own (·, n).

    Attributes:
        hurst: (f, 1 or n) midpoints, as values of H.
        theta_step: width of a cell of theta = arcsin sqrt(H); 0 where H is known.
        log_rho: (r, 1 or n) midpoints of log rho; a single zero without localisation error.
        log_rho_step: width of a cell of log rho.
        from_nodes: (f, k) or (n, f, k) interpolation from the nodes of H; None where those are the midpoints.
        from_rho: (r, r') or (n, r, r') interpolation from the ratios of the likelihood; None where those are the
            midpoints.
    """

    hurst: FloatArray
    theta_step: float
    log_rho: FloatArray
    log_rho_step: float
    from_nodes: FloatArray | None = None
    from_rho: FloatArray | None = None

    def without_error(self) -> PosteriorGrid:
        """The same cells of H at a single ratio."""
        return replace(self, log_rho=np.zeros((1, 1)), log_rho_step=1.0, from_rho=None)

    @property
    def shared(self) -> bool:
        """Whether the cells of H are those of all windows of a size, not what one of them needs, be it alone here."""
        return self.theta_step == 0 or self.from_nodes is None or self.from_nodes.ndim == 2

    @property
    def log_prior(self) -> FloatArray:
        """(f, 1, 1 or n) logarithm of the prior probability of each cell."""
        each = np.log(self.log_rho_step / (LOG_RHO_RANGE[1] - LOG_RHO_RANGE[0])) if len(self.log_rho) > 1 else 0.0
        if self.theta_step:
            # dH = sin(2 theta) dtheta = 2 sqrt(H (1 - H)) dtheta
            each = each + np.log(2 * self.theta_step * np.sqrt(self.hurst * (1 - self.hurst)))
        return np.broadcast_to(each, self.hurst.shape)[:, None]

    @property
    def begin_at_lowest(self) -> BoolArray:
        """(1 or n,) whether the cells begin at the lowest error ratio of the prior."""
        return np.asarray(self.log_rho[0] - 0.6 * self.log_rho_step < LOG_RHO_RANGE[0])

    def hurst_at(self, edge: FloatArray) -> FloatArray:
        """H at `edge` (n,) cells from the lower end of the first cell."""
        lower = np.arcsin(np.sqrt(self.hurst[0])) - 0.5 * self.theta_step
        hurst: FloatArray = np.sin(lower + self.theta_step * edge) ** 2
        return hurst

    def scaled(self, forms: QuadraticForms, s2: FloatArray) -> tuple[FloatArray, FloatArray]:
        """q / s² (f, r, n), s² given for each rho (r, n), and log|C| as `interpolate` gives it."""
        if self.from_nodes is None:
            shared = forms.log_det.shape[-1] == 1
            return forms.q / s2, forms.log_det if shared else forms.log_det[:, :, forms.pattern]
        log_q, log_det = self.interpolate(forms)
        log_q -= np.log(s2)
        return np.exp(log_q, out=log_q), log_det

    def interpolate(self, forms: QuadraticForms) -> tuple[FloatArray, FloatArray]:
        """log q (f, r, n), and log|C| (f, r, 1 or n), on the cells."""
        shared = forms.log_det.shape[-1] == 1
        log_q = self._on_cells(np.log(np.maximum(forms.q, LEAST_Q)))
        log_det = self._on_cells(forms.log_det if shared else forms.log_det[:, :, forms.pattern])
        return log_q, log_det

    def _on_cells(self, values: FloatArray) -> FloatArray:
        """(k, r', n) at the nodes as (f, r, n) on the cells."""
        k, r, n = values.shape
        if self.from_nodes is None:
            return values
        if self.from_nodes.ndim == 2:
            common = (self.from_nodes @ values.reshape(k, r * n)).reshape(-1, r, n)
            return common if self.from_rho is None else self.from_rho @ common
        each = self.from_nodes @ np.moveaxis(values, -1, 0)
        if self.from_rho is not None:
            each = each @ self.from_rho.swapaxes(-1, -2)
        return np.moveaxis(each, 0, -1)


def whole_prior(nodes: HurstNodes, size: int, error: ErrorKnowledge) -> PosteriorGrid:
    """Cells of the whole prior, fine enough for windows with `size` increments in all axes."""
    cells = _whole_prior(size, error)
    from_rho = None if error == "none" else rho_interpolation(cells.log_rho[:, 0])
    if nodes.fixed:
        fixed = np.array([nodes.values])
        return replace(cells, hurst=fixed, theta_step=0.0, from_nodes=np.ones((1, 1)), from_rho=from_rho)
    return replace(cells, from_nodes=nodes.interpolation(cells.hurst[:, 0]), from_rho=from_rho)


def whole_prior_at_midpoints(size: int, error: ErrorKnowledge) -> PosteriorGrid:
    """The same, but the likelihood is expected at their midpoints."""
    return _whole_prior(size, error)


@cache
def _whole_prior(size: int, error: ErrorKnowledge) -> PosteriorGrid:
    sharp = np.sqrt(size)
    # the wider a posterior, the further it reaches towards H = 1, where D changes fastest
    least = 48 if error == "none" else 28 if error == "known" and size >= _SHARP else 40
    theta = _midpoints(THETA_RANGE, max(least, int(np.ceil(1.5 * sharp))))
    step = float(theta[1] - theta[0])
    if error == "none":
        return PosteriorGrid((np.sin(theta) ** 2)[:, None], step, np.zeros((1, 1)), 1.0)
    # with sigma known rho alone carries the scale, which is sharper
    log_rho = _midpoints(LOG_RHO_RANGE, max(24, int(np.ceil((4.8 if error == "known" else 3.0) * sharp))))
    return PosteriorGrid((np.sin(theta) ** 2)[:, None], step, log_rho[:, None], float(log_rho[1] - log_rho[0]))


def rho_interpolation(log_rho: FloatArray) -> FloatArray:
    """(…, r') matrix that turns values at `rho_nodes` into values at `log_rho` (…)."""
    middle, half = 0.5 * sum(LOG_RHO_RANGE), 0.5 * (LOG_RHO_RANGE[1] - LOG_RHO_RANGE[0])
    nodes = rho_nodes()
    return chebyshev_interpolation((np.log(nodes) - middle) / half, (log_rho - middle) / half)


def _midpoints(ends: tuple[float, float], n: int) -> FloatArray:
    points: FloatArray = ends[0] + (ends[1] - ends[0]) * (np.arange(n) + 0.5) / n
    return points
