"""What we show: one function a figure, `Estimates`, `Population` or `Tracks` in, a plotly Figure out.

A figure that has nothing to draw carries one sentence that says why; `theme.reason` returns it.
"""

from perrin.figures.against_truth import calibration, error_by_length, estimate_against_truth
from perrin.figures.alpha_d_map import alpha_d_map
from perrin.figures.alpha_distribution import alpha_distribution
from perrin.figures.condition_comparison import condition_comparison
from perrin.figures.constancy import band_shares, bands, p_values
from perrin.figures.d_frame_distribution import d_frame_distribution
from perrin.figures.gallery import gallery
from perrin.figures.goodness_of_fit import goodness_of_fit
from perrin.figures.msd import msd
from perrin.figures.population import population
from perrin.figures.series import hurst_series
from perrin.figures.strips import strips
from perrin.figures.track_map import track_map
from perrin.figures.turning_angles import turning_angles
from perrin.figures.van_hove import van_hove
from perrin.figures.velocity_autocorrelation import velocity_autocorrelation

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
    "strips",
    "track_map",
    "turning_angles",
    "van_hove",
    "velocity_autocorrelation",
]
