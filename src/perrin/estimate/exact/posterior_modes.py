"""The most probable law of each window, at which the fit is tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, final

import numpy as np

from perrin.estimate.exact.goodness_of_fit import FittedMotion
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.posterior import Posterior
from perrin.types import BoolArray, FloatArray, IntArray


@final
@dataclass(frozen=True)
class PosteriorModes:
    """The most probable point of n posteriors: H, s² in units of length², rho, and whether the error was neglected."""

    hurst: FloatArray
    s2: FloatArray
    rho: FloatArray
    neglected: BoolArray

    @classmethod
    def empty(cls, n: int) -> Self:
        """Room for n windows."""
        return cls(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, dtype=bool))

    def set_rows(self, rows: IntArray, posterior: Posterior, log_scale: FloatArray) -> None:
        """Write the peaks of the posterior of the windows at `rows`, rescaled by `log_scale` (rows,)."""
        hurst, log_s2, rho = posterior.peak()
        self.hurst[rows], self.s2[rows], self.rho[rows] = hurst, np.exp(log_s2 + 2 * log_scale), 0.0
        log_rho = posterior.grid.log_rho
        if len(log_rho) > 1:
            self.rho[rows] = np.exp(np.broadcast_to(log_rho, (len(log_rho), len(rows)))[rho, np.arange(len(rows))])

    def neglect_error(self, rows: IntArray) -> None:
        """The windows at `rows` have no error worth the name."""
        self.rho[rows] = 0.0
        self.neglected[rows] = True

    def fitted_motion(self, i: int, model: MotionModel) -> FittedMotion:
        """The most probable law of window i, for the test of the fit."""
        return FittedMotion(
            hurst=float(self.hurst[i]),
            s2=float(self.s2[i]),
            rho=float(self.rho[i]),
            hurst_fixed=model.nodes.fixed,
            sigma_known=model.errors.known and not self.neglected[i],
            blur=model.likelihood.blur,
            drift=model.likelihood.drift,
        )
