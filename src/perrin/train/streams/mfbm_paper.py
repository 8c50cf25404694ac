"""The signals that Szarek et al. (2022) train on: one axis, no errors, all frames, their prior."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import final

import numpy as np

from perrin.estimate.networks.mfbm_cnn import MfbmCnn
from perrin.features.scale_free import scale_free, typical_step
from perrin.processes.hurst import HurstPrior
from perrin.simulate.harmonizable import sample_paths
from perrin.train.batch import Batch
from perrin.train.score import paper_signals
from perrin.types import Json


@final
@dataclass(frozen=True)
class MfbmPaperStream:
    """Signals from their first point on in units of their typical step, and H(t).

    Attributes:
        seed: of the whole stream.
        signals: in a batch; they share their length.
        lengths: lengths and how likely each is.
    """

    seed: int
    signals: int = 2
    lengths: dict[int, float] = field(default_factory=lambda: {256: 1.0, 384: 1.0, 512: 1.0})

    def batch(self, step: int) -> Batch:
        """Signals (n, T) and their H(t) (n, T)."""
        rng = np.random.default_rng([self.seed, step])
        chances = np.array(list(self.lengths.values()))
        length = int(rng.choice(list(self.lengths), p=chances / chances.sum()))
        hurst = HurstPrior().draw(self.signals, length, rng)
        paths = sample_paths(hurst, rng, single=True)[:, None, :]
        observed = np.ones((self.signals, length), dtype=bool)
        signal = scale_free(paths, observed, typical_step(paths, observed))
        return Batch(inputs=(signal[:, 0],), targets=(hurst.astype(np.float32),))

    def measure(self, model: Path) -> Json:
        """Errors of H on the signals of the paper, 500 each."""
        return {"signals of the paper": paper_signals(MfbmCnn(model=str(model)))}
