"""Simulated windows without end for `h-lstm` and `d-lstm`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.features.window_inputs import WindowInputs
from perrin.simulate.simulated_windows import SimulatedWindows, WindowPrior
from perrin.train.batch import Batch
from perrin.train.tandem_score import score_network
from perrin.types import Json

POSITIONS: Final = 20


@final
@dataclass(frozen=True)
class WindowStream:
    """Windows of 20 positions and the H at their middle, or with `given_hurst` their scale given H.

    Attributes:
        seed: of the whole stream.
        windows: in a batch; they share their dimension, and each quarter of them its exposure.
        dimensions: how likely 1, 2 and 3 axes are.
        told: how often the localisation error is told, where there is one and where there is none.
        blurred: share of the quarters that are taken with an exposure, anything up to the whole frame.
        given_hurst: whether the network is asked for log s² given H.
        prior: of the windows.
    """

    seed: int
    windows: int = 256
    dimensions: tuple[float, float, float] = (0.25, 0.45, 0.3)
    told: tuple[float, float] = (0.8, 0.8)
    blurred: float = 0.0
    given_hurst: bool = False
    prior: dict[str, Any] = field(default_factory=dict)

    def batch(self, step: int) -> Batch:
        """Inputs of `HLstm` or `DLstm` and the truth."""
        rng = np.random.default_rng([self.seed, step])
        axes = 1 + int(rng.choice(3, p=self.dimensions))
        prior = WindowPrior(**self.prior)
        parts = []
        for _ in range(4):
            exposure = float(rng.uniform(0.02, 1.0)) if rng.random() < self.blurred else 0.0
            parts.append(self._part(prior.draw(self.windows // 4, POSITIONS, axes, rng, exposure=exposure), rng))
        inputs, targets = (
            tuple(np.concatenate(arrays) for arrays in zip(*(part[i] for part in parts), strict=True)) for i in (0, 1)
        )
        return Batch(inputs, targets)

    def measure(self, model: Path) -> Json:
        """Errors and coverage in 1-D, 2-D and 3-D at several errors, beside the exact posterior."""
        return score_network(model, noisy=WindowPrior(**self.prior).noisy > 0, given_hurst=self.given_hurst)

    def _part(self, made: SimulatedWindows, rng: np.random.Generator) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        some = made.errors.max(axis=1) > 0
        told = rng.random(len(some)) < np.where(some, *self.told)
        inputs = WindowInputs.of(
            made.displacements, made.steps, made.errors, exposure=made.exposure,
            drift=made.drifting.astype(float), known=told.astype(float),
        )  # fmt: skip
        hurst = made.hurst.astype(np.float32)
        if not self.given_hurst:
            return inputs.arrays, (hurst,)
        log_s2 = (-2 * np.log(inputs.scale)).astype(np.float32)
        return (*inputs.arrays, hurst[:, None]), (log_s2[:, None],)
