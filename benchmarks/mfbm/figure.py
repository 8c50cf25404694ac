"""Figures of the benchmark, drawn from its JSON alone."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.mfbm.unseen import UNSEEN
from perrin.figures import theme
from perrin.simulate.mfbm_cases import TABLE_FOUR
from perrin.types import Json

_TITLES = {**{name: f"{name}: {case.title}" for name, case in TABLE_FOUR.items()}, UNSEEN.title: UNSEEN.title}
_BAND = "rgba(139,146,156,0.18)"


def estimates(curves: Json) -> go.Figure:
    """For each case the truth, and where the estimates of every method lie."""
    rows = -(-len(curves) // 3)
    figure = _grid(rows, 3, [_TITLES[name] for name in curves], 310 * rows)
    colors = {name: theme.PALETTE[i % len(theme.PALETTE)] for i, name in enumerate(_plain(curves))}
    for place, found in enumerate(curves.values()):
        where = {"row": place // 3 + 1, "col": place % 3 + 1}
        for name, color in colors.items():
            band = found[name]
            figure.add_scatter(
                x=band["t"] + band["t"][::-1], y=band["hi"] + band["lo"][::-1], fill="toself", line={"width": 0},
                fillcolor=color, opacity=0.25, hoverinfo="skip", legendgroup=name, name=f"{name}: 95 % of estimates",
                showlegend=place == 0, **where,
            )  # fmt: skip
            figure.add_scatter(
                x=band["t"], y=band["mean"], line={"color": color, "width": 1.5}, legendgroup=name,
                name=f"{name}: mean", showlegend=place == 0, **where,
            )  # fmt: skip
        figure.add_scatter(
            x=found["t"], y=found["truth"], line={"color": theme.INK, "width": 1.5, "dash": "dot"}, name="truth",
            showlegend=place == 0, **where,
        )  # fmt: skip
    return figure


def bands(shown: Json) -> go.Figure:
    """One signal of each case: H(t) by every method, median and band of FBM, and the share inside."""
    methods = _plain(shown)
    titles = [f"{case}: {100 * shown[case][name]['inside']:.0f} % inside" for name in methods for case in shown]
    figure = _grid(len(methods), len(shown), titles, 260 * len(methods))
    for row, name in enumerate(methods, start=1):
        for column, case in enumerate(shown, start=1):
            found, first = shown[case][name], row == column == 1
            where = {"row": row, "col": column}
            figure.add_scatter(
                x=found["t"] + found["t"][::-1], y=found["hi"] + found["lo"][::-1], fill="toself", line={"width": 0},
                fillcolor=_BAND, hoverinfo="skip", name="95 % of FBM", showlegend=first, **where,
            )  # fmt: skip
            figure.add_scatter(
                x=found["t"], y=found["median"], line={"color": theme.QUIET, "width": 1.5, "dash": "dash"},
                name="median of FBM", showlegend=first, **where,
            )  # fmt: skip
            figure.add_scatter(
                x=found["t"], y=found["hurst"], line={"color": theme.ACCENT, "width": 1.5}, name="estimate",
                showlegend=first, **where,
            )  # fmt: skip
    for row, name in enumerate(methods, start=1):
        figure.update_yaxes(title=f"H(t) by {name}", row=row, col=1)
    return figure


def _grid(rows: int, columns: int, titles: list[str], height: int) -> go.Figure:
    figure = make_subplots(
        rows=rows, cols=columns, shared_xaxes=True, shared_yaxes=True, vertical_spacing=0.3 / (rows + 1),
        horizontal_spacing=0.02, subplot_titles=titles,
    )  # fmt: skip
    figure.update_layout(theme.blank(height).layout)
    figure.update_annotations(font={"size": 12 if columns <= 3 else 10})
    figure.update_yaxes(range=[0, 1])
    figure.update_yaxes(title="H(t)", col=1)
    for place in range(len(titles) - columns, len(titles)):  # the lowest panel of every column
        where = {"row": place // columns + 1, "col": place % columns + 1}
        figure.update_xaxes(title="t (frames)", showticklabels=True, **where)
    return figure.update_layout(legend={"y": 1 + 40 / height}, margin={"t": 110})


def _plain(cases: Json) -> list[str]:
    """The methods of a figure: the ones with settings of their own only clutter it."""
    first: Json = next(iter(cases.values()))
    return [name for name in first if name not in ("t", "truth") and "," not in name]
