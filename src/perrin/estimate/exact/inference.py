"""From increments to laws, for windows of any times and errors, alone or in blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perrin.estimate.exact.immobility import hardly_moving, immobile
from perrin.estimate.exact.likelihood import QuadraticForms
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.noise_free import noise_free_windows
from perrin.estimate.exact.parameter_writer import ParameterWriter
from perrin.estimate.exact.posterior_modes import PosteriorModes
from perrin.estimate.exact.refine import posteriors
from perrin.estimate.exact.rescaled_windows import LEAST_ERROR, RescaledWindows, typical_step
from perrin.estimate.motion_parameters import MotionParameters
from perrin.features import Windows
from perrin.types import IntArray


def infer(
    model: MotionModel, part: Windows, parameters: MotionParameters, rows: IntArray, forms: QuadraticForms | None = None
) -> PosteriorModes:
    """Write the laws of windows that stand alone; `forms` of `part` with its steps rescaled, if at hand."""
    return _infer(model, RescaledWindows.of_windows(part, model, forms), parameters, rows)


def infer_blocks(
    model: MotionModel,
    blocks: Sequence[Windows],
    parameters: MotionParameters,
    row: IntArray,
    forms: QuadraticForms | None = None,
) -> PosteriorModes:
    """Write the law of one long track that comes in blocks; `forms` of its rescaled steps, if at hand."""
    return _infer(model, RescaledWindows.in_blocks(blocks, model, forms), parameters, row)


def infer_regular(model: MotionModel, part: Windows, parameters: MotionParameters, rows: IntArray) -> PosteriorModes:
    """Write the laws of windows one frame a step: faster where there is no error and nothing else to know."""
    if not model.noise_free:
        return infer(model, part, parameters, rows)
    scale = typical_step(part.displacements)
    sound = np.isfinite(scale)
    scale = np.where(sound, scale, 1.0)
    steps = np.where(sound[:, None, None], part.displacements, 1.0) / scale[:, None, None]
    writer = ParameterWriter(parameters, rows, np.log(scale), np.log(part.dt), sound)
    points = PosteriorModes.empty(len(rows))
    for some, posterior in noise_free_windows(*steps.shape[1:], model.likelihood.blur).posteriors(steps):
        writer.write(posterior, some)
        points.set_rows(some, posterior, writer.log_scale[some])
    writer.write_no_sigma(model.errors.interval)
    return points


def _infer(
    model: MotionModel, rescaled: RescaledWindows, parameters: MotionParameters, rows: IntArray
) -> PosteriorModes:
    writer = ParameterWriter(parameters, rows, rescaled.log_scale, rescaled.log_dt, rescaled.sound)
    points = PosteriorModes.empty(len(rows))
    if model.errors.known:
        _with_known_error(model, rescaled, writer, points)
    else:
        for some, posterior in posteriors(model, rescaled.forms):
            writer.write(posterior, some, sigma=model.report_sigma)
            points.set_rows(some, posterior, rescaled.log_scale[some])
        writer.write_no_sigma(model.errors.interval)
    return points


def _with_known_error(
    model: MotionModel, rescaled: RescaledWindows, writer: ParameterWriter, points: PosteriorModes
) -> None:
    """The error fixes the scale; windows may turn out immobile, or their error too small to matter."""
    log_sigma = np.log(np.maximum(rescaled.sigma, LEAST_ERROR * np.exp(rescaled.log_scale))) - rescaled.log_scale
    motion, (faint, doubtful) = np.empty(len(log_sigma)), np.empty((2, len(log_sigma)), dtype=bool)
    for some, posterior in posteriors(model, rescaled.forms, log_sigma):
        writer.write(posterior, some)
        points.set_rows(some, posterior, rescaled.log_scale[some])
        motion[some] = posterior.log_evidence
        faint[some], doubtful[some] = posterior.error_negligible, hardly_moving(posterior.mean_log_rho)
    writer.write_known_sigma(rescaled.sigma, *model.errors.bounds(rescaled.sigma))
    motion -= rescaled.forms.size * rescaled.log_scale
    still = immobile(rescaled.parts, model.errors, doubtful & rescaled.sound, motion, drift=model.likelihood.drift)
    _neglect_error(model, rescaled, np.flatnonzero(faint & rescaled.sound), writer, points)
    writer.write_immobile(still)


def _neglect_error(
    model: MotionModel, rescaled: RescaledWindows, some: IntArray, writer: ParameterWriter, points: PosteriorModes
) -> None:
    """Windows whose error is too small to matter get a free scale, the error at the lowest ratio."""
    if len(some) == 0:
        return
    lowest = int(np.argmin(model.likelihood.rho))
    low, part = slice(lowest, lowest + 1), rescaled.forms.take(some)
    clean = QuadraticForms(part.q[:, low], part.log_det[:, low], part.pattern, part.size)
    for rows, posterior in posteriors(model.without_error(), clean):
        writer.write(posterior, some[rows])
        points.set_rows(some[rows], posterior, rescaled.log_scale[some[rows]])
    points.neglect_error(some)
