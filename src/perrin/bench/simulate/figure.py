"""Two panels: the covariance at the longest length over H, and microseconds a path."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from perrin.bench.simulate.covariance import LENGTHS
from perrin.figures import theme
from perrin.types import Json

_COLOURS = dict(
    zip(("stochastic", "andi-datasets", "fracbm", "fbm", "hurst-estimators", "torchfbm"), theme.PALETTE, strict=False)
)


def figures(result: Json) -> dict[str, go.Figure]:
    """`simulate`: the figure of the module."""
    figure = make_subplots(
        rows=1, cols=2, column_widths=[0.5, 0.5], horizontal_spacing=0.16,
        subplot_titles=(f"Smallest p-value of the covariance, n = {LENGTHS[-1]:,}", "Microseconds a path, n = 512"),
    )  # fmt: skip
    for name in ("fracbm", "hurst-estimators", "torchfbm", "stochastic", "andi-datasets", "fbm", "perrin"):
        cells = [c for c in result["covariance"]["cells"] if c["generator"] == name and c["n"] == LENGTHS[-1]]
        known = [c for c in cells if "p" in c]
        figure.add_scatter(
            x=[c["H"] for c in known], y=[max(min(c["p"].values()), 1e-12) for c in known], name=name,
            mode="lines+markers", line={"color": _colour(name), "width": 3 if name == "perrin" else 1.5},
            legend="legend", row=1, col=1,
        )  # fmt: skip
    figure.add_hline(y=1e-5, line=theme.GUIDE, row=1, col=1)
    rows = [row for row in result["speed"]["rows"] if row["n"] == 512]
    for row, opacity in zip(rows, (1.0, 0.55), strict=True):
        times = dict(sorted(row["microseconds a path"].items(), key=lambda item: -item[1]))
        figure.add_bar(
            x=list(times.values()), y=list(times), orientation="h", name=f"{row['H']} H", opacity=opacity,
            marker={"color": [_colour(name) for name in times]}, text=[f"{t:.1f}" for t in times.values()],
            textposition="outside", cliponaxis=False, showlegend=False, row=1, col=2,
        )  # fmt: skip
    figure.update_xaxes(title="H", row=1, col=1)
    figure.update_xaxes(type="log", title="µs", row=1, col=2)
    figure.update_yaxes(type="log", title="p (cut at 10<sup>−12</sup>)", row=1, col=1)
    figure.update_layout(template=theme.TEMPLATE, height=460)
    return {"simulate": figure}


def _colour(name: str) -> str:
    plain = name.partition(",")[0]
    return theme.ACCENT if plain == "perrin" else _COLOURS.get(plain, theme.QUIET)
