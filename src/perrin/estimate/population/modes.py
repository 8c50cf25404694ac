"""Kinds of motion: the hills of the distribution over log D_frame, divided where the valleys are real."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from scipy.ndimage import gaussian_filter1d

from perrin.types import FloatArray, IntArray

_SMOOTH: Final = 2.0
"""Standard deviation, in steps of the grid, by which atoms are spread before hills and valleys are looked for."""
_DIP: Final = 0.8
_SURE: Final = 0.9
_LEAST: Final = 0.01
_FLOOR: Final = 0.01


def valleys(marginal: FloatArray, draws: FloatArray) -> tuple[IntArray, FloatArray]:
    """Where the distribution over D_frame falls apart.

    A valley is real if in 90 % of the resamples it lies below four fifths of the lower of the hills beside it, and if
    each side holds 1 % of the tracks.

    Args:
        marginal: (r,) fractions over the values of D_frame.
        draws: (b, r) the same of resampled tracks.

    Returns:
        Indices (k,) at which a new mode begins, and (k,) in which fraction of the resamples each is a valley.
    """
    smooth, resampled = (gaussian_filter1d(x, _SMOOTH, axis=-1, mode="constant") for x in (marginal, draws))
    inner = np.arange(1, len(marginal) - 1)
    borders = inner[(smooth[inner] <= smooth[inner - 1]) & (smooth[inner] < smooth[inner + 1])]
    while len(borders):
        support = np.array([_share(resampled, borders, i) for i in range(len(borders))])
        masses = np.add.reduceat(marginal, np.concatenate([[0], borders]))
        light = np.minimum(masses[:-1], masses[1:]) < _LEAST
        support[light] = -1.0
        worst = int(support.argmin())
        if support[worst] >= _SURE:
            return _centered(borders, smooth), support
        borders = np.delete(borders, worst)
    return np.zeros(0, dtype=np.int64), np.zeros(0)


def _centered(borders: IntArray, smooth: FloatArray) -> IntArray:
    """Borders moved to the middle of their valleys' floors."""
    tops = [int(hill.argmax()) for hill in np.split(smooth, borders)]
    starts = np.concatenate([[0], borders])
    places = starts + np.array(tops)
    moved = []
    for left, right in pairwise(places):
        between = smooth[left:right]
        floor = np.flatnonzero(between <= between.min() + _FLOOR * min(smooth[left], smooth[right]))
        moved.append(left + round(float(floor.mean())))
    return np.array(moved, dtype=np.int64)


def _share(draws: FloatArray, borders: IntArray, index: int) -> float:
    """In which fraction of the draws the border number `index` is a valley."""
    if len(draws) == 0:
        return 1.0
    begin = 0 if index == 0 else borders[index - 1]
    end = draws.shape[1] if index == len(borders) - 1 else borders[index + 1]
    at = borders[index]
    low = draws[:, max(at - 1, 0) : at + 2].min(axis=1)
    hills = np.minimum(draws[:, begin:at].max(axis=1), draws[:, at:end].max(axis=1))
    return float(np.mean(low < _DIP * hills))
