"""A one-dimensional series and, below it, how its Hurst exponent runs."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.figures import selection, theme
from perrin.figures.track_profiles import band
from perrin.result import Estimates

MOST_POSITIONS: Final = 4000


def hurst_series(estimates: Estimates, track_key: tuple[str, str] | None = None) -> go.Figure:
    """The series above H(t) = alpha(t) / 2 with its 95 % band, sharing the time; without a key: the longest series."""
    if estimates.dimension != 1:
        return theme.nothing("Nothing to show here: this figure is for one-dimensional series.")
    usable = selection.with_course(estimates, selection.estimated(estimates, "alpha"))
    if track_key is None and usable.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "H(t)"))
    if track_key is None:
        longest = usable.sort("n_points", "source", "track", descending=[True, False, False])
        track_key = (longest["source"][0], longest["track"][0])
    (points,) = selection.points_of(estimates, [track_key])
    total = points.height
    points = points[:: max(-(-total // MOST_POSITIONS), 1)]
    time, value = points["t"].to_numpy(), points["x"].to_numpy()
    hurst, low, high = (selection.values(points, c) / 2 for c in ("alpha", "alpha_lo", "alpha_hi"))
    if not np.isfinite(hurst).any():
        return theme.nothing(selection.none_estimated(estimates, "H(t)"))
    figure = theme.blank(480, showlegend=False)
    figure.add_scatter(x=time, y=value, mode="lines", line={"color": theme.INK, "width": 1}, hoverinfo="x+y")
    below = {"xaxis": "x2", "yaxis": "y2"}
    if (outline := band(time, low, high)) is not None:
        figure.add_scatter(
            x=outline[:, 0], y=outline[:, 1], mode="lines", line={"width": 0}, fill="toself", hoverinfo="skip",
            fillcolor=theme.SHADE, **below,
        )  # fmt: skip
    figure.add_scatter(
        x=time, y=hurst, mode="lines", line={"color": theme.ACCENT, "width": 2},
        hovertemplate="time %{x:.4g}<br>H %{y:.3g}<extra></extra>", **below,
    )  # fmt: skip
    unit = estimates.units.length
    figure.update_layout(
        xaxis={"anchor": "y", "matches": "x2", "showticklabels": False},
        yaxis={"domain": [0.56, 1], "anchor": "x",
               "title": {"text": theme.label("position", unit) if unit in ("µm", "px") else theme.plain(unit)}},
        xaxis2={"anchor": "y2", "title": {"text": theme.label("time", estimates.units.time)}},
        yaxis2={"domain": [0, 0.48], "anchor": "x2", "title": {"text": "H(t) (no unit)"}, "range": [0, 1]},
    )  # fmt: skip
    figure.add_shape(type="line", xref="x2 domain", x0=0, x1=1, yref="y2", y0=0.5, y1=0.5, line=theme.GUIDE)
    said = theme.shorten(f"{track_key[0]}: {track_key[1]}" if track_key[1] else track_key[0], 60)
    return theme.remark(figure, f"{said}, {total:,} values; dashed: H = 0.5, no memory")
