"""Histograms of numbers between 0 and a known end: p-values, shares."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.figures import theme
from perrin.types import FloatArray

_BINS: Final = 20


def bars(values: FloatArray, name: str, title: str, *, top: float = 1.0, form: str = ".3g") -> go.Figure:
    """How many tracks lie in each twentieth of 0 to `top`; `name` and `form` are for the label under the pointer."""
    counts, borders = np.histogram(values, _BINS, (0.0, top))
    figure = theme.blank(320, bargap=0.06, showlegend=False)
    figure.add_bar(
        x=(borders[:-1] + borders[1:]) / 2, y=counts, marker={"color": theme.ACCENT},
        customdata=np.column_stack([borders[:-1], borders[1:]]),
        hovertemplate=f"{name} %{{customdata[0]:{form}}} to %{{customdata[1]:{form}}}: %{{y}} tracks<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": title}, range=[-0.01 * top, 1.01 * top])
    figure.update_yaxes(title={"text": "tracks"}, rangemode="tozero", tickformat=",~g")
    return figure


def p_values(values: FloatArray, name: str, title: str, *, form: str = ".3g") -> go.Figure:
    """The histogram of p-values with the line around which its bars lie where the hypothesis is true."""
    figure = bars(values, name, title, form=form)
    expected = len(values) / _BINS
    figure.add_scatter(
        x=[0, 1], y=[expected, expected], mode="lines", line={"color": theme.EMPHASIS, "width": 2},
        hovertemplate="expected: %{y:.3g} tracks<extra></extra>",
    )  # fmt: skip
    return figure
