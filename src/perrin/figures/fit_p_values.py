"""Whether the model describes the tracks."""

from __future__ import annotations

import plotly.graph_objects as go

from perrin.figures import selection, theme
from perrin.figures.bars import p_values
from perrin.result import Estimates


def goodness_of_fit(estimates: Estimates) -> go.Figure:
    """Histogram of fit_p over the tracks; a model that fits gives bars around the line."""
    tracks = selection.estimated(estimates, "fit_p")
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "goodness of fit (fit_p)"))
    figure = p_values(tracks["fit_p"].to_numpy(), "fit_p", "goodness-of-fit p-value fit_p (no unit)", form=".2f")
    figure.update_xaxes(dtick=0.1)
    return theme.remark(figure, f"{tracks.height:,} tracks tested; line: expected if the model holds")
