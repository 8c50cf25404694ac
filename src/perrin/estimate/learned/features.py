"""The numbers that a window becomes before a model sees it, by the name of their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perrin.estimate.learned.frame_windows import FrameWindows
from perrin.estimate.learned.posterior_statistics import posterior_statistics
from perrin.features.spectra import spectra
from perrin.features.statistics import statistics
from perrin.types import FloatArray

FEATURES: Final[Mapping[str, Callable[[FloatArray], dict[str, FloatArray]]]] = {
    "posterior": posterior_statistics,
    "statistics": statistics,
    "wavelet": spectra,
}
"""Kinds of numbers: of the exact posterior and its residuals, classical statistics, pooled scalograms. None depends on
units, place or direction."""
STEPS: Final = "steps"
"""What networks look at besides: the steps themselves, in units of their root mean square."""
_AT_ONCE: Final = 2_000
_LARGEST: Final = 1e6


def window_features(kinds: Sequence[str], windows: FrameWindows) -> NDArray[np.float32]:
    """(windows.size, F) the numbers of all windows in single precision; NaN for windows in no group.

    Where `kinds` ends in "steps", the d · (n - 1) steps of each axis in turn come last.
    """
    numbers = [kind for kind in kinds if kind != STEPS]
    found = np.full((windows.size, len(feature_names(numbers))), np.nan, dtype=np.float32)
    for rows, places in windows.groups:
        for i in range(0, len(rows), _AT_ONCE):
            found[rows[i : i + _AT_ONCE]] = features_of_positions(numbers, places[i : i + _AT_ONCE])
    if STEPS not in kinds:
        return found
    d, n = windows.shape
    return np.hstack([found, unit_steps(windows).reshape(windows.size, d * (n - 1))])


def unit_steps(windows: FrameWindows) -> NDArray[np.float32]:
    """(windows.size, d, n - 1) steps in units of each window's root mean square; NaN for windows in no group.

    Each window has axes of its own (`along_own_axes`), so that it does not matter how the camera was turned. Of windows
    that span more than n frames, because of gaps, the n in the middle are taken.
    """
    d, n = windows.shape
    found = np.full((windows.size, d, n - 1), np.nan, dtype=np.float32)
    for rows, places in windows.groups:
        early = (places.shape[2] - n) // 2
        found[rows] = of_unit_size(along_own_axes(np.diff(places[:, :, early : early + n], axis=2)))
    return found


def along_own_axes(steps: FloatArray) -> FloatArray:
    """Steps (k, d, m) along the principal axes of each window, each axis in the direction of the net displacement."""
    turned = np.linalg.eigh(steps @ steps.swapaxes(1, 2))[1].swapaxes(1, 2) @ steps
    return np.asarray(turned * np.where(turned.sum(axis=2, keepdims=True) < 0, -1.0, 1.0))


def of_unit_size(steps: FloatArray | NDArray[np.float32]) -> NDArray[np.float32]:
    """Steps (k, d, m) over each window's root mean square, in single precision; a window at rest stays at rest."""
    unit = np.sqrt(np.mean(steps**2, axis=(1, 2), keepdims=True))
    return np.asarray(steps / np.where(unit > 0, unit, 1.0), dtype=np.float32)


def features_of_positions(kinds: Sequence[str], places: FloatArray) -> NDArray[np.float32]:
    """(k, F) the numbers of windows (k, d, T) that all span T frames."""
    with np.errstate(over="ignore", invalid="ignore"):
        columns = [values for kind in kinds for values in FEATURES[kind](places).values()]
        stacked = np.column_stack(columns)
    return np.nan_to_num(stacked, nan=0.0, posinf=_LARGEST, neginf=-_LARGEST).astype(np.float32)


def feature_names(kinds: Sequence[str]) -> list[str]:
    """What each of the numbers is."""
    example = np.random.default_rng(0).standard_normal((1, 2, 40)).cumsum(axis=2)
    return [f"{kind}: {name}" for kind in kinds for name in FEATURES[kind](example)]
