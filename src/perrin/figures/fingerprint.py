"""Class-averaged wavelet spectra, a panel a family."""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from perrin.figures import theme
from perrin.result import Fingerprints

_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash")


def fingerprints(result: Fingerprints) -> go.Figure:
    """Mean |W| over scale, each family's summing to 1, with 95 % bands over tracks; a line a class."""
    if result.spectra.height == 0:
        return theme.nothing("Nothing to show here: no class has a track as long as a window.")
    families = result.spectra["family"].unique(maintain_order=True).to_list()
    figure = make_subplots(
        rows=2, cols=3, shared_xaxes=True, vertical_spacing=0.1, horizontal_spacing=0.06, subplot_titles=families
    )
    figure.update_layout(theme.blank(640).layout)
    for number, name in enumerate(result.spectra["class"].unique(maintain_order=True).to_list()):
        color, dash = theme.PALETTE[number % len(theme.PALETTE)], _DASHES[number // len(theme.PALETTE) % len(_DASHES)]
        for place, family in enumerate(families):
            rows = result.spectra.filter((pl.col("class") == name) & (pl.col("family") == family))
            _line(figure, rows, name, color, dash, place)
    figure.update_xaxes(type="log", dtick="D2", tickformat="~g")
    figure.update_xaxes(title="scale (frames)", row=2)
    figure.update_yaxes(type="log", dtick=1, exponentformat="power")
    figure.update_yaxes(title="share of |W|", col=1)
    return figure.update_layout(legend={"y": 1.08})


def _line(figure: go.Figure, rows: pl.DataFrame, name: str, color: str, dash: str, place: int) -> None:
    where = {"row": place // 3 + 1, "col": place % 3 + 1}
    scale, low, high = (rows[column].to_list() for column in ("scale", "level_lo", "level_hi"))
    if rows["level_lo"].null_count() == 0:
        figure.add_scatter(
            x=scale + scale[::-1], y=high + low[::-1], fill="toself", line={"width": 0}, fillcolor=color, opacity=0.2,
            hoverinfo="skip", legendgroup=name, showlegend=False, **where,
        )  # fmt: skip
    figure.add_scatter(
        x=scale, y=rows["level"].to_list(), mode="lines", line={"color": color, "dash": dash, "width": 1.8},
        name=f"{theme.plain(name)} ({rows['tracks'][0]:,} tracks)", legendgroup=name, showlegend=place == 0, **where,
    )  # fmt: skip
