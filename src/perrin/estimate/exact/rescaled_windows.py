"""Windows in units of their typical steps, which keeps numbers near 1 in any unit of length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self, final

import numpy as np

from perrin.estimate.exact.likelihood import QuadraticForms, joined_forms
from perrin.estimate.exact.motion_model import MotionModel
from perrin.features import Windows
from perrin.types import BoolArray, FloatArray

LEAST_ERROR: Final = 1e-3
"""Known errors below this part of the typical step are raised to it; they are then neglected anyway."""
_SAFE: Final = 1e-100
"""Squares beyond this or its inverse are on their way out of arithmetic."""


@final
@dataclass(frozen=True, eq=False)
class RescaledWindows:
    """n windows, and what the likelihood says of them once they are rescaled.

    Attributes:
        parts: the windows as they were seen: together, or the blocks of a single long one.
        forms: of the rescaled increments.
        log_scale: (n,) logarithm of the typical step.
        log_dt: (n,) logarithm of the frame interval.
        sigma: (n,) typical localisation error in units of length; NaN where it is unknown.
        sound: (n,) whether all numbers are finite; the others are replaced by harmless ones.
    """

    parts: Sequence[Windows]
    forms: QuadraticForms
    log_scale: FloatArray
    log_dt: FloatArray
    sigma: FloatArray
    sound: BoolArray

    @classmethod
    def of_windows(cls, part: Windows, model: MotionModel, forms: QuadraticForms | None = None) -> Self:
        """Windows that stand alone; `forms` of `part` with its steps rescaled, if at hand."""
        scale = typical_step(part.displacements)
        if forms is None:
            forms = model.likelihood.forms(_divided(part, scale), model.errors.relative(part))
        return cls._sound([part], forms, np.log(scale), part.dt, model.errors.sizes(part))

    @classmethod
    def in_blocks(cls, blocks: Sequence[Windows], model: MotionModel, forms: QuadraticForms | None = None) -> Self:
        """One long track that comes in blocks; `forms` of its rescaled steps, if at hand."""
        errors = model.errors
        scale = typical_step(np.concatenate([b.displacements.reshape(-1, 1, 1) for b in blocks]).reshape(1, -1, 1))
        sigma = np.array([np.mean(np.concatenate([errors.sizes(b) for b in blocks]))])
        if forms is None:
            forms = joined_forms([
                model.likelihood.forms(
                    _divided(block, np.full(len(block), scale[0])), errors.relative(block, float(sigma[0]))
                )
                for block in blocks
            ])  # fmt: skip
        return cls._sound(blocks, forms, np.log(scale), blocks[0].dt[:1], sigma)

    @classmethod
    def _sound(
        cls, parts: Sequence[Windows], forms: QuadraticForms, log_scale: FloatArray, dt: FloatArray, sigma: FloatArray
    ) -> Self:
        sound = np.isfinite(forms.q).all(axis=(0, 1)) & np.isfinite(dt) & np.isfinite(log_scale)
        if not sound.all():
            forms = replace(forms, q=np.where(sound, forms.q, 1.0))
            log_scale, dt = np.where(sound, log_scale, 0.0), np.where(sound, dt, 1.0)
        return cls(parts, forms, log_scale, np.log(dt), sigma, sound)


def typical_step(displacements: FloatArray) -> FloatArray:
    """(n,) root mean square increment, to keep numbers near 1 in any unit."""
    flat = displacements.reshape(len(displacements), -1)
    mean_square = np.einsum("ni,ni->n", flat, flat) / flat.shape[1]
    if mean_square.min(initial=np.inf) > _SAFE and mean_square.max(initial=0.0) < 1 / _SAFE:
        return np.asarray(np.sqrt(mean_square))
    largest = np.abs(flat).max(axis=1)
    largest = np.where(largest > 0, largest, 1.0)
    typical: FloatArray = largest * np.sqrt(np.maximum(np.mean((flat / largest[:, None]) ** 2, axis=1), 1e-30))
    return typical


def _divided(part: Windows, scale: FloatArray) -> Windows:
    return replace(part, displacements=part.displacements / scale[:, None, None])
