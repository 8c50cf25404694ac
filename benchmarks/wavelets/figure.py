"""Errors against the number of tracks learned from."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from perrin.figures import theme
from perrin.types import Json

_FEATURES, _WAVELET, _BOTH = theme.PALETTE[1], theme.PALETTE[0], theme.PALETTE[2]
_LOOK = {
    "trees": (_BOTH, "solid"), "posterior-trees": (theme.INK, "dot"), "boosting": (_FEATURES, "solid"),
    "forest": (_FEATURES, "dash"), "linear": (_FEATURES, "dot"), "wavelet-trees": (_WAVELET, "solid"),
    "wavelet-boosting": (_WAVELET, "dash"), "wavelet-net": (_WAVELET, "dot"), "wavelet, mean": (_WAVELET, "longdash"),
    "attention-net": (theme.EMPHASIS, "solid"), "recurrent-net": (theme.EMPHASIS, "dash"),
    "without wavelets, mean": (theme.QUIET, "dot"), "together": (_BOTH, "longdash"),
}  # fmt: skip
"""A colour for each route, a dash for each learner of it."""


def figures(result: Json) -> dict[str, go.Figure]:
    """`wavelets-alpha`: MAE of alpha; `wavelets-class`: micro-F1."""
    return {
        "wavelets-alpha": _figure(result, "alpha MAE", "mean absolute error of α"),
        "wavelets-class": _figure(result, "micro-F1", "micro-F1, five models"),
    }


def _figure(result: Json, key: str, title: str) -> go.Figure:
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04, subplot_titles=["1-D", "2-D"])
    figure.update_layout(theme.blank(520).layout)
    named: set[str] = set()
    for column, table in enumerate(result["curves"].values(), start=1):
        for name, rows in table.items():
            color, dash = _LOOK[name]
            at = [n for n in rows if n != "route"]
            values = [rows[n][key] for n in at]
            figure.add_scatter(
                x=[int(n) for n in at], y=[v["value"] for v in values], name=f"{name} ({rows['route']})",
                legendgroup=name, showlegend=name not in named, line={"color": color, "dash": dash, "width": 1.8},
                error_y={"type": "data", "symmetric": False, "array": [v["hi"] - v["value"] for v in values],
                         "arrayminus": [v["value"] - v["lo"] for v in values], "width": 0, "thickness": 1},
                row=1, col=column,
            )  # fmt: skip
            named.add(name)
    figure.update_xaxes(
        type="log", title="tracks learned from", tickformat=",d", tickvals=[100, 300, 1000, 3000, 10000, 100000]
    )
    figure.update_yaxes(title=title, col=1)
    figure.update_layout(legend={"y": 1.1, "itemwidth": 55})
    return figure
