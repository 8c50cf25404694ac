"""All tracks where they ran, coloured by what is known of them."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import alpha_colors, theme
from perrin.figures.lines import LEAP, colored_lines, leaps
from perrin.figures.scale_bar import bar_length
from perrin.figures.sequential import SequentialScale
from perrin.result import Estimates, status
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

ColorBy = Literal["alpha", "D", "time", "status"]
MOST_POSITIONS: Final = 150_000
_FINEST: Final = 1 / 1500
"""Steps shorter than this part of the whole picture are drawn together with the next."""
_STATUS_COLORS: Final = {
    status.OK: theme.ACCENT, status.EDGE: "#56b4e9", status.NO_ESTIMATE: "#e69f00",
    status.OUTSIDE_TRAINING_RANGE: "#cc79a7", status.TOO_SHORT: "#0072b2", status.IMMOBILE: "#7a5c3e",
    status.FAILED: "#d55e00", status.BAD_INPUT: theme.EMPHASIS,
}  # fmt: skip


def track_map(estimates: Estimates, tracks: Tracks, color: ColorBy = "alpha") -> go.Figure:
    """The tracks at their places with a scale bar, coloured by alpha(t), D(t), time or status.

    Where there is no alpha(t) or D(t), the value of the whole track is shown. Tracks of 3-D data are shown in x and
    y; of 1-D data, position against time. Beyond MOST_POSITIONS positions every track is thinned.
    """
    if tracks.n_points == 0:
        return theme.nothing("Nothing to show here: there is no position.")
    values = _values(estimates, tracks, color)
    scale = _scale(values, color, estimates)
    kind = _status_classes(values) if scale is None else scale.classes(values)
    xy = np.column_stack([tracks.times, tracks.positions[:, 0]]) if tracks.dimension == 1 else tracks.positions[:, :2]
    extent = np.ptp(xy, axis=0)
    stride = -(-tracks.n_points // MOST_POSITIONS)
    pieces = [_piece(tracks, xy, kind, row, stride, extent) for row in range(len(tracks))]
    figure = theme.blank(620, showlegend=scale is None)
    paint = status_color if scale is None else scale.color
    figure.add_traces(colored_lines(pieces, paint, width=1.4 if len(tracks) < 200 else 1.0))
    if scale is None:
        _legend(figure, values)
    else:
        figure.add_scatter(
            x=[xy[0, 0]], y=[xy[0, 1]], mode="markers", hoverinfo="skip", marker=scale.color_bar(), showlegend=False
        )
    _frame(figure, xy, tracks)
    said = f"{len(tracks):,} track{'s' * (len(tracks) != 1)}"
    said += "; x and y of 3-D tracks" if tracks.dimension == 3 else ""
    said += f"; every {stride}th position" if stride > 1 else ""
    return theme.remark(figure, said)


def _values(estimates: Estimates, tracks: Tracks, color: ColorBy) -> FloatArray:
    """(n_points,) what the positions are coloured by: for status, its place in status.PRECEDENCE."""
    if color == "time":
        return np.asarray(tracks.times)
    keys = tracks.info.select("source", "track")
    column = pl.col("status").replace_strict(status.PRECEDENCE, range(len(status.PRECEDENCE)), return_dtype=pl.Float64)
    if color == "status":
        whole = keys.join(estimates.tracks.with_columns(code=column), on=["source", "track"], how="left")["code"]
        return np.repeat(whole.fill_null(float("nan")).to_numpy(), tracks.lengths)
    whole = keys.join(estimates.tracks, on=["source", "track"], how="left", maintain_order="left")[color]
    values: FloatArray = np.repeat(whole.fill_null(float("nan")).to_numpy(), tracks.lengths)
    point_keys = tracks.to_polars().select("source", "track", "t")
    points = estimates.points.select("source", "track", "t", color)
    if points.height == tracks.n_points and point_keys.equals(points.select("source", "track", "t")):
        along = points[color]
    else:
        along = point_keys.join(points, on=["source", "track", "t"], how="left", maintain_order="left")[color]
    known = along.fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(known), known, values)


class _AlphaScale:
    """The scale of alpha, in the shape of a `SequentialScale`."""

    classes = staticmethod(alpha_colors.classes)
    color = staticmethod(alpha_colors.color)
    color_bar = staticmethod(alpha_colors.color_bar)


def _scale(values: FloatArray, color: ColorBy, estimates: Estimates) -> SequentialScale | _AlphaScale | None:
    if color == "status":
        return None
    if color == "alpha":
        return _AlphaScale()
    if color == "D":
        return SequentialScale.over(values, theme.label("D(t)", estimates.units.diffusion), log=True)
    return SequentialScale.over(values, theme.label("time", estimates.units.time))


def _status_classes(values: FloatArray) -> IntArray:
    return np.where(np.isfinite(values), values, -1).astype(np.int64)


def status_color(index: int) -> str:
    """The colour of a status by its place in `status.PRECEDENCE`; quiet grey for none."""
    return theme.QUIET if index < 0 else _STATUS_COLORS[status.PRECEDENCE[index]]


def _legend(figure: go.Figure, values: FloatArray) -> None:
    for trace in figure.data:
        trace.showlegend = False
    for code in np.unique(_status_classes(values)).tolist():
        name = "not estimated" if code < 0 else status.PRECEDENCE[code].replace("_", " ")
        figure.add_scatter(x=[None], y=[None], mode="lines", name=name, line={"color": status_color(code)})


def _piece(
    tracks: Tracks, xy: FloatArray, kind: IntArray, row: int, stride: int, extent: FloatArray
) -> tuple[FloatArray, IntArray]:
    rows = np.arange(tracks.offsets[row], tracks.offsets[row + 1])
    if stride > 1:
        rows = rows[:: min(stride, max(len(rows) - 1, 1))]
    steps = kind[rows[1:]].copy()
    gaps = leaps(tracks.times[rows])
    steps[gaps] = LEAP
    kept = _worth_drawing(xy[rows], steps, extent)
    return xy[rows][kept], steps[kept[1:] - 1] if len(kept) > 1 else steps[:0]


def _worth_drawing(xy: FloatArray, steps: IntArray, extent: FloatArray) -> IntArray:
    """Positions that are visibly apart, and those at which the colour changes."""
    if len(xy) < 3:
        return np.arange(len(xy))
    cell = np.where(extent > 0, extent, 1.0).max() * _FINEST
    grid = np.floor(xy / cell)
    moved: BoolArray = np.concatenate([[True], (np.diff(grid, axis=0) != 0).any(axis=1)])
    moved[1:-1] |= steps[1:] != steps[:-1]
    moved[-1] = True
    return np.flatnonzero(moved)


def _frame(figure: go.Figure, xy: FloatArray, tracks: Tracks) -> None:
    """Equal scales along both axes and a scale bar; for one dimension the usual axes."""
    if tracks.dimension == 1:
        figure.update_xaxes(title={"text": theme.label("time", tracks.units.time)})
        figure.update_yaxes(title={"text": theme.label("position", tracks.units.length)})
        return
    low, high = xy.min(axis=0), xy.max(axis=0)
    size = float((high - low).max()) or 1.0
    room = 0.03 * size
    length = bar_length(0.5 * size)
    left, bottom = float(low[0]), float(high[1]) + 2.2 * room
    figure.add_scatter(
        x=[left, left + length], y=[bottom, bottom], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": theme.INK, "width": 4},
    )  # fmt: skip
    figure.add_annotation(
        text=theme.plain(f"{theme.number(length)} {tracks.units.length}"), x=left, y=bottom + 0.4 * room,
        xanchor="left", yanchor="top", showarrow=False, font={"size": theme.SMALL},
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[float(low[0]) - room, float(high[0]) + room], constrain="domain")
    # images have their first row at the top, and so have the coordinates of trackers
    figure.update_yaxes(
        visible=False, range=[float(high[1]) + 5 * room, float(low[1]) - room], scaleanchor="x", constrain="domain"
    )
    aspect = float((high[1] - low[1] + 6 * room) / (high[0] - low[0] + 2 * room))
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 62, "b": 8}, meta={"aspect": float(np.clip(aspect, 0.3, 1.5)), "extra": 70}
    )
