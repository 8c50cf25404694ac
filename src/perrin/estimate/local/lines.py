"""Straight lines through many sets of points at once."""

from __future__ import annotations

import numpy as np

from perrin.types import BoolArray, FloatArray


def weighted_lines(x: FloatArray, y: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Weighted least squares along the first axis; points of weight 0 do not count and may be NaN.

    Args:
        x: (k, n) or (k, 1).
        y: (k, n).
        weights: (k, n), not negative.

    Returns:
        (n,) slopes, heights at x = 0, and whether there were two points or more; both are 0 where there were not.
    """
    used = weights > 0
    total = np.maximum(weights.sum(axis=0), np.finfo(float).tiny)
    y = np.where(used, y, 0.0)
    weighted_x = weights * np.where(used, x, 0.0)
    mean_x, mean_y = weighted_x.sum(axis=0) / total, (weights * y).sum(axis=0) / total
    spread = (weighted_x * x).sum(axis=0, where=used) - mean_x**2 * total
    fitted = used.sum(axis=0) >= 2
    slope = np.zeros(fitted.shape)
    np.divide((weighted_x * y).sum(axis=0) - mean_x * mean_y * total, spread, out=slope, where=fitted)
    return slope, np.where(fitted, mean_y - slope * mean_x, 0.0), fitted
