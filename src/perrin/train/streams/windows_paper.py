"""The windows that Korabel & Waigh train on: 77,000 of them, without errors, looked at again and again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, final

import numpy as np

from perrin.simulate.windows import WindowPrior, Windows
from perrin.train.batch import Batch
from perrin.train.streams.windows import POSITIONS
from perrin.train.tandem_score import score_network
from perrin.types import Json

HURST: Final = (0.01, 0.99)
DIFFUSION: Final = (1.0, 100.0)
INTERVAL: Final = 0.02


@final
@dataclass(frozen=True)
class WindowPaperStream:
    """A fixed set of windows in a new order each epoch. H ~ U(.01, .99), D ~ U(1, 100), dt = .02.

    Attributes:
        seed: of the set and of the orders.
        axes: of the tracks.
        size: windows in the set.
        windows: in a batch.
    """

    seed: int
    axes: int = 2
    size: int = 77_000
    windows: int = 64

    def batch(self, step: int) -> Batch:
        """Increments (n, 19, axes) and their H (n,)."""
        epoch, place = divmod(step, self.size // self.windows)
        order = np.random.default_rng([self.seed, 1, epoch]).permutation(self.size)
        some = order[place * self.windows : (place + 1) * self.windows]
        return Batch((self._increments[some],), (self._made.hurst[some].astype(np.float32),))

    def measure(self, model: Path) -> Json:
        """Errors and coverage without localisation error, beside the exact posterior."""
        return score_network(model, noisy=False, axes=(self.axes,))

    @cached_property
    def _made(self) -> Windows:
        return WindowPrior(hurst=HURST).draw(self.size, POSITIONS, self.axes, np.random.default_rng([self.seed, 0]))

    @cached_property
    def _increments(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        diffusion = np.random.default_rng([self.seed, 2]).uniform(*DIFFUSION, self.size)
        scale = np.sqrt(2 * diffusion * INTERVAL ** (2 * self._made.hurst))
        return (self._made.displacements * scale[:, None, None]).astype(np.float32)
