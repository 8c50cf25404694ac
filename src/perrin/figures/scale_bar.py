"""The length of a scale bar."""

from __future__ import annotations

import numpy as np


def bar_length(extent: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is at most 0.45 of `extent`."""
    if not extent > 0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(0.45 * extent))
    return float(max(n * power for n in (1.0, 2.0, 5.0) if n * power <= 0.45 * extent * (1 + 1e-9)))
