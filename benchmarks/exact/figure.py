"""Error of H against length in every setting, beside the bound and the peers; and what the intervals cover."""

from __future__ import annotations

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from perrin.figures import theme
from perrin.types import Json

_COLORS = {1: theme.PALETTE[0], 2: theme.ACCENT, 3: theme.PALETTE[2]}
_OTHERS = {"whittlehurst": (theme.PALETTE[1], "diamond"), "bayesmsd": (theme.PALETTE[3], "square")}


def figures(result: Json) -> dict[str, go.Figure]:
    """`exact`: mean absolute errors; `exact-coverage`: of the 95 % intervals."""
    return {"exact": _errors(result["rows"]), "exact-coverage": _coverage(result["rows"])}


def _panels(rows: list[Json], height: int, columns: int) -> tuple[go.Figure, dict[str, tuple[int, int]]]:
    names = list(dict.fromkeys(row["setting"] for row in rows))
    lines = -(-len(names) // columns)
    figure = make_subplots(
        rows=lines, cols=columns, subplot_titles=names, shared_xaxes=True, shared_yaxes=True,
        horizontal_spacing=0.03, vertical_spacing=0.06,
    )  # fmt: skip
    figure.update_layout(template=theme.TEMPLATE, height=height, margin={"t": 70, "b": 90})
    figure.update_layout(legend={"orientation": "h", "x": 0, "y": -0.06, "yanchor": "top"})
    figure.update_xaxes(type="log", tickvals=[20, 128, 512])
    figure.update_xaxes(title="positions", row=lines)
    figure.update_annotations(font={"size": 13})
    return figure, {name: (1 + i // columns, 1 + i % columns) for i, name in enumerate(names)}


def _errors(rows: list[Json]) -> go.Figure:
    figure, places = _panels(rows, 1100, 3)
    shown: set[str] = set()
    for name, (line, column) in places.items():
        for d, color in _COLORS.items():
            mine = [row for row in rows if row["setting"] == name and row["d"] == d]
            x = [row["n"] for row in mine]
            curves = [
                (f"perrin, {d}-D", [row["MAE"]["H"] for row in mine], {"color": color, "width": 2.5}, "lines+markers"),
                (f"Cramér-Rao, {d}-D", [row["Cramér-Rao"] for row in mine],
                 {"color": color, "width": 1, "dash": "dash"}, "lines"),
                (f"TAMSD lags 1-4, {d}-D", [row["TAMSD"]["MAE of H"] for row in mine],
                 {"color": color, "width": 1, "dash": "dot"}, "lines"),
            ]  # fmt: skip
            for label, y, style, mode in curves:
                figure.add_scatter(
                    x=x, y=y, name=label, line=style, mode=mode, row=line, col=column, legendgroup=label,
                    showlegend=label not in shown,
                )  # fmt: skip
                shown.add(label)
            for peer, (tint, symbol) in _OTHERS.items():
                told = [row for row in mine if peer in row["peers"]]
                if told:
                    figure.add_scatter(
                        x=[row["n"] for row in told], y=[row["peers"][peer]["MAE of H"] for row in told],
                        name=f"{peer}, 1-D", mode="markers", marker={"color": tint, "symbol": symbol, "size": 8},
                        row=line, col=column, legendgroup=peer, showlegend=peer not in shown,
                    )  # fmt: skip
                    shown.add(peer)
    figure.update_yaxes(type="log", tickvals=[0.01, 0.02, 0.05, 0.1, 0.2])
    figure.update_yaxes(title="mean absolute error of H", col=1)
    return figure


def _coverage(rows: list[Json]) -> go.Figure:
    figure, places = _panels(rows, 1000, 3)
    shown: set[str] = set()
    for name, (line, column) in places.items():
        figure.add_hrect(y0=0.94, y1=0.96, fillcolor=theme.GRID, line_width=0, layer="below", row=line, col=column)
        for d, color in _COLORS.items():
            mine = [row for row in rows if row["setting"] == name and row["d"] == d]
            for what, dash in (("H", "solid"), ("D", "dot")):
                label = f"{what}, {d}-D"
                figure.add_scatter(
                    x=[row["n"] for row in mine], y=[row["coverage"][what] for row in mine], name=label,
                    mode="lines+markers", line={"color": color, "dash": dash}, row=line, col=column,
                    legendgroup=label, showlegend=label not in shown,
                )  # fmt: skip
                shown.add(label)
    figure.update_yaxes(range=[0.88, 1.0])
    figure.update_yaxes(title="covered by 95 % intervals", col=1)
    return figure
