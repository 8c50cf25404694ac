"""How alpha is spread over the tracks."""

from __future__ import annotations

import plotly.graph_objects as go

from perrin.figures import selection, theme
from perrin.figures.distribution import PlottedQuantity, distribution
from perrin.result import Estimates


def alpha_distribution(estimates: Estimates) -> go.Figure:
    """Histogram of alpha over the tracks, a panel a condition, with median and quartiles; dashed: alpha = 1."""
    tracks = selection.estimated(estimates, "alpha")
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "alpha"))
    return distribution(
        tracks, PlottedQuantity("alpha", "anomalous exponent alpha (no unit)", log=False, reference=1.0)
    )
