"""Room 2, how we look: clocks, windows, pairs of positions, mean squared displacements."""

from perrin.features.clock import Clock, frame_clock
from perrin.features.msd import mean_squared_displacement, time_step
from perrin.features.pairs import frame_steps, lagged_pairs
from perrin.features.variations import (
    DAUBECHIES_8,
    SECOND_DIFFERENCE,
    frames_from_ends,
    local_sums,
    neighborhoods,
    squared_variations,
    track_sums,
)
from perrin.features.windows import Windows, cut_windows, window_of_each_point, window_starts

__all__ = [
    "DAUBECHIES_8",
    "SECOND_DIFFERENCE",
    "Clock",
    "Windows",
    "cut_windows",
    "frame_clock",
    "frame_steps",
    "frames_from_ends",
    "lagged_pairs",
    "local_sums",
    "mean_squared_displacement",
    "neighborhoods",
    "squared_variations",
    "time_step",
    "track_sums",
    "window_of_each_point",
    "window_starts",
]
