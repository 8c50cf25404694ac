"""The most probable law of each stretch, at which the fit is tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

import numpy as np

from perrin.estimate.goodness_of_fit import Law
from perrin.estimate.grids import Grids
from perrin.estimate.posterior import Posterior
from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True)
class MostProbable:
    """The most probable point of n posteriors: H, s² in units of length², rho, and whether the error was neglected."""

    hurst: FloatArray
    s2: FloatArray
    rho: FloatArray
    neglected: BoolArray

    @classmethod
    def empty(cls, n: int) -> Self:
        """Room for n stretches."""
        return cls(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool))

    def put(self, rows: IntArray, posterior: Posterior, log_scale: FloatArray) -> None:
        """Write the peaks of the posterior of the stretches at `rows`, rescaled by `log_scale` (rows,)."""
        hurst, log_s2, rho = posterior.peak()
        self.hurst[rows], self.s2[rows], self.rho[rows] = hurst, np.exp(log_s2 + 2 * log_scale), 0.0
        log_rho = posterior.cells.log_rho
        if len(log_rho) > 1:
            self.rho[rows] = np.exp(np.broadcast_to(log_rho, (len(log_rho), len(rows)))[rho, np.arange(len(rows))])

    def neglect_error(self, rows: IntArray) -> None:
        """The stretches at `rows` have no error worth the name."""
        self.rho[rows] = 0.0
        self.neglected[rows] = True

    def law(self, i: int, grids: Grids) -> Law:
        """The most probable law of stretch i, for the test of the fit."""
        return Law(
            hurst=float(self.hurst[i]),
            s2=float(self.s2[i]),
            rho=float(self.rho[i]),
            hurst_fixed=grids.nodes.fixed,
            sigma_known=grids.errors.known and not self.neglected[i],
            blur=grids.observation.blur,
            drift=grids.observation.drift,
        )
