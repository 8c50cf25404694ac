"""The windows that Korabel & Waigh train on: 77,000 of them, without errors, looked at again and again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.simulate.simulated_windows import SimulatedWindows, WindowPrior
from perrin.train.batch import Batch
from perrin.train.streams.windows import POSITIONS
from perrin.train.tandem_score import score_diffusion, score_network
from perrin.types import FloatArray, IntArray, Json

DIFFUSION: Final = (1.0, 100.0)
INTERVAL: Final = 0.02

Increments = np.ndarray[Any, np.dtype[np.float32]]


@final
@dataclass(frozen=True)
class WindowPaperStream:
    """A fixed set of windows in a new order each epoch. D ~ U(1, 100), dt = .02.

    Attributes:
        seed: of the set and of the orders.
        axes: of the tracks.
        size: windows in the set.
        windows: in a batch.
        hurst: range of H.
        diffusion: whether D is to be found instead of H.
    """

    seed: int
    axes: int = 2
    size: int = 77_000
    windows: int = 64
    hurst: tuple[float, float] = (0.01, 0.99)
    diffusion: bool = False

    def batch(self, step: int) -> Batch:
        """Increments (n, 19, axes) and their H (n,), or D."""
        epoch, place = divmod(step, self.size // self.windows)
        some = _order(self.seed, epoch, self.size)[place * self.windows : (place + 1) * self.windows]
        truth = self._diffusion if self.diffusion else self._made.hurst
        return Batch((self._increments[some],), (truth[some].astype(np.float32),))

    def measure(self, model: Path) -> Json:
        """Errors and coverage without localisation error, beside the exact posterior; of D its mean error."""
        if self.diffusion:
            fresh = replace(self, seed=self.seed + 1, size=4096, windows=256)
            return {"D": {"mae": score_diffusion(model, [fresh.batch(k) for k in range(16)])}}
        return score_network(model, noisy=False, axes=(self.axes,))

    @cached_property
    def _made(self) -> SimulatedWindows:
        return WindowPrior(hurst=self.hurst).draw(
            self.size, POSITIONS, self.axes, np.random.default_rng([self.seed, 0])
        )

    @cached_property
    def _diffusion(self) -> FloatArray:
        return np.random.default_rng([self.seed, 2]).uniform(*DIFFUSION, self.size)

    @cached_property
    def _increments(self) -> Increments:
        scale = np.sqrt(2 * self._diffusion * INTERVAL ** (2 * self._made.hurst))
        return (self._made.displacements * scale[:, None, None]).astype(np.float32)


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, size: int) -> IntArray:
    return np.random.default_rng([seed, 1, epoch]).permutation(size)
