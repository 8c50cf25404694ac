"""Whether the model describes the tracks."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.figures import choose, theme
from perrin.result import Estimates

_BINS: Final = 20


def goodness_of_fit(estimates: Estimates) -> go.Figure:
    """Histogram of fit_p over the tracks; a model that fits gives bars around the line."""
    tracks = choose.estimated(estimates, "fit_p")
    if tracks.height == 0:
        return theme.nothing(choose.none_estimated(estimates, "goodness of fit (fit_p)"))
    counts, borders = np.histogram(tracks["fit_p"].to_numpy(), _BINS, (0.0, 1.0))
    figure = theme.blank(320, bargap=0.06, showlegend=False)
    figure.add_bar(
        x=(borders[:-1] + borders[1:]) / 2, y=counts, marker={"color": theme.ACCENT},
        customdata=np.column_stack([borders[:-1], borders[1:]]),
        hovertemplate="fit_p %{customdata[0]:.2f} to %{customdata[1]:.2f}: %{y} tracks<extra></extra>",
    )  # fmt: skip
    expected = tracks.height / _BINS
    figure.add_scatter(
        x=[0, 1], y=[expected, expected], mode="lines", line={"color": theme.EMPHASIS, "width": 2},
        hovertemplate="expected: %{y:.3g} tracks<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": "goodness-of-fit p-value fit_p (no unit)"}, range=[-0.01, 1.01], dtick=0.1)
    figure.update_yaxes(title={"text": "tracks"}, rangemode="tozero", tickformat=",~g")
    return theme.remark(figure, f"{tracks.height:,} tracks tested; line: expected if the model holds")
