"""Alpha against D_frame, to see whether there are kinds of tracks."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import selection, theme
from perrin.figures.distribution import edges
from perrin.result import Estimates
from perrin.types import FloatArray

MOST_POINTS: Final = 4000
_MOST_INTERVALS: Final = 150
_VERY_FEW: Final = 20
_BINS: Final = (90, 70)
_SEED: Final = 0


def alpha_d_map(estimates: Estimates) -> go.Figure:
    """Scatter of alpha and D_frame (log axis), one mark a track, with the interval of alpha when tracks are few.

    Above and at the right how each is spread, all tracks of all conditions together.

    Beyond MOST_POINTS tracks it shows the density of all, and a seeded sample of single tracks.
    """
    tracks = selection.estimated(estimates, "alpha", "D_frame").filter(pl.col("D_frame") > 0)
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "pair of alpha and D_frame"))
    figure = theme.blank(460)
    sample = tracks
    if tracks.height > MOST_POINTS:
        rows = np.sort(np.random.default_rng(_SEED).choice(tracks.height, MOST_POINTS, replace=False))
        sample = tracks[rows.tolist()]
        figure.add_trace(_density(tracks["alpha"].to_numpy(), tracks["D_frame"].to_numpy()))
    groups, left_out = selection.by_condition(sample, len(theme.PALETTE))
    for index, (name, part) in enumerate(groups):
        figure.add_trace(_marks(part, name, index if len(groups) > 1 else None, dense=tracks.height > MOST_POINTS))
    figure.update_xaxes(title={"text": "anomalous exponent alpha (no unit)"})
    figure.update_yaxes(title={"text": theme.label("D_frame", estimates.units.frame_diffusion)})
    figure.add_vline(1, line=theme.GUIDE)
    _frame_axes(figure, tracks)
    _margins(figure, tracks)
    figure.update_layout(showlegend=len(groups) > 1, legend={"y": 1.07})
    return theme.remark(figure, _shown(sample.height, tracks.height, left_out))


def _marks(part: pl.DataFrame, name: str, index: int | None, *, dense: bool) -> go.Scatter:
    color = theme.ACCENT if index is None else theme.PALETTE[index]
    few = part.height <= _MOST_INTERVALS
    errors = selection.intervals(part, "alpha", thickness=1, color=theme.faint(color, 0.35)) if few else None
    return go.Scatter(
        x=part["alpha"].to_numpy(), y=part["D_frame"].to_numpy(), mode="markers", error_x=errors,
        name=theme.plain(theme.shorten(name, 30)),
        marker={
            "color": color, "size": 3 if dense else 7 if part.height < 1000 else 5, "opacity": 0.45 if dense else 0.6,
            "symbol": theme.SYMBOLS[index or 0],
        },
        text=[theme.plain(theme.shorten(t, 40)) for t in part["track"].to_list()],
        hovertemplate="track %{text}<br>alpha %{x:.3g}<br>D_frame %{y:.3g}<extra></extra>",
    )  # fmt: skip


def _density(alpha: FloatArray, d_frame: FloatArray) -> go.Heatmap:
    counts, x, log_y = np.histogram2d(alpha, np.log10(d_frame), _BINS)
    return go.Heatmap(
        x=x.astype(np.float32), y=10**log_y, z=counts.T.astype(np.int32), colorscale=theme.DENSITY,
        colorbar={"title": {"text": "tracks"}, "thickness": 12, "outlinewidth": 0},
        hovertemplate="alpha %{x:.3g}<br>D_frame %{y:.3g}<br>%{z} tracks<extra></extra>",
    )  # fmt: skip


def _frame_axes(figure: go.Figure, tracks: pl.DataFrame) -> None:
    """Axes around the values themselves: a few wide intervals must not squeeze the cloud."""
    alpha, log_d = tracks["alpha"].to_numpy(), np.log10(tracks["D_frame"].to_numpy())
    ends = [*alpha, 1.0]
    if tracks.height <= _MOST_INTERVALS:
        ends += [v for c in ("alpha_lo", "alpha_hi") for v in selection.values(tracks, c) if np.isfinite(v)]
    low, high = min(ends), max(ends)
    room = max(0.06 * (high - low), 0.08)
    room_d = max(0.06 * float(np.ptp(log_d)), 0.4 if tracks.height <= _VERY_FEW else 0.15)
    figure.update_xaxes(range=[low - room, high + room])
    figure.update_yaxes(theme.log_axis(float(log_d.min()) - room_d, float(log_d.max()) + room_d))


def _margins(figure: go.Figure, tracks: pl.DataFrame) -> None:
    """Histograms of both quantities along their axes, as outlines that look the same on a log axis."""
    for column, log in (("alpha", False), ("D_frame", True)):
        values = tracks[column].to_numpy()
        borders = edges(values, log=log)
        counts, _ = np.histogram(np.clip(values, borders[0], borders[-1]), borders)
        along = np.repeat(borders, 2)
        up = np.concatenate([[0], np.repeat(counts, 2), [0]])
        upright = {"x": along, "y": up, "yaxis": "y2", "fill": "tozeroy"}
        figure.add_scatter(
            **({"x": up, "y": along, "xaxis": "x2", "fill": "tozerox"} if log else upright), mode="lines",
            line={"width": 1, "color": theme.ACCENT}, fillcolor=theme.SHADE, hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    beside = {"showgrid": False, "showticklabels": False, "ticks": "", "rangemode": "tozero", "showline": False}
    figure.update_layout(
        xaxis={"domain": [0, 0.86]}, yaxis={"domain": [0, 0.84]},
        xaxis2={"domain": [0.88, 1], "anchor": "y", **beside}, yaxis2={"domain": [0.87, 1], "anchor": "x", **beside},
    )  # fmt: skip


def _shown(shown: int, total: int, left_out: int) -> str:
    if shown < total:
        text = f"shading: all {total:,} tracks; dots: {shown:,} of {total:,} tracks shown"
    else:
        text = f"{total:,} track{'s' * (total != 1)}"
    return f"{text}; {left_out} small conditions not shown" if left_out else text
