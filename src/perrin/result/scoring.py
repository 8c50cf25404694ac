"""How far estimates are from the truth, and whether their intervals hold what they promise."""

from __future__ import annotations

import numpy as np

from perrin.types import FloatArray, Json


def scores(truth: FloatArray, value: FloatArray, low: FloatArray | None = None, high: FloatArray | None = None) -> Json:
    """Errors of `value` against `truth`, over all entries that were estimated (not NaN).

    Returns:
        `mae` and `rmse`; `estimated`, the share of entries with a value; and with intervals `coverage`, the share
        of them that hold the truth, and `width`, their mean width.
    """
    given = np.isfinite(value)
    error = (value - truth)[given]
    found: Json = {
        "mae": float(np.abs(error).mean()) if error.size else None,
        "rmse": float(np.sqrt(np.mean(error**2))) if error.size else None,
        "estimated": float(given.mean()) if given.size else 0.0,
    }
    if low is not None and high is not None and error.size:
        inside = (low <= truth) & (truth <= high)
        found |= {"coverage": float(inside[given].mean()), "width": float((high - low)[given].mean())}
    return found
