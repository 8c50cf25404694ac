"""Room 2, how we look: clocks, windows, pairs of positions, mean squared displacements."""

from perrin.represent.clock import Clock, clock
from perrin.represent.msd import mean_squared_displacement, time_step
from perrin.represent.pairs import lagged_pairs
from perrin.represent.segments import Segments, rolling_starts, spread_to_points, stretches

__all__ = [
    "Clock",
    "Segments",
    "clock",
    "lagged_pairs",
    "mean_squared_displacement",
    "rolling_starts",
    "spread_to_points",
    "stretches",
    "time_step",
]
