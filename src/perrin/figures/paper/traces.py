"""Lines, marks, bars and shading."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from perrin.errors import InputError
from perrin.figures import theme
from perrin.figures.paper.axes import numbers
from perrin.figures.paper.markup import DASHES, SYMBOLS, RgbaColor, color, color_map
from perrin.types import FloatArray


def draw(axes: Axes, trace: Any, before: Any, scale: float, default: str) -> None:
    """Draw one trace; `before` is the one before it, `default` the colour of one that states none.

    Raises InputError for a trace of a kind that perrin's own figures are not made of.
    """
    if isinstance(trace, go.Heatmap):
        _shading(axes, trace)
    elif isinstance(trace, go.Bar):
        x = numbers(trace.x)
        width = float(np.diff(x).min()) if len(x) > 1 else 1.0
        axes.bar(x, numbers(trace.y), 0.94 * width, color=color(trace.marker.color or default), linewidth=0)
    elif isinstance(trace, go.Scatter):
        _scatter(axes, trace, before, scale, default)
    else:
        raise InputError(
            f"a figure with plotly's {type(trace).__name__} cannot be printed",
            remedy="Make it of Scatter, Bar or Heatmap, or look at it in the app or the report.",
        )


def line_color(trace: Any, default: str) -> RgbaColor:
    """The colour of the line of a trace."""
    return color(trace.line.color or trace.marker.color or default, trace.opacity)


def mark_color(trace: Any, default: str) -> RgbaColor:
    """The colour of the marks of a trace."""
    found = trace.marker.color if isinstance(trace.marker.color, str) else trace.line.color
    return color(found or default, trace.marker.opacity)


def _scatter(axes: Axes, trace: Any, before: Any, scale: float, default: str) -> None:
    if trace.marker.showscale:
        return  # it stands for the colour bar alone
    x, y = numbers(trace.x), numbers(trace.y)
    mode = trace.mode or "lines"
    paint = line_color(trace, default)
    if trace.fill:
        shade = color(trace.fillcolor, trace.opacity) if trace.fillcolor else (*paint[:3], 0.5 * paint[3])
        _fill(axes, trace.fill, x, y, before, shade)
    width = 2.0 if trace.line.width is None else float(trace.line.width)
    if "lines" in mode and width:
        axes.plot(
            x, y, color=paint, linewidth=width * scale, linestyle=DASHES[trace.line.dash or "solid"], zorder=2.2,
            solid_joinstyle="round", solid_capstyle="butt", dash_capstyle="butt",
        )  # fmt: skip
    for letter in "xy":
        _errors(axes, trace, letter, x, y, scale, default)
    if "markers" in mode:
        size = float(trace.marker.size or 6)
        edge = trace.marker.line
        axes.plot(
            x, y, linestyle="none", marker=SYMBOLS[trace.marker.symbol or "circle"], color=mark_color(trace, default),
            markersize=size * scale * (0.86 if trace.marker.symbol in ("diamond", "square") else 1.0), zorder=2.4,
            markeredgecolor=color(edge.color) if edge.color else "none",
            markeredgewidth=float(edge.width or 0) * scale,
        )  # fmt: skip


def _errors(axes: Axes, trace: Any, letter: str, x: FloatArray, y: FloatArray, scale: float, default: str) -> None:
    error = trace[f"error_{letter}"]
    if error.array is None:
        return
    up = np.nan_to_num(numbers(error.array))
    down = up if error.arrayminus is None else np.nan_to_num(numbers(error.arrayminus))
    reach: Any = np.maximum([down, up], 0)
    axes.errorbar(
        x, y, xerr=reach if letter == "x" else None, yerr=reach if letter == "y" else None, linestyle="none",
        zorder=2.1,
        ecolor=color(error.color) if error.color else mark_color(trace, default),
        elinewidth=float(error.thickness or 2) * scale,
    )  # fmt: skip


def _fill(axes: Axes, kind: str, x: FloatArray, y: FloatArray, before: Any, shade: RgbaColor) -> None:
    look: dict[str, Any] = {"color": shade, "linewidth": 0, "zorder": 1.8}
    if kind == "toself":
        for part in np.split(np.arange(len(x)), np.flatnonzero(~np.isfinite(x + y))):
            inside = part[np.isfinite((x + y)[part])]
            if len(inside) > 2:
                axes.add_patch(PathPatch(Path(np.column_stack([x[inside], y[inside]])), **look))
    elif kind == "tonexty" and before is not None:
        axes.fill_between(x, numbers(before.y), y, **look)
    elif kind == "tozerox":
        axes.fill_betweenx(y, 0, x, **look)
    else:
        axes.fill_between(x, 0, y, **look)


def _shading(axes: Axes, trace: go.Heatmap) -> None:
    x, y, z = numbers(trace.x), numbers(trace.y), np.array(trace.z, dtype=np.float64)
    x, y = (_borders(v, n) for v, n in ((x, z.shape[1]), (y, z.shape[0])))
    scale = trace.colorscale or theme.DENSITY
    # a picture inside the vector file: thousands of cells would be thousands of shapes, with seams between them
    axes.pcolormesh(x, y, z, cmap=color_map(scale), rasterized=True, zorder=1.5)


def _borders(places: FloatArray, n: int) -> FloatArray:
    """Borders of n cells from their middles (on a log scale where those are spread evenly on one), or as given."""
    if len(places) > n:
        return places
    log = places[0] > 0 and len(places) > 2 and np.ptp(np.diff(np.log(places))) < np.ptp(np.diff(places))
    shown = np.log(places) if log else places
    middle = (shown[1:] + shown[:-1]) / 2
    borders = np.concatenate([[2 * shown[0] - middle[0]], middle, [2 * shown[-1] - middle[-1]]])
    return np.asarray(np.exp(borders) if log else borders)
