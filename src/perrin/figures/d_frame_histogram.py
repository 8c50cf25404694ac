"""How fast the tracks diffuse."""

from __future__ import annotations

import plotly.graph_objects as go
import polars as pl

from perrin.figures import selection, theme
from perrin.figures.distribution import PlottedQuantity, distribution
from perrin.result import Estimates


def d_frame_distribution(estimates: Estimates) -> go.Figure:
    """Histogram of D_frame over the tracks on a log axis, a panel a condition, with median and quartiles."""
    tracks = selection.estimated(estimates, "D_frame").filter(pl.col("D_frame") > 0)
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "D_frame"))
    title = theme.label("D_frame", estimates.units.frame_diffusion)
    return distribution(tracks, PlottedQuantity("D_frame", title, log=True))
