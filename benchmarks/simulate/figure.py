"""The covariance at the longest length over H, and microseconds a path."""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.simulate.covariance import LENGTHS, SMALLEST
from perrin.figures import theme
from perrin.types import Json

LOWEST: Final = 1e-12
"""p-values below are drawn here."""
_COLORS: Final = dict(
    zip(("stochastic", "andi-datasets", "fracbm", "fbm", "hurst-estimators", "torchfbm"), theme.PALETTE, strict=False)
)

_DASHES: Final = {"andi-datasets": "dot"}
"""It calls stochastic, and from the same seed draws the same."""


def figures(result: Json) -> dict[str, go.Figure]:
    """`simulate`: the figure of the module."""
    lengths = sorted({row["n"] for row in result["speed"]["rows"]})
    figure = make_subplots(
        rows=2, cols=2, column_widths=[0.48, 0.52], horizontal_spacing=0.2, vertical_spacing=0.14,
        specs=[[{"rowspan": 2}, {}], [None, {}]],
        subplot_titles=(f"Covariance, n = {LENGTHS[-1]:,}", *(f"Microseconds a path, n = {n:,}" for n in lengths)),
    )  # fmt: skip
    for name in ("fracbm", "hurst-estimators", "torchfbm", "stochastic", "andi-datasets", "fbm", "perrin"):
        cells = [c for c in result["covariance"]["cells"] if c["generator"] == name and c["n"] == LENGTHS[-1]]
        known = [c for c in cells if "p" in c]
        figure.add_scatter(
            x=[c["H"] for c in known], y=[max(min(c["p"].values()), LOWEST) for c in known], name=name,
            mode="lines+markers", row=1, col=1,
            line={"color": _color(name), "width": 3 if name == "perrin" else 1.5, "dash": _DASHES.get(name)},
        )  # fmt: skip
    figure.add_hline(y=SMALLEST, line=theme.GUIDE, row=1, col=1)
    for place, n in enumerate(lengths, start=1):
        for row in (row for row in result["speed"]["rows"] if row["n"] == n):
            times = dict(reversed(row["microseconds a path"].items()))
            figure.add_bar(
                x=list(times.values()), y=list(times), orientation="h", opacity=1.0 if row["H"] == "shared" else 0.5,
                marker={"color": [_color(name) for name in times]}, cliponaxis=False, showlegend=False,
                text=[f"{micro:.0f} {row['H']} H" for micro in times.values()], textposition="outside",
                textfont={"size": 10}, row=place, col=2,
            )  # fmt: skip
    figure.update_xaxes(title="H", row=1, col=1)
    figure.update_yaxes(type="log", title="smallest of three p-values", exponentformat="power", row=1, col=1)
    figure.update_layout(
        template=theme.TEMPLATE, height=760, bargap=0.15, margin={"b": 110, "r": 70},
        legend={"orientation": "h", "x": 0, "y": -0.08, "yanchor": "top"},
    )  # fmt: skip
    return {"simulate": figure}


def _color(name: str) -> str:
    plain = name.partition(",")[0]
    return theme.ACCENT if plain == "perrin" else _COLORS.get(plain, theme.QUIET)
