"""whittlehurst: time-domain maximum likelihood and Whittle's likelihood for H of fractional Gaussian noise."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from whittlehurst import tdml, whittle


def hurst(increments: np.ndarray) -> PeerTask:
    """`hurst` of each row of `increments` (k, n), by TDML."""
    return PeerTask(lambda i: {"hurst": tdml(increments[i])}, len(increments))


def hurst_whittle(increments: np.ndarray) -> PeerTask:
    """`hurst` of each row of `increments` (k, n), by Whittle's likelihood in the default spectrum."""
    return PeerTask(lambda i: {"hurst": whittle(increments[i])}, len(increments))


answer("whittlehurst", {"hurst": hurst, "hurst_whittle": hurst_whittle})
