"""The distribution of one number over the tracks, a panel a condition; shared by alpha and D_frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import selection, theme
from perrin.types import FloatArray

FEW: Final = 8
"""Fewer tracks than this are shown one by one: a histogram of them would be mostly holes."""
MOST_CONDITIONS: Final = 6
_NICE: Final = (1.0, 2.0, 5.0, 10.0)
_PANEL: Final = 150
_BETWEEN: Final = 46
"""Heights in pixels, where there are several panels."""


@final
@dataclass(frozen=True)
class PlottedQuantity:
    """What is distributed: a column of the tracks table, its axis title, log axis or not, a value to compare with."""

    column: str
    title: str
    log: bool
    reference: float | None = None

    def formatted(self, value: float) -> str:
        """`value` for a label."""
        return theme.number(value) if self.log else f"{value:.2f}"

    def axis(self, low: float, high: float) -> dict[str, object]:
        """The x axis from `low` to `high`, exponents of ten on a log axis."""
        return theme.log_axis(low, high) if self.log else {"range": [low, high]}


def distribution(tracks: pl.DataFrame, quantity: PlottedQuantity) -> go.Figure:
    """Histogram of one quantity, or single tracks with their intervals when they are few."""
    return (_single if tracks.height < FEW else _histogram)(tracks, quantity)


def edges(values: FloatArray, *, log: bool) -> FloatArray:
    """Bin borders of a round width (of log10 where `log`) by the rule of Freedman and Diaconis, 8 to 60 bins."""
    shown = np.log10(values) if log else values
    low, high = float(shown.min()), float(shown.max())
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    lower, upper = np.percentile(shown, [25, 75])
    wish = 2 * float(upper - lower) / len(shown) ** (1 / 3)
    width = _round_up(float(np.clip(wish, (high - low) / 60, (high - low) / 8)))
    borders = width * np.arange(np.floor(low / width), max(np.ceil(high / width), np.floor(low / width) + 1) + 0.5)
    return np.asarray(10.0**borders if log else borders)


def _round_up(width: float) -> float:
    power = 10.0 ** np.floor(np.log10(width))
    return float(power * next(n for n in _NICE if n * power >= width * (1 - 1e-9)))


def _histogram(tracks: pl.DataFrame, quantity: PlottedQuantity) -> go.Figure:
    groups, left_out = selection.by_condition(tracks, MOST_CONDITIONS)
    borders = edges(tracks[quantity.column].to_numpy(), log=quantity.log)
    rows = len(groups)
    figure = theme.blank(340 if rows == 1 else 96 + _PANEL * rows, showlegend=False)
    for row, (name, part) in enumerate(groups):
        axis, values = theme.axis(row), part[quantity.column].to_numpy()
        counts, _ = np.histogram(np.clip(values, borders[0], borders[-1]), borders)
        _bars(figure, axis, borders, counts, theme.PALETTE[row] if rows > 1 else theme.ACCENT)
        _place(figure, row, rows, int(counts.max()))
        _across(figure, axis, quantity, borders, labeled=row == rows - 1)
        _summary(figure, axis, quantity, values, name if rows > 1 else "", float(counts.max()))
    if left_out:
        theme.remark(figure, f"the {MOST_CONDITIONS} conditions with the most tracks; {left_out} more are not shown")
        figure.layout.annotations[-1].update(yshift=26)
        figure.update_layout(margin={"t": 60})
    return figure


def _bars(figure: go.Figure, axis: str, borders: FloatArray, counts: FloatArray, color: str) -> None:
    """The histogram as one filled outline: unlike bars it looks the same on a log axis."""
    low, high = borders[:-1], borders[1:]
    middle = np.sqrt(low * high) if borders[0] > 0 else (low + high) / 2
    names = [f"{theme.number(a)} to {theme.number(b)}" for a, b in zip(low, high, strict=True)]
    figure.add_scatter(
        x=np.column_stack([low, middle, high]).ravel(), y=np.repeat(counts, 3), mode="lines",
        line={"width": 1, "color": color}, fill="tozeroy", text=np.repeat(names, 3).tolist(),
        hovertemplate="%{text}: %{y} tracks<extra></extra>", xaxis=f"x{axis}", yaxis=f"y{axis}",
    )  # fmt: skip


def _summary(
    figure: go.Figure, axis: str, quantity: PlottedQuantity, values: FloatArray, name: str, tallest: float
) -> None:
    """Median and quartiles as lines, and in words above the panel."""
    lower, median, upper = (float(q) for q in np.percentile(values, [25, 50, 75]))
    for place, dash in ((lower, "dot"), (median, "solid"), (upper, "dot")):
        figure.add_scatter(
            x=[place, place], y=[0, 1.06 * tallest], mode="lines", hoverinfo="skip", xaxis=f"x{axis}", yaxis=f"y{axis}",
            line={"color": theme.EMPHASIS, "width": 2, "dash": dash},
        )  # fmt: skip
    head = f"{len(values):,} tracks"
    if name:
        head = f"<b>{theme.plain(theme.shorten(name, 32))}</b>: {head}"
    said = f"median {quantity.formatted(median)}, quartiles {quantity.formatted(lower)} and {quantity.formatted(upper)}"
    for text, side, x in ((head, "left", 0), (said, "right", 1)):
        figure.add_annotation(
            text=text, showarrow=False, xref="paper", x=x, xanchor=side, yref=f"y{axis} domain", y=1, yanchor="bottom",
            yshift=4, font={"size": theme.SMALL},
        )  # fmt: skip


def _place(figure: go.Figure, row: int, rows: int, tallest: int) -> None:
    gap = 0.0 if rows == 1 else _BETWEEN / (_PANEL * rows)
    height = (1 - gap * (rows - 1)) / rows
    bottom = (rows - 1 - row) * (height + gap)
    axis = theme.axis(row)
    y: dict[str, object] = {
        "domain": [bottom, bottom + height],
        "anchor": f"x{axis}",
        "title": {"text": "tracks"},
        "rangemode": "tozero",
        "tickformat": ",d",
    }
    y |= {"dtick": 1} if tallest < 4 else {"nticks": 4} if rows > 1 else {}
    figure.update_layout({f"yaxis{axis}": y})


def _across(figure: go.Figure, axis: str, quantity: PlottedQuantity, borders: FloatArray, *, labeled: bool) -> None:
    ends = [float(e) for e in (np.log10(borders[[0, -1]]) if quantity.log else borders[[0, -1]])]
    if quantity.reference is not None:
        ends = [min(ends[0], quantity.reference), max(ends[1], quantity.reference)]
        figure.add_shape(
            type="line", x0=quantity.reference, x1=quantity.reference, y0=0, y1=1, xref=f"x{axis}",
            yref=f"y{axis} domain", line=theme.GUIDE,
        )  # fmt: skip
    room = 0.03 * (ends[1] - ends[0])
    x = quantity.axis(ends[0] - room, ends[1] + room) | {"anchor": f"y{axis}", "showticklabels": labeled}
    x |= {"title": {"text": quantity.title if labeled else ""}, "matches": "x" if axis else None}
    figure.update_layout({f"xaxis{axis}": x})


def _single(tracks: pl.DataFrame, quantity: PlottedQuantity) -> go.Figure:
    ordered = tracks.sort(quantity.column)
    center = selection.values(ordered, quantity.column)
    names = _distinct(ordered)
    figure = theme.blank(110 + 34 * ordered.height, showlegend=False)
    figure.add_scatter(
        x=center, y=np.arange(ordered.height), mode="markers", marker={"color": theme.ACCENT, "size": 10},
        error_x=selection.intervals(ordered, quantity.column), text=names,
        hovertemplate="%{text}: %{x:.3g}<extra></extra>",
    )  # fmt: skip
    if quantity.reference is not None:
        figure.add_vline(quantity.reference, line=theme.GUIDE)
    ticks = {"tickvals": list(range(ordered.height)), "ticktext": names}
    figure.update_yaxes(ticks, title={"text": "track"}, range=[-0.6, ordered.height - 0.4], showgrid=False)
    figure.update_xaxes(title={"text": quantity.title})
    if quantity.log:
        figure.update_xaxes(quantity.axis(float(np.log10(center.min())) - 0.5, float(np.log10(center.max())) + 0.5))
    return theme.remark(figure, f"all {ordered.height} tracks" if ordered.height > 1 else "the only track")


def _distinct(tracks: pl.DataFrame) -> list[str]:
    """Track names, with the source where one name occurs twice."""
    names = tracks["track"].to_list()
    if len(set(names)) < len(names):
        names = [f"{s}: {t}" for s, t in zip(tracks["source"].to_list(), names, strict=True)]
    return [theme.plain(theme.shorten(str(name), 28)) for name in names]
