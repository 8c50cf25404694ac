"""From posteriors of rescaled windows to numbers in the units of the tracks, written into `MotionParameters`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.exact.known_error import KnownErrorPosterior
from perrin.estimate.exact.posterior import Posterior
from perrin.estimate.motion_parameters import MotionParameters
from perrin.result import status
from perrin.types import BoolArray, FloatArray, IntArray

_ZERO_SIGMA_DROP: Final = 1.92
"""Fall of the log-likelihood at sigma = 0 below which the data are compatible with no error at all (chi², 95 %)."""
_MOTION: Final = ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame")


@final
@dataclass(frozen=True, eq=False)
class ParameterWriter:
    """What turns numbers of n rescaled windows into those of the tracks, and where they are written.

    Attributes:
        parameters: where.
        rows: (n,) row of each window in them.
        log_scale: (n,) logarithm of the unit of length of each window.
        log_dt: (n,) logarithm of its frame interval.
        sound: (n,) whether its numbers mean anything; where not the status is failed.
    """

    parameters: MotionParameters
    rows: IntArray
    log_scale: FloatArray
    log_dt: FloatArray
    sound: BoolArray

    def write(self, posterior: Posterior | KnownErrorPosterior, some: IntArray, *, sigma: bool = False) -> None:
        """Write alpha, D, D_frame (and sigma) of the windows `some`."""
        log_scale, log_dt, rows = self.log_scale[some], self.log_dt[some], self.rows[some]
        values = _motion(posterior, log_scale, log_dt)
        if sigma and isinstance(posterior, Posterior) and len(posterior.grid.log_rho) > 1:
            values |= _sigma(posterior, log_scale)
        sound = self.sound[some] & np.all([np.isfinite(v) for v in values.values()], axis=0) & (values["D"] > 0)
        self.parameters.set_rows(rows, status.OK, **values)
        if not sound.all():
            nothing = np.full(int((~sound).sum()), np.nan)
            self.parameters.set_rows(rows[~sound], status.FAILED, **dict.fromkeys(values, nothing))

    def write_known_sigma(self, sigma: FloatArray, low: FloatArray, high: FloatArray) -> None:
        """Write the localisation error (n,) of all windows, and how far it is known."""
        self.parameters.sigma[self.rows], self.parameters.sigma_lo[self.rows], self.parameters.sigma_hi[self.rows] = (
            sigma,
            low,
            high,
        )

    def write_no_sigma(self, interval: tuple[float, float] | None) -> None:
        """Write a localisation error that was found to be zero in the population, with its interval, if it was."""
        if interval is not None:
            self.parameters.sigma[self.rows] = 0.0
            self.parameters.sigma_lo[self.rows], self.parameters.sigma_hi[self.rows] = interval

    def write_immobile(self, some: IntArray) -> None:
        """The windows `some` do not move, so their motion has no law."""
        nothing = np.full(len(some), np.nan)
        self.parameters.set_rows(self.rows[some], status.IMMOBILE, **dict.fromkeys(_MOTION, nothing))


def _motion(
    posterior: Posterior | KnownErrorPosterior, log_scale: FloatArray, log_dt: FloatArray
) -> dict[str, FloatArray]:
    """alpha, D = s² / (2 dt^2H) and D_frame = s² / (2 dt)."""
    hurst, low, high = posterior.hurst
    shift = 2 * log_scale - np.log(2)
    mean, lo, hi = (value + shift for value in posterior.log_d(log_dt))
    frame = posterior.mean_log_s2 + shift - log_dt
    found = (2 * hurst, 2 * low, 2 * high, np.exp(mean), np.exp(lo), np.exp(hi), np.exp(frame))
    return dict(zip(_MOTION, found, strict=True))


def _sigma(posterior: Posterior, log_scale: FloatArray) -> dict[str, FloatArray]:
    """Localisation error; its lower end is 0 where the data are compatible with none at all."""
    mean, lo, hi, upper = (value + log_scale for value in posterior.log_sigma())
    none = posterior.grid.begin_at_lowest & (posterior.log_drop < _ZERO_SIGMA_DROP)
    return {
        "sigma": np.exp(mean),
        "sigma_lo": np.where(none, 0.0, np.exp(lo)),
        "sigma_hi": np.where(none, np.exp(upper), np.exp(hi)),
    }
