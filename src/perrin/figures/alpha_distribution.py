"""How alpha is spread over the tracks."""

from __future__ import annotations

import plotly.graph_objects as go

from perrin.figures import choose, theme
from perrin.figures.distribution import Quantity, distribution
from perrin.result import Estimates


def alpha_distribution(estimates: Estimates) -> go.Figure:
    """Histogram of alpha over the tracks, a panel a condition, with median and quartiles; dashed: alpha = 1."""
    tracks = choose.estimated(estimates, "alpha")
    if tracks.height == 0:
        return theme.nothing(choose.none_estimated(estimates, "alpha"))
    return distribution(tracks, Quantity("alpha", "anomalous exponent alpha (no unit)", log=False, reference=1.0))
