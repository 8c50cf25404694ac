"""From increments to laws, for stretches of any times and errors, alone or in blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perrin.estimate.clean import clean_stretches
from perrin.estimate.grids import Grids
from perrin.estimate.immobility import hardly_moving, immobile
from perrin.estimate.law_writer import LawWriter
from perrin.estimate.laws import Laws
from perrin.estimate.likelihood import Forms
from perrin.estimate.most_probable import MostProbable
from perrin.estimate.refine import posteriors
from perrin.estimate.rescaled import LEAST_ERROR, Rescaled, typical_step
from perrin.represent import Segments
from perrin.types import IntArray


def infer(grids: Grids, part: Segments, laws: Laws, rows: IntArray, forms: Forms | None = None) -> MostProbable:
    """Write the laws of stretches that stand alone; `forms` of `part` with its steps rescaled, if at hand."""
    return _infer(grids, Rescaled.alone(part, grids, forms), laws, rows)


def infer_blocks(
    grids: Grids, blocks: Sequence[Segments], laws: Laws, row: IntArray, forms: Forms | None = None
) -> MostProbable:
    """Write the law of one long track that comes in blocks; `forms` of its rescaled steps, if at hand."""
    return _infer(grids, Rescaled.in_blocks(blocks, grids, forms), laws, row)


def infer_regular(grids: Grids, part: Segments, laws: Laws, rows: IntArray) -> MostProbable:
    """Write the laws of stretches one frame a step: faster where there is no error and nothing else to know."""
    if not grids.clean:
        return infer(grids, part, laws, rows)
    scale = typical_step(part.displacements)
    sound = np.isfinite(scale)
    scale = np.where(sound, scale, 1.0)
    steps = np.where(sound[:, None, None], part.displacements, 1.0) / scale[:, None, None]
    writer = LawWriter(laws, rows, np.log(scale), np.log(part.dt), sound)
    points = MostProbable.empty(len(rows))
    for some, posterior in clean_stretches(*steps.shape[1:], grids.observation.blur).posteriors(steps):
        writer.write(posterior, some)
        points.put(some, posterior, writer.log_scale[some])
    writer.write_no_sigma(grids.errors.interval)
    return points


def _infer(grids: Grids, seen: Rescaled, laws: Laws, rows: IntArray) -> MostProbable:
    writer = LawWriter(laws, rows, seen.log_scale, seen.log_dt, seen.sound)
    points = MostProbable.empty(len(rows))
    if grids.errors.known:
        _with_known_error(grids, seen, writer, points)
    else:
        for some, posterior in posteriors(grids, seen.forms):
            writer.write(posterior, some, sigma=grids.tell_sigma)
            points.put(some, posterior, seen.log_scale[some])
        writer.write_no_sigma(grids.errors.interval)
    return points


def _with_known_error(grids: Grids, seen: Rescaled, writer: LawWriter, points: MostProbable) -> None:
    """The error fixes the scale; stretches may turn out immobile, or their error too small to matter."""
    log_sigma = np.log(np.maximum(seen.sigma, LEAST_ERROR * np.exp(seen.log_scale))) - seen.log_scale
    motion, (faint, doubtful) = np.empty(len(log_sigma)), np.empty((2, len(log_sigma)), dtype=bool)
    for some, posterior in posteriors(grids, seen.forms, log_sigma):
        writer.write(posterior, some)
        points.put(some, posterior, seen.log_scale[some])
        motion[some] = posterior.log_evidence
        faint[some], doubtful[some] = posterior.faint, hardly_moving(posterior.mean_log_rho)
    writer.write_known_sigma(seen.sigma, *grids.errors.bounds(seen.sigma))
    motion -= seen.forms.size * seen.log_scale
    still = immobile(seen.parts, grids.errors, doubtful & seen.sound, motion, drift=grids.observation.drift)
    _neglect_error(grids, seen, np.flatnonzero(faint & seen.sound), writer, points)
    writer.write_immobile(still)


def _neglect_error(grids: Grids, seen: Rescaled, some: IntArray, writer: LawWriter, points: MostProbable) -> None:
    """Stretches whose error is too small to matter get a free scale, the error at the lowest ratio."""
    if len(some) == 0:
        return
    lowest = int(np.argmin(grids.observation.rho))
    low, part = slice(lowest, lowest + 1), seen.forms.take(some)
    clean = Forms(part.q[:, low], part.log_det[:, low], part.pattern, part.size)
    for rows, posterior in posteriors(grids.without_error(), clean):
        writer.write(posterior, some[rows])
        points.put(some[rows], posterior, seen.log_scale[some[rows]])
    points.neglect_error(some)
