"""The laws of rolling windows: those with the same times and the same known error share one posterior."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.estimate.exact.constant_velocity import windows_at_constant_velocity
from perrin.estimate.exact.immobility import hardly_moving, immobile
from perrin.estimate.exact.inference import infer, infer_regular
from perrin.estimate.exact.known_error import known_error_posterior
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.parameter_writer import ParameterWriter
from perrin.estimate.exact.rescaled_windows import typical_step
from perrin.estimate.motion_parameters import MotionParameters
from perrin.features import Windows
from perrin.result import status
from perrin.types import BoolArray, IntArray

_STEPS_IN_ERRORS: Final = 1e4
"""A typical step of so many errors leaves nothing of their effect."""


def infer_windows(model: MotionModel, part: Windows, parameters: MotionParameters, rows: IntArray) -> None:
    """Write the laws of windows; those without a single step are immobile, those that only drift have none."""
    useful = (part.displacements != 0).any(axis=(1, 2))
    parameters.status[rows[~useful]] = status.IMMOBILE
    if model.likelihood.drift and model.errors.knowledge != "known":
        useful &= ~windows_at_constant_velocity(part)
    if not useful.all():
        part, rows = part.take(np.flatnonzero(useful)), rows[useful]
    if len(rows) == 0:
        return
    if model.shares_posterior:
        _infer_with_known_error(model, part, parameters, rows)
    elif model.same_times:
        infer_regular(model, part, parameters, rows)
    else:
        infer(model, part, parameters, rows)


def _infer_with_known_error(model: MotionModel, part: Windows, parameters: MotionParameters, rows: IntArray) -> None:
    """Write the laws of windows that all have the same times and the same known error."""
    usual = typical_step(part.displacements) < _STEPS_IN_ERRORS * model.errors.typical
    for dt in np.unique(part.dt[usual]):
        some = np.flatnonzero(usual & (part.dt == dt))
        here = part if len(some) == len(part) else part.take(some)
        negligible = _infer_at_one_interval(model, here, float(dt), parameters, rows[some])
        usual[some[negligible]] = False
    if not usual.all():
        rest = np.flatnonzero(~usual)
        infer(model, part.take(rest), parameters, rows[rest])


def _infer_at_one_interval(
    model: MotionModel, part: Windows, dt: float, parameters: MotionParameters, rows: IntArray
) -> BoolArray:
    """Write the laws of windows of one frame interval; returns (n,) which of them the error does not touch."""
    sigma, one = model.errors.typical, np.ones(len(rows))
    writer = ParameterWriter(parameters, rows, np.log(sigma) * one, np.log(dt) * one, one > 0)
    posterior = known_error_posterior(
        part.displacements / sigma, part.steps[0], model.likelihood, model.grid, float(np.log(dt))
    )
    writer.write(posterior, np.arange(len(rows)))
    motion = posterior.log_evidence - model.size * np.log(sigma)
    doubtful = hardly_moving(posterior.mean_log_rho)
    writer.write_immobile(immobile([part], model.errors, doubtful, motion, drift=model.likelihood.drift))
    return posterior.error_negligible
