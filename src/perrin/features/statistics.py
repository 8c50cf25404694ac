"""Classical statistics of tracks, free of unit and direction, for learning: what the field has always looked at.

Of every window of T frames: how the mean squared displacement grows, how steps go on and vary, how they are
distributed, what is near the ends. Thirty numbers an axis are usual; these are as many for all axes together, and the
same in one dimension. For such sets see Muñoz-Gil et al. (2021) Nat. Commun. 12, 6253 and Pinholt et al. (2021) PNAS
118, e2104624118.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.fft import dct

from perrin.types import FloatArray

LAGS: Final = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Frames over which the mean squared displacement is compared with that over one."""
_TINY: Final = 1e-12


def statistics(positions: FloatArray) -> dict[str, FloatArray]:
    """Named numbers (k,) of windows (k, d, T) of T frames without gaps; finite for all that move at all."""
    steps = np.diff(positions, axis=2)
    square = (steps**2).sum(axis=1)
    unit = np.maximum(square.mean(axis=1), np.finfo(np.float64).tiny)
    steps, square = steps / np.sqrt(unit)[:, None, None], square / unit[:, None]
    places = positions / np.sqrt(unit)[:, None, None]
    return _growth(places) | _memory(steps, square) | _sizes(steps, square, places) | _history(steps, square, places)


def _growth(places: FloatArray) -> dict[str, FloatArray]:
    """How displacements spread with the lag, and whether they become normal."""
    found: dict[str, FloatArray] = {}
    frames = places.shape[2]
    slopes = []
    for lag in LAGS:
        reach = min(lag, frames // 2)
        far = places[:, :, reach:] - places[:, :, :-reach]
        msd = (far**2).sum(axis=1).mean(axis=1)
        found[f"log MSD over {lag}"] = _log(msd)
        slopes.append(_log(msd) / np.log(reach))
        if lag in (4, 12):
            found[f"kurtosis over {lag}"] = _kurtosis(far)
    found["exponent, short"], found["exponent, long"] = np.mean(slopes[:3], axis=0), np.mean(slopes[4:], axis=0)
    return found


def _memory(steps: FloatArray, square: FloatArray) -> dict[str, FloatArray]:
    """How a step depends on those before it, in direction and in size."""
    found = {}
    size = np.sqrt(square)
    excess = size - size.mean(axis=1, keepdims=True)
    spread = np.maximum((excess**2).mean(axis=1), _TINY)
    for lag in (1, 2, 3, 5):
        found[f"correlation after {lag}"] = (steps[:, :, lag:] * steps[:, :, :-lag]).sum(axis=1).mean(axis=1)
    for lag in (1, 2, 4, 8):
        reach = min(lag, steps.shape[2] // 2)
        found[f"correlation of sizes after {lag}"] = (excess[:, reach:] * excess[:, :-reach]).mean(axis=1) / spread
    turn = (steps[:, :, 1:] * steps[:, :, :-1]).sum(axis=1)
    cosine = turn / np.sqrt(np.maximum(square[:, 1:] * square[:, :-1], _TINY))
    found["mean turn"], found["straight ahead"] = cosine.mean(axis=1), (cosine > 0.9).mean(axis=1)
    return found


def _sizes(steps: FloatArray, square: FloatArray, places: FloatArray) -> dict[str, FloatArray]:
    """How the sizes of steps are distributed."""
    size = np.sqrt(square)
    low, middle, high = np.quantile(size, [0.1, 0.5, 0.9], axis=1)
    second = np.diff(steps, axis=2)
    return {
        "kurtosis": _kurtosis(steps),
        "largest step": _log(size.max(axis=1)),
        "smallest tenth": np.maximum(_log(low), -6),
        "median step": np.maximum(_log(middle), -6),
        "largest tenth": _log(high),
        "mean step": size.mean(axis=1),
        "kurtosis of second differences": _kurtosis(second),
        "path over range": _log(size.sum(axis=1)) - _log(np.ptp(places, axis=2).max(axis=1)),
    }


def _history(steps: FloatArray, square: FloatArray, places: FloatArray) -> dict[str, FloatArray]:
    """How the steps change along the track, slowly and at once."""
    m = square.shape[1]
    share = np.cumsum(square, axis=1) / np.maximum(square.sum(axis=1, keepdims=True), _TINY)
    even = np.arange(1, m + 1) / m
    energy = (dct(steps, axis=2, norm="ortho") ** 2).sum(axis=1)
    edges = np.unique(np.rint(m / 2.0 ** np.arange(4, -1, -1)).astype(int))
    bands = np.split(energy, edges[:-1], axis=1)
    found = {f"energy in band {i}": _log(band.mean(axis=1)) for i, band in enumerate(bands)}
    for i, part in enumerate(np.array_split(square, 4, axis=1)):
        found[f"energy in quarter {i + 1}"] = np.maximum(_log(part.mean(axis=1)), -6)
    center = places - places.mean(axis=2, keepdims=True)
    return found | {
        "earlier than even": (share - even).mean(axis=1),
        "most uneven": np.abs(share - even).max(axis=1),
        "net over all": _log(((places[:, :, -1] - places[:, :, 0]) ** 2).sum(axis=1) / m),
        "gyration": _log((center**2).sum(axis=1).mean(axis=1) / m),
    }


def _kurtosis(numbers: FloatArray) -> FloatArray:
    """log of the mean fourth power over the squared mean square, all axes together."""
    square = (numbers**2).sum(axis=1)
    return _log((square**2).mean(axis=1) / np.maximum(square.mean(axis=1) ** 2, _TINY))


def _log(values: FloatArray) -> FloatArray:
    return np.asarray(np.log(np.maximum(values, _TINY)))
