"""Windows as the tandem networks see them: increments in units of their own size, and what is known besides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np

from perrin.types import FloatArray

LEAST_ERROR: Final = 0.03
"""Errors below this part of the typical increment are as none: 1/500 of its variance."""


@final
@dataclass(frozen=True, eq=False)
class WindowInputs:
    """n windows of m increments in d axes; arrays in single precision but for the scale.

    Attributes:
        increments: (n, m, d) divided by the root of their frames and by the scale.
        log_steps: (n, m) logarithm of their frames.
        noise: (n, d) localisation error in units of the scale; 0 where there is none, or it is unknown.
        known: (n, 3) is the error known; exposure as a part of the frame; is a steady drift allowed for.
        scale: (n,) root mean square of the increments, each divided by the root of its frames.
    """

    increments: FloatArray
    log_steps: FloatArray
    noise: FloatArray
    known: FloatArray
    scale: FloatArray

    @classmethod
    def of(
        cls, displacements: FloatArray, steps: FloatArray, errors: FloatArray | None, *,
        exposure: FloatArray | float = 0.0, drift: FloatArray | bool = False, known: FloatArray | None = None,
        least: float = LEAST_ERROR,
    ) -> Self:  # fmt: skip
        """From increments (n, m, d) over `steps` (n, m) frames.

        Args:
            displacements: increments.
            steps: their frames.
            errors: (n, d) localisation error of each axis; None where unknown.
            exposure: one, or (n,).
            drift: one, or (n,).
            known: (n,) of which windows the errors are told; by default of all.
            least: errors below this part of the scale are as none.
        """
        n, _, d = displacements.shape
        even = displacements / np.sqrt(steps)[:, :, None]
        largest = np.abs(even).max(axis=(1, 2), initial=0.0)
        largest = np.where(largest > 0, largest, 1.0)
        scale = largest * np.sqrt(np.mean((even / largest[:, None, None]) ** 2, axis=(1, 2)))
        scale = np.where(scale > 0, scale, 1.0)
        known_numbers = np.zeros((n, 3))
        noise = np.zeros((n, d))
        if errors is not None:
            known_numbers[:, 0] = 1.0 if known is None else known
            noise = errors / scale[:, None] * known_numbers[:, :1]
            noise[np.sqrt(np.mean(noise**2, axis=1)) < least] = 0.0
        known_numbers[:, 1], known_numbers[:, 2] = exposure, drift
        return cls(
            (even / scale[:, None, None]).astype(np.float32), np.log(steps).astype(np.float32),
            noise.astype(np.float32), known_numbers.astype(np.float32), scale,
        )  # fmt: skip

    @property
    def arrays(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """What the networks take, in their order."""
        return self.increments, self.log_steps, self.noise, self.known
