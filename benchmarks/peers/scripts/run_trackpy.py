"""trackpy: time-averaged MSD of each track."""

from __future__ import annotations

import numpy as np
import pandas as pd
from exchange import PeerTask, answer
from trackpy.motion import msd


def tamsd(positions: np.ndarray, lags: np.ndarray) -> PeerTask:
    """`msd` at lags 1 to `lags` (frames) of each track; `positions` is (k, n, 2), NaN where a frame is missing."""
    tables = [pd.DataFrame(p, columns=["x", "y"]).assign(frame=np.arange(len(p))).dropna() for p in positions]
    return PeerTask(lambda i: {"msd": msd(tables[i], 1, 1, max_lagtime=int(lags))["msd"].to_numpy()}, len(tables))


answer("trackpy", {"tamsd": tamsd})
