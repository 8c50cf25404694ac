"""The laws of rolling windows: those with the same times and the same known error share one posterior."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.estimate.grids import Grids
from perrin.estimate.immobility import hardly_moving, immobile
from perrin.estimate.inference import infer, infer_regular
from perrin.estimate.law_writer import LawWriter
from perrin.estimate.laws import Laws
from perrin.estimate.rescaled import typical_step
from perrin.estimate.shared import shared_posterior
from perrin.estimate.straight import straight_stretches
from perrin.represent import Segments
from perrin.result import status
from perrin.types import BoolArray, IntArray

_STEPS_IN_ERRORS: Final = 1e4
"""A typical step of so many errors leaves nothing of their effect."""


def infer_windows(grids: Grids, part: Segments, laws: Laws, rows: IntArray) -> None:
    """Write the laws of windows; those without a single step are immobile, those that only drift have none."""
    useful = (part.displacements != 0).any(axis=(1, 2))
    laws.status[rows[~useful]] = status.IMMOBILE
    if grids.observation.drift and grids.errors.knowledge != "known":
        useful &= ~straight_stretches(part)
    if not useful.all():
        part, rows = part.take(np.flatnonzero(useful)), rows[useful]
    if len(rows) == 0:
        return
    if grids.alike:
        _infer_alike(grids, part, laws, rows)
    elif grids.same_times:
        infer_regular(grids, part, laws, rows)
    else:
        infer(grids, part, laws, rows)


def _infer_alike(grids: Grids, part: Segments, laws: Laws, rows: IntArray) -> None:
    """Write the laws of windows that all have the same times and the same known error."""
    usual = typical_step(part.displacements) < _STEPS_IN_ERRORS * grids.errors.typical
    for dt in np.unique(part.dt[usual]):
        some = np.flatnonzero(usual & (part.dt == dt))
        here = part if len(some) == len(part) else part.take(some)
        faint = _infer_together(grids, here, float(dt), laws, rows[some])
        usual[some[faint]] = False
    if not usual.all():
        rest = np.flatnonzero(~usual)
        infer(grids, part.take(rest), laws, rows[rest])


def _infer_together(grids: Grids, part: Segments, dt: float, laws: Laws, rows: IntArray) -> BoolArray:
    """Write the laws of windows of one frame interval; returns (n,) which of them the error does not touch."""
    sigma, one = grids.errors.typical, np.ones(len(rows))
    writer = LawWriter(laws, rows, np.log(sigma) * one, np.log(dt) * one, one > 0)
    posterior = shared_posterior(
        part.displacements / sigma, part.steps[0], grids.observation, grids.cells, float(np.log(dt))
    )
    writer.write(posterior, np.arange(len(rows)))
    motion = posterior.log_evidence - grids.size * np.log(sigma)
    doubtful = hardly_moving(posterior.mean_log_rho)
    writer.write_immobile(immobile([part], grids.errors, doubtful, motion, drift=grids.observation.drift))
    return posterior.faint
