"""What we show: one function a figure, `Estimates`, `Population` or `Tracks` in, a plotly Figure out.

A figure that has nothing to draw carries one sentence that says why; `theme.reason` returns it.
"""

from perrin.figures.alpha_d_map import alpha_d_map
from perrin.figures.alpha_distribution import alpha_distribution
from perrin.figures.constancy import band_shares, bands, p_values
from perrin.figures.d_frame_distribution import d_frame_distribution
from perrin.figures.gallery import gallery
from perrin.figures.goodness_of_fit import goodness_of_fit
from perrin.figures.msd import msd
from perrin.figures.population import population
from perrin.figures.strips import strips

__all__ = [
    "alpha_d_map",
    "alpha_distribution",
    "band_shares",
    "bands",
    "d_frame_distribution",
    "gallery",
    "goodness_of_fit",
    "msd",
    "p_values",
    "population",
    "strips",
]
