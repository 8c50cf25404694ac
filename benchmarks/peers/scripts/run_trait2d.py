"""TRAIT2D: time-averaged MSD of each track."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from trait2d.analysis import Track


def tamsd(positions: np.ndarray, lags: np.ndarray) -> PeerTask:
    """`msd` at lags 1 to `lags` (frames) of each track; `positions` is (k, n, 2), NaN where a frame is missing."""
    seen = [np.flatnonzero(np.isfinite(p[:, 0])) for p in positions]

    def call(i: int) -> dict[str, np.ndarray]:
        track = Track(x=positions[i, seen[i], 0], y=positions[i, seen[i], 1], t=seen[i].astype(float))
        track.calculate_msd()
        return {"msd": track.get_msd()[: int(lags)]}

    return PeerTask(call, len(positions))


answer("trait2d", {"tamsd": tamsd})
