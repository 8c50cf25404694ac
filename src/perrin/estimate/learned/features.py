"""The numbers that a window becomes before a model sees it, by the name of their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from perrin.estimate.learned.windows import Windows
from perrin.estimate.posterior_statistics import posterior_statistics
from perrin.represent.spectra import spectra
from perrin.represent.statistics import statistics
from perrin.types import FloatArray

FEATURES: Final[Mapping[str, Callable[[FloatArray], dict[str, FloatArray]]]] = {
    "posterior": posterior_statistics,
    "statistics": statistics,
    "wavelet": spectra,
}
"""Kinds of numbers: of the exact posterior and its residuals, classical statistics, pooled scalograms. None depends on
units, place or direction."""
_AT_ONCE: Final = 2_000
_LARGEST: Final = 1e6


def features(kinds: Sequence[str], windows: Windows) -> NDArray[np.float32]:
    """(windows.size, F) the numbers of all windows in single precision; NaN for windows in no group."""
    found = np.full((windows.size, len(names(kinds))), np.nan, dtype=np.float32)
    for rows, places in windows.groups:
        for i in range(0, len(rows), _AT_ONCE):
            found[rows[i : i + _AT_ONCE]] = of_positions(kinds, places[i : i + _AT_ONCE])
    return found


def of_positions(kinds: Sequence[str], places: FloatArray) -> NDArray[np.float32]:
    """(k, F) the numbers of windows (k, d, T) that all span T frames."""
    with np.errstate(over="ignore", invalid="ignore"):
        columns = [values for kind in kinds for values in FEATURES[kind](places).values()]
        stacked = np.column_stack(columns)
    return np.nan_to_num(stacked, nan=0.0, posinf=_LARGEST, neginf=-_LARGEST).astype(np.float32)


def names(kinds: Sequence[str]) -> list[str]:
    """What each of the numbers is."""
    example = np.random.default_rng(0).standard_normal((1, 2, 40)).cumsum(axis=2)
    return [f"{kind}: {name}" for kind in kinds for name in FEATURES[kind](example)]
