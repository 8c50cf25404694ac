"""Some tracks as they run, coloured by alpha(t)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import alpha_colors, selection, theme
from perrin.figures.lines import LEAP, colored_lines, leaps
from perrin.figures.scale_bar import bar_length
from perrin.result import Estimates
from perrin.tracks import Tracks
from perrin.tracks.units import FRAME
from perrin.types import BoolArray, FloatArray

MOST: Final = 20
MOST_POSITIONS: Final = 1000
_COLUMNS: Final = 5
_BOX: Final = 0.8
"""Side of the square a track is drawn in, in cells."""
_ROW: Final = 1.3
"""Height of a row in cells: the box, two lines of title above it, the scale bar below."""
_COMMON: Final = 6.0
"""Tracks share one scale where the largest is at most this many times as large as the smallest."""


@final
@dataclass(frozen=True)
class _DrawnTrack:
    """One track ready to draw: (n, 2) coordinates, alpha of each position, and which steps leap over a gap."""

    name: str
    value: float
    xy: FloatArray
    alpha: FloatArray
    leaps: BoolArray

    @property
    def extent(self) -> FloatArray:
        """Size along each axis."""
        return np.asarray(np.ptp(self.xy, axis=0))


def gallery(estimates: Estimates, tracks: Tracks) -> go.Figure:
    """Up to 20 estimated tracks from the lowest to the highest alpha, coloured by alpha(t), with scale bars.

    They are thin and grey where alpha(t) is not known; tracks without any alpha(t) only stand in for want of others.
    Tracks of 3-D data are shown in x and y; of 1-D data, position against time.
    """
    usable = selection.estimated(estimates, "alpha")
    colored = selection.with_course(estimates, usable)
    chosen = selection.spread(colored if colored.height else usable, MOST)
    drawn = _prepare(estimates, tracks, chosen)
    if not drawn:
        return theme.nothing(selection.none_estimated(estimates, "alpha"))
    columns = min(_COLUMNS, len(drawn))
    rows = -(-len(drawn) // columns)
    corner = _scales(drawn, square=tracks.dimension > 1)
    figure = theme.blank(240 * rows + 90, showlegend=False)
    _draw(figure, drawn, columns, corner)
    for index, track in enumerate(drawn):
        _title(figure, track, _center(index, columns))
    common = bool(np.all(corner == corner[0]))
    for index in range(len(drawn)):
        if not common or index == len(drawn) - len(drawn) % columns or (index == len(drawn) - columns):
            _bars(figure, _center(index, columns), corner[index], tracks)
    wide = max(columns, 3)
    figure.update_xaxes(visible=False, range=[columns / 2 - wide / 2, columns / 2 + wide / 2])
    figure.update_yaxes(visible=False, range=[-rows * _ROW, 0.1], scaleanchor="x", constrain="domain")
    figure.update_layout(
        meta={"aspect": (rows * _ROW + 0.1) / wide, "extra": 90}, margin={"l": 8, "r": 8, "t": 70, "b": 12}
    )
    return theme.remark(figure, _remark(len(drawn), estimates, tracks, common, chosen))


def _prepare(estimates: Estimates, tracks: Tracks, chosen: pl.DataFrame) -> list[_DrawnTrack]:
    keys = list(zip(chosen["source"].to_list(), chosen["track"].to_list(), strict=True))
    place = {(s, t): i for i, (s, t) in enumerate(zip(tracks.info["source"], tracks.info["track"], strict=True))}
    known = [(k, p, a) for k, p, a in zip(keys, selection.points_of(estimates, keys), chosen["alpha"], strict=True)]
    return [_track(tracks[place[key]], points, key[1], alpha) for key, points, alpha in known if key in place]


def _track(track: Tracks, points: pl.DataFrame, name: str, value: float) -> _DrawnTrack:
    alpha = selection.values(points, "alpha")
    if len(alpha) != track.n_points:
        alpha = np.full(track.n_points, np.nan)
    stride = -(-track.n_points // MOST_POSITIONS)
    times, alpha = track.times[::stride], alpha[::stride]
    place = track.positions[::stride, :2]
    xy = np.column_stack([times, place[:, 0]]) if track.dimension == 1 else place
    return _DrawnTrack(name, value, xy - (xy.min(axis=0) + xy.max(axis=0)) / 2, alpha, leaps(times))


def _scales(drawn: list[_DrawnTrack], *, square: bool) -> FloatArray:
    """(n, 2) lengths that fill the box of each track: one for all where their sizes are alike."""
    extent = np.array([track.extent for track in drawn])
    if square:
        extent = np.repeat(extent.max(axis=1, keepdims=True), 2, axis=1)
    extent = np.where(extent > 0, extent, 1.0)
    alike = extent.max(axis=0) <= _COMMON * extent.min(axis=0)
    return np.where(alike, extent.max(axis=0), extent)


def _center(index: int, columns: int) -> FloatArray:
    row, column = divmod(index, columns)
    return np.array([column + 0.5, -row * _ROW - 0.26 - _BOX / 2])


def _draw(figure: go.Figure, drawn: list[_DrawnTrack], columns: int, corner: FloatArray) -> None:
    pieces = []
    for index, track in enumerate(drawn):
        kind = alpha_colors.classes((track.alpha[:-1] + track.alpha[1:]) / 2)
        kind[track.leaps] = LEAP
        pieces.append((_center(index, columns) + track.xy / corner[index] * _BOX, kind))
    figure.add_traces(colored_lines(pieces, alpha_colors.color))
    figure.add_scatter(x=[0.0], y=[0.0], mode="markers", hoverinfo="skip", marker=alpha_colors.color_bar())


def _title(figure: go.Figure, track: _DrawnTrack, center: FloatArray) -> None:
    figure.add_annotation(
        text=f"<b>{theme.plain(theme.shorten(track.name, 18))}</b><br>alpha {track.value:.2f}",
        x=center[0], y=center[1] + _BOX / 2 + 0.02, yanchor="bottom", showarrow=False, font={"size": theme.SMALL},
    )  # fmt: skip


def _bars(figure: go.Figure, center: FloatArray, corner: FloatArray, tracks: Tracks) -> None:
    """Scale bar below the box: a length, or time along and length upward for 1-D data."""
    left, bottom = center[0] - _BOX / 2, center[1] - _BOX / 2 - 0.06
    across, up = (bar_length(float(c)) for c in corner)
    unit = tracks.units.time if tracks.dimension == 1 else tracks.units.length
    x, y = [left, left + across / corner[0] * _BOX], [bottom, bottom]
    text = f"{theme.number(across)} {unit}{'s' * (unit == FRAME and across != 1)}"
    if tracks.dimension == 1:
        x, y = [left, *x], [bottom + up / corner[1] * _BOX, *y]
        text = f"→ {text}, ↑ {theme.number(up)} {tracks.units.length}"
    figure.add_scatter(x=x, y=y, mode="lines", hoverinfo="skip", line={"color": theme.QUIET, "width": 3})
    figure.add_annotation(
        text=theme.plain(text), x=left, y=bottom - 0.01, xanchor="left", yanchor="top", showarrow=False,
        font={"size": theme.SMALL},
    )  # fmt: skip


def _remark(count: int, estimates: Estimates, tracks: Tracks, common: bool, chosen: pl.DataFrame) -> str:
    total = selection.estimated(estimates, "alpha").height
    text = f"{count} of {total:,} tracks, from lowest to highest alpha; "
    text += "one scale for all" if common else "each at its own scale"
    if count == 1:
        text = "the only estimated track" if total == 1 else "one estimated track"
    if tracks.dimension == 3:
        text += "; x and y of 3-D tracks"
    if tracks.dimension == 1:
        text += "; position (up) against time"
    if int(chosen["n_points"].max() or 0) > MOST_POSITIONS:  # type: ignore[arg-type]
        text += "; long tracks thinned"
    return text
