"""`tandem`: errors of H by localisation error and of the curves of changing tracks, method by method."""

from __future__ import annotations

from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from perrin.figures import theme
from perrin.types import Json

_LOOK: Final = {
    "tandem-lstm": (theme.PALETTE[0], "solid"),
    "tandem-lstm-paper": (theme.PALETTE[0], "dot"),
    "exact": (theme.INK, "solid"),
    "tamsd 1-4": (theme.PALETTE[1], "solid"),
    "tamsd 1-10": (theme.PALETTE[1], "dash"),
    "tamsd 1-4, error subtracted": (theme.PALETTE[1], "dot"),
}
_BARS: Final = ("tandem-lstm", "exact", "tandem-lstm-paper", "mfbm-net", "tamsd 1-4", "tamsd 1-10")


def figures(result: Json) -> dict[str, go.Figure]:
    """Errors on windows of one law, and of whole curves."""
    return {"tandem": _windows(result["windows of one law"]), "tandem-curves": _curves(result["tracks that change"])}


def _windows(rows: list[Json]) -> go.Figure:
    figure = make_subplots(
        rows=2, cols=3, shared_xaxes=True, shared_yaxes="rows", vertical_spacing=0.08, horizontal_spacing=0.03,
        subplot_titles=["1-D", "2-D", "3-D"],
    )  # fmt: skip
    figure.update_layout(theme.blank(620).layout)
    shown: set[str] = set()
    for d in (1, 2, 3):
        mine = sorted((row for row in rows if row["d"] == d), key=lambda row: float(row["error over step"]))
        for line, what in enumerate(("MAE of H", "MAE of log D"), start=1):
            for name, (color, dash) in _LOOK.items():
                some = [row for row in mine if name in row["methods"]]
                figure.add_scatter(
                    x=[row["error over step"] for row in some], y=[row["methods"][name][what] for row in some],
                    name=name, legendgroup=name, showlegend=bool(some) and name not in shown, mode="lines+markers",
                    line={"color": color, "dash": dash}, row=line, col=d,
                )  # fmt: skip
                shown |= {name} if some else set()
    figure.update_xaxes(title="localisation error / step", row=2)
    figure.update_yaxes(title="mean absolute error of H", col=1, row=1, range=[0, 0.4])
    figure.update_yaxes(title="mean absolute error of log D", col=1, row=2, range=[0, 3.5])
    figure.update_layout(legend={"y": 1.1})
    return figure


def _curves(rows: list[Json]) -> go.Figure:
    figure = make_subplots(
        rows=1, cols=2, horizontal_spacing=0.1,
        subplot_titles=["H(t), whole curves", "log D(t), whole curves"],
    )  # fmt: skip
    figure.update_layout(theme.blank(420, barmode="group").layout)
    names = [f"{row['kind']}, error {row['error over typical step']:g}" for row in rows]
    for place, name in enumerate(_BARS):
        for column, what in enumerate(("MAE of H", "MAE of log D"), start=1):
            figure.add_bar(
                x=names, y=[row["methods"][name][what] for row in rows], name=name, legendgroup=name,
                marker={"color": theme.PALETTE[place]}, showlegend=column == 1, row=1, col=column,
            )  # fmt: skip
    figure.update_yaxes(title="mean absolute error", col=1)
    figure.update_layout(legend={"y": 1.12})
    return figure
