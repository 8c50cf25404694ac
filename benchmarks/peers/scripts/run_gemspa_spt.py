"""gemspa-spt: time-averaged MSD of each track."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from gemspa_spt import ParticleTracks


def tamsd(positions: np.ndarray, lags: np.ndarray) -> PeerTask:
    """`msd` at lags 1 to `lags` (frames) of each track; `positions` is (k, n, 2), NaN where a frame is missing."""
    k, n = positions.shape[:2]
    rows = np.column_stack([
        np.repeat(np.arange(k), n), np.tile(np.arange(n), k), np.zeros(k * n), positions.reshape(-1, 2)[:, ::-1]
    ])  # fmt: skip
    tracks = ParticleTracks(tracks=rows[np.isfinite(rows).all(axis=1)])
    tracks.microns_per_pixel = tracks.time_lag_sec = 1.0
    return PeerTask(lambda i: {"msd": tracks.msd(i)[1 : int(lags) + 1, 4]}, k)


answer("gemspa-spt", {"tamsd": tamsd})
