"""What we show: one function a figure, `Estimates`, `Population` or `Tracks` in, a plotly Figure out.

A figure that has nothing to draw carries one sentence that says why; `theme.reason` returns it.
"""

from perrin.figures.against_truth import calibration, error_by_length, estimate_against_truth
from perrin.figures.alpha_against_d import alpha_d_map
from perrin.figures.alpha_histogram import alpha_distribution
from perrin.figures.angle_histogram import turning_angles
from perrin.figures.autocorrelation import velocity_autocorrelation
from perrin.figures.conditions import condition_comparison
from perrin.figures.d_frame_histogram import d_frame_distribution
from perrin.figures.fit_p_values import goodness_of_fit
from perrin.figures.hurst_test import band_shares, bands, p_values
from perrin.figures.msd_curves import msd
from perrin.figures.population_density import population
from perrin.figures.series import hurst_series
from perrin.figures.step_distribution import van_hove
from perrin.figures.track_gallery import gallery
from perrin.figures.track_maps import track_map
from perrin.figures.track_profiles import profiles

__all__ = [
    "alpha_d_map",
    "alpha_distribution",
    "band_shares",
    "bands",
    "calibration",
    "condition_comparison",
    "d_frame_distribution",
    "error_by_length",
    "estimate_against_truth",
    "gallery",
    "goodness_of_fit",
    "hurst_series",
    "msd",
    "p_values",
    "population",
    "profiles",
    "track_map",
    "turning_angles",
    "van_hove",
    "velocity_autocorrelation",
]
