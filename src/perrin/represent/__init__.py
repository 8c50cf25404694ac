"""Room 2, how we look: clocks, windows, pairs of positions, mean squared displacements."""

from perrin.represent.clock import Clock, clock
from perrin.represent.msd import mean_squared_displacement, time_step
from perrin.represent.pairs import frame_steps, lagged_pairs
from perrin.represent.segments import Segments, rolling_starts, spread_to_points, stretches
from perrin.represent.variations import (
    DAUBECHIES_8,
    SECOND_DIFFERENCE,
    frames_from_ends,
    local_sums,
    neighbourhoods,
    squared_variations,
    track_sums,
)

__all__ = [
    "DAUBECHIES_8",
    "SECOND_DIFFERENCE",
    "Clock",
    "Segments",
    "clock",
    "frame_steps",
    "frames_from_ends",
    "lagged_pairs",
    "local_sums",
    "mean_squared_displacement",
    "neighbourhoods",
    "rolling_starts",
    "spread_to_points",
    "squared_variations",
    "stretches",
    "time_step",
    "track_sums",
]
