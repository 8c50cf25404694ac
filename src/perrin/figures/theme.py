"""One look for every figure: palette, type, template, and what a figure says about itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from perrin.types import FloatArray

ACCENT: Final = "#12858a"
SHADE: Final = "rgba(18,133,138,0.22)"
"""The 95 % band around a line in the accent colour."""
EMPHASIS: Final = "#d6336c"
QUIET: Final = "#8b929c"
INK: Final = "#24292f"
MUTED: Final = "#5c6670"
"""For small remarks: still 5 to 1 against white."""
GUIDE: Final = {"color": "#737c86", "width": 1.5, "dash": "dash"}
"""The line at alpha = 1, free diffusion."""
GRID: Final = "#e4e7eb"
PALETTE: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""For conditions: the colours of Okabe and Ito, which the colour-blind can tell apart."""
SYMBOLS: Final = ("circle", "diamond", "square", "triangle-up", "cross", "x")
DENSITY: Final = ((0.0, "rgba(18,133,138,0)"), (0.02, "rgba(18,133,138,0.15)"), (1.0, "rgba(18,133,138,1)"))
USUAL_HEIGHT: Final = 450
"""Pixels of a figure that states none, as plotly draws it."""
FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
SMALL: Final = 12
_LONG: Final = 2.6
_SHORT: Final = 0.6

_AXIS: Final = {
    "gridcolor": GRID,
    "linecolor": QUIET,
    "tickcolor": QUIET,
    "showline": True,
    "ticks": "outside",
    "ticklen": 4,
    "zeroline": False,
    "automargin": True,
    "exponentformat": "power",
    "title": {"standoff": 10, "font": {"size": 13}},
}
TEMPLATE: Final = go.layout.Template(
    layout={
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "colorway": PALETTE,
        "margin": {"l": 70, "r": 24, "t": 40, "b": 56},
        "hoverlabel": {"bgcolor": INK, "bordercolor": INK, "font": {"color": "white", "family": FONT}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
    }
)


def blank(height: int, **layout: Any) -> go.Figure:
    """An empty figure in perrin's look, `height` pixels high."""
    return go.Figure(layout=go.Layout(template=TEMPLATE, height=height, meta={}, **layout))


def nothing(why: str) -> go.Figure:
    """A figure without data that says why, for `reason` to find."""
    figure = blank(120, xaxis={"visible": False}, yaxis={"visible": False})
    figure.update_layout(meta={"reason": why})
    return figure.add_annotation(text=plain(why), showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)


def reason(figure: go.Figure) -> str | None:
    """Why the figure shows nothing, or None when it shows something."""
    found = (figure.layout.meta or {}).get("reason")
    return None if found is None else str(found)


def remark(figure: go.Figure, text: str) -> go.Figure:
    """Write a small statement about what is shown above the plot, at the left."""
    return figure.add_annotation(
        text=plain(text), showarrow=False, xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom",
        yshift=8, font={"size": SMALL, "color": MUTED},
    )  # fmt: skip


def plain(text: str) -> str:
    """`text` with the characters escaped that plotly would take for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, length: int) -> str:
    """`text` cut in the middle to at most `length` characters."""
    if len(text) <= length:
        return text
    head = (length - 1) // 2
    return f"{text[:head]}…{text[head + 1 - length :]}"


def label(name: str, unit: str) -> str:
    """An axis title such as `D (µm²/s^α)`, with the exponent set as one."""
    return f"{name} ({plain(unit)})".replace("^α", "<sup>α</sup>")


def log_axis(low: float, high: float) -> dict[str, Any]:
    """A log axis over the exponents `low` to `high`, its ticks at powers of ten, or 1, 2 and 5, or closer."""
    axis = {"type": "log", "range": [low, high]}
    if high - low > _LONG:
        return axis | {"dtick": 1, "tickfont": {"size": 11}}
    if high - low > _SHORT:
        return axis | {"dtick": "D2", "tickformat": "~g"}
    step = 10.0 ** np.floor(np.log10((10**high - 10**low) / 3))
    return axis | {"tickvals": step * np.arange(np.ceil(10**low / step), 10**high / step), "tickformat": "~g"}


def between(scale: Sequence[tuple[float, str]], place: float) -> str:
    """The colour at `place`, 0 to 1, of a scale of (place, #rrggbb), as rgb()."""
    stops = [s for s, _ in scale]
    channels = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for _, c in scale], dtype=float)
    red, green, blue = (round(float(np.interp(place, stops, channels[:, i]))) for i in range(3))
    return f"rgb({red},{green},{blue})"


def color_bar(
    scale: Sequence[tuple[float, str]], low: float, high: float, ticks: Sequence[float], title: str,
    names: Sequence[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Marker settings that draw a colour scale above the plot, at the right."""
    return {
        "color": [low],
        "cmin": low,
        "cmax": high,
        "colorscale": scale,
        "size": 0.1,
        "opacity": 0,
        "showscale": True,
        "colorbar": {
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yanchor": "bottom",
            "len": 0.34,
            "thickness": 10,
            "ypad": 6,
            "outlinewidth": 0,
            "tickvals": ticks,
            "ticktext": names,
            "title": {"text": title, "side": "top", "font": {"size": 13}},
        },
    }


def in_single_precision(values: FloatArray) -> FloatArray | NDArray[np.float32]:
    """Half as large in a page, where single precision holds all of the `values`; else as they are."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    held = np.finfo(np.float32)
    whole = sizes.min(initial=1.0) >= held.tiny and sizes.max(initial=1.0) <= held.max
    return values.astype(np.float32) if whole else values


def axis(number: int) -> str:
    """What plotly puts behind x or y for the axis of this number, counted from 0."""
    return "" if number == 0 else str(number + 1)


def faint(color: str, opacity: float) -> str:
    """A colour #rrggbb that shows what is below it, as rgba()."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def number(value: float, digits: int = 3) -> str:
    """`value` with so many significant digits, in powers of ten where it is very large or small."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        shown = f"{value:.{digits}g}"
        return f"{float(shown):,.0f}" if "e" in shown else shown
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    superscript = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{superscript}"
