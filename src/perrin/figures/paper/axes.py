"""Where the axes lie on the sheet, their ranges and their ticks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    MultipleLocator,
    NullFormatter,
    NullLocator,
)

from perrin.figures import theme
from perrin.figures.paper.markup import matplotlib_text
from perrin.types import FloatArray

Rectangle = tuple[float, float, float, float]
_ROOM: Final = 0.06
"""Empty part beyond the outermost marks where a figure leaves the range open."""


@final
@dataclass(frozen=True)
class PlotLayout:
    """The axes of a plotly figure, its template filled in."""

    figure: go.Figure
    scale: float

    def settings(self, name: str) -> dict[str, Any]:
        """What is set for `x`, `y2` …, the template's settings below it."""
        letter, number = name[0], name[1:]
        default = self.figure.layout.template.layout[f"{letter}axis"].to_plotly_json()
        own = self.figure.layout[f"{letter}axis{number}"]
        given = {} if own is None else own.to_plotly_json()
        title = {**default.get("title", {}), **given.get("title", {})}
        return {**default, **given, "title": title}

    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of axes that something is drawn in."""
        found = [(t.xaxis or "x", t.yaxis or "y") for t in self.figure.data]
        return list(dict.fromkeys(found))

    def range_of(self, name: str) -> tuple[float, float]:
        """The ends of an axis in numbers of the data, those it is matched with considered."""
        root = str(self.settings(name).get("matches") or name)
        group = [name, root] + [a for a in self._names(name[0]) if self.settings(a).get("matches") == root]
        settings = [self.settings(member) for member in dict.fromkeys(group)]
        log = settings[0].get("type") == "log"
        stated = next((s["range"] for s in settings if s.get("range") is not None), None)
        if stated is not None:
            low, high = (float(v) for v in stated)
            return (10**low, 10**high) if log else (low, high)
        values = self._values(set(group))
        values = values[np.isfinite(values) & ((values > 0) | (not log))]
        if len(values) == 0:
            return (0.1, 1.0) if log else (0.0, 1.0)
        values = np.log10(values) if log else values
        low, high = float(values.min()), float(values.max())
        room = _ROOM * (high - low) or 0.5
        from_zero = any(s.get("rangemode") == "tozero" for s in settings) and low >= 0
        low, high = (0.0 if from_zero else low - room), high + room
        return (10**low, 10**high) if log else (low, high)

    def _names(self, letter: str) -> set[str]:
        return {pair["xy".index(letter)] for pair in self.pairs()}

    def _values(self, names: set[str]) -> FloatArray:
        """All that is drawn along some axes, error bars and bars from zero included."""
        parts: list[FloatArray] = [np.zeros(0)]
        for trace in self.figure.data:
            for letter in "xy":
                if (trace[f"{letter}axis"] or letter) not in names or trace[letter] is None:
                    continue
                values = numbers(trace[letter])
                parts.append(values)
                error = trace[f"error_{letter}"] if trace.type == "scatter" else None
                if error is not None and error.array is not None:
                    parts.append(values + np.nan_to_num(numbers(error.array)))
                if trace.type == "bar" and letter == "y":
                    parts.append(np.zeros(1))
        return np.concatenate(parts)


def numbers(values: Iterable[Any]) -> FloatArray:
    """Values of a trace as floats, None as nan."""
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def place_axes(layout: PlotLayout, sheet: Figure, area: Rectangle) -> dict[tuple[str, str], Axes]:
    """The axes of every pair inside `area` (left, bottom, width, height in parts of the sheet)."""
    made = {}
    for x, y in layout.pairs():
        across, up = layout.settings(x), layout.settings(y)
        (left, right), (bottom, top) = across.get("domain") or (0, 1), up.get("domain") or (0, 1)
        axes = sheet.add_axes(
            (area[0] + left * area[2], area[1] + bottom * area[3], (right - left) * area[2], (top - bottom) * area[3])
        )
        _dress(axes, layout, (x, y), (across, up))
        made[x, y] = axes
    return made


def _dress(
    axes: Axes, layout: PlotLayout, pair: tuple[str, str], settings: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    axes.patch.set_alpha(0.0)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for letter, name, other, own, across in zip("xy", pair, reversed(pair), settings, reversed(settings), strict=True):
        low, high = layout.range_of(name)
        set_scale, set_limits = (getattr(axes, f"set_{letter}{what}") for what in ("scale", "lim"))
        if own.get("type") == "log":
            set_scale("log")
        set_limits(low, high)
        axis: Axis = getattr(axes, f"{letter}axis")
        spine = axes.spines["bottom" if letter == "x" else "left"]
        home = str(own.get("anchor") or {"x": "y", "y": "x"}[letter]) == other
        if own.get("visible") is False or (across.get("visible") is False and not home):
            axis.set_visible(False)
            spine.set_visible(False)
            continue
        spine.set_visible(bool(own.get("showline")))
        spine.set_color(theme.QUIET)
        spine.set_linewidth(layout.scale)
        _ticks(axis, own, (low, high), layout.scale)
        if not home or own.get("showticklabels") is False:
            axis.set_tick_params(labelbottom=False, labelleft=False)
            if not home:
                axis.set_tick_params(length=0)
        title = own["title"].get("text")
        if title and home:
            text, _ = matplotlib_text(title)
            axis.set_label_text(text, fontsize=13 * layout.scale, color=theme.INK)
        if own.get("showgrid") is not False:
            axes.grid(axis="x" if letter == "x" else "y", color=theme.GRID, linewidth=layout.scale)
    if any(own.get("scaleanchor") for own in settings):
        axes.set_aspect("equal", adjustable="box")


def _ticks(axis: Axis, own: Mapping[str, Any], limits: tuple[float, float], scale: float) -> None:
    size = float((own.get("tickfont") or {}).get("size") or 13) * scale
    length = 0.0 if own.get("ticks") == "" else 4 * scale
    axis.set_tick_params(
        labelsize=size, length=length, width=scale, color=theme.QUIET, labelcolor=theme.INK, pad=2 * scale
    )
    log = own.get("type") == "log"
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
    form = FuncFormatter(lambda value, _: _tick_label(value, own, limits, log=log))
    dtick = own.get("dtick")
    if own.get("tickvals") is not None:
        axis.set_major_locator(FixedLocator(numbers(own["tickvals"]).tolist()))
        names = own.get("ticktext")
        if names is not None:
            said = dict(zip(numbers(own["tickvals"]).tolist(), names, strict=True))
            form = FuncFormatter(lambda value, _: matplotlib_text(str(said.get(value, "")))[0])
    elif log:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if dtick == "D2" else (1.0,), numticks=60))
    elif isinstance(dtick, int | float):
        axis.set_major_locator(MultipleLocator(dtick))
    else:
        axis.set_major_locator(MaxNLocator(int(own.get("nticks") or 7) - 1, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(form)


def _tick_label(value: float, own: Mapping[str, Any], limits: tuple[float, float], *, log: bool) -> str:
    if log and own.get("dtick") == 1 and (limits[1] >= 1e4 or limits[0] < 1e-3):
        return f"$10^{{{round(np.log10(value))}}}$"
    if value and (abs(value) >= 1e6 or abs(value) < 1e-4):
        return matplotlib_text(theme.number(value))[0] if abs(value) > 1e-12 * max(map(abs, limits)) else "0"
    return f"{value:,.10g}" if "," in str(own.get("tickformat", "")) else f"{float(f'{value:.6g}'):g}"
