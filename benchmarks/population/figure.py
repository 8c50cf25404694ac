"""What `python -m benchmarks population` draws."""

from __future__ import annotations

import plotly.graph_objects as go

from perrin.figures import theme
from perrin.types import Json

_PLACES = ("", "2", "3", "4")


def distances(cells: list[Json]) -> go.Figure:
    """Distance to the truth in decades of D_frame, perrin beside saspt, for every cell."""
    figure = theme.blank(120 + 34 * len(cells), barmode="group")
    names = [f"{c['mixture']}; {c['error']}{', alpha free' if c['alpha'] == 'free' else ''}" for c in cells][::-1]
    for who, color in (("saspt", theme.QUIET), ("perrin", theme.ACCENT)):
        values = [cell[who] for cell in cells][::-1]
        figure.add_bar(
            y=names, x=values, name=who, orientation="h", marker={"color": color},
            text=[f"{v:.3f}" for v in values], textposition="outside", cliponaxis=False,
        )  # fmt: skip
    figure.update_xaxes(title={"text": "Wasserstein distance to the truth (decades of D_frame, jumps counted)"})
    return figure


def side_by_side(files: list[Json]) -> go.Figure:
    """Fraction of jumps per factor of ten in D_frame, a panel a file."""
    figure = theme.blank(140 + 260 * len(files))
    for row, (file, axis) in enumerate(zip(files, _PLACES, strict=False)):
        for who, color in (("saspt", theme.QUIET), ("perrin", theme.ACCENT)):
            curve = file["curves"][who]
            figure.add_scatter(
                x=curve["D_frame"], y=curve["per decade"], mode="lines", name=who, showlegend=row == 0,
                line={"color": color, "width": 2}, xaxis=f"x{axis}", yaxis=f"y{axis}",
            )  # fmt: skip
        height = 1 / len(files)
        bottom = 1 - (row + 1) * height
        figure.update_layout({
            f"xaxis{axis}": theme.log_axis(-3.2, 2.2) | {"anchor": f"y{axis}", "title": {"text": "D_frame (µm²/s)"}},
            f"yaxis{axis}": {"domain": [bottom + 0.14 * height, bottom + 0.9 * height], "anchor": f"x{axis}",
                             "title": {"text": "jumps per factor of ten"}},
        })  # fmt: skip
        figure.add_annotation(
            text=f"{file['file']}: {file['tracks of two positions or more']:,} tracks, {file['jumps']:,} jumps",
            xref="paper", x=0, yref="paper", y=bottom + 0.91 * height, showarrow=False, yanchor="bottom",
            font={"size": theme.SMALL},
        )  # fmt: skip
    return figure
