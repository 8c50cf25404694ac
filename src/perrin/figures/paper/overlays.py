"""What stands on top: notes, straight lines and boxes, the legend, colour bars."""

from __future__ import annotations

import textwrap
from typing import Any, Final

import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle as Box
from matplotlib.transforms import IdentityTransform, ScaledTranslation, Transform, blended_transform_factory

from perrin.figures import theme
from perrin.figures.paper.axes import Rectangle, numbers
from perrin.figures.paper.markup import DASHES, SYMBOLS, color, color_map, matplotlib_text
from perrin.figures.paper.traces import line_color, mark_color

AxesOfPairs = dict[tuple[str, str], Axes]
_LETTER: Final = 0.52
"""Mean width of a letter, in sizes of the type."""
_ACROSS: Final = {"left": "left", "center": "center", "right": "right"}
_UP: Final = {"top": "top", "middle": "center", "bottom": "bottom"}


def notes(figure: go.Figure, sheet: Figure, placed: AxesOfPairs, area: Rectangle, scale: float) -> float:
    """The annotations; returns how many points those above the plot, at its left, reach over its upper edge."""
    reach = 0.0
    for note in figure.layout.annotations:
        text, bold = matplotlib_text(note.text)
        size = float(note.font.size or 13)
        if note.yref == "paper" and note.y > 0.99:
            if note.xref == "paper" and note.x == 0:
                text = _wrapped(text, area[2] * sheet.get_figwidth() * 72 / (size * scale))
            reach = max(reach, (float(note.yshift or 0) + 1.3 * size * len(text.splitlines())) * scale)
        shift = ScaledTranslation(
            float(note.xshift or 0) * scale / 72, float(note.yshift or 0) * scale / 72, sheet.dpi_scale_trans
        )
        across, up = _axis(note.xref, "x", placed, area, sheet), _axis(note.yref, "y", placed, area, sheet)
        x, y = _number(note.x, note.xref, placed, "x"), _number(note.y, note.yref, placed, "y")
        sheet.text(
            x, y, text, transform=blended_transform_factory(across, up) + shift,
            ha=_ACROSS[_anchor(note.xanchor, note.xref, x, ("left", "center", "right"))],
            va=_UP[_anchor(note.yanchor, note.yref, y, ("bottom", "middle", "top"))],
            fontsize=float(note.font.size or 13) * scale, color=color(note.font.color or theme.INK),
            fontweight="bold" if bold else "normal", linespacing=1.25, zorder=5,
        )  # fmt: skip
    return reach


def _wrapped(text: str, letters: float) -> str:
    """Text in lines of at most so many times the size of the type."""
    return "\n".join(textwrap.wrap(text, max(int(letters / _LETTER), 20)))


def _anchor(given: str | None, reference: str | None, place: float, sides: tuple[str, str, str]) -> str:
    """Where a note hangs: plotly chooses the nearer side for places on the paper, the middle for those on an axis."""
    if given not in (None, "auto"):
        return str(given)
    if reference != "paper":
        return sides[1]
    return sides[0] if place < 1 / 3 else sides[2] if place > 2 / 3 else sides[1]


def _axes_of(name: str, letter: str, placed: AxesOfPairs) -> Axes:
    return next(axes for pair, axes in placed.items() if pair["xy".index(letter)] == name)


def _axis(reference: str | None, letter: str, placed: AxesOfPairs, area: Rectangle, sheet: Figure) -> Transform:
    """From numbers along one axis to the sheet, in both coordinates (the other is thrown away)."""
    if reference == "paper":
        from matplotlib.transforms import Affine2D

        left, bottom, width, height = area
        return Affine2D().scale(width, height).translate(left, bottom) + sheet.transFigure
    name, _, domain = (reference or letter).partition(" ")
    axes = _axes_of(name, letter, placed)
    return axes.transAxes if domain else axes.transData


def _number(value: float, reference: str | None, placed: AxesOfPairs, letter: str) -> float:
    """A place as a number of the data: notes on a log axis state its logarithm."""
    if reference == "paper" or (reference or "").endswith(" domain"):
        return float(value)
    axes = _axes_of(reference or letter, letter, placed)
    log = (axes.get_xscale() if letter == "x" else axes.get_yscale()) == "log"
    return float(10**value if log else value)


def shapes(figure: go.Figure, sheet: Figure, placed: AxesOfPairs, area: Rectangle, scale: float) -> None:
    """Straight lines and boxes."""
    for shape in figure.layout.shapes:
        across, up = _axis(shape.xref, "x", placed, area, sheet), _axis(shape.yref, "y", placed, area, sheet)
        transform = _apart(across, up)
        width = 2.0 if shape.line.width is None else float(shape.line.width)
        look: dict[str, Any] = {"transform": transform, "linewidth": width * scale, "zorder": 1.9}
        x = _inside((float(shape.x0), float(shape.x1)), shape.xref, "x", placed)
        y = _inside((float(shape.y0), float(shape.y1)), shape.yref, "y", placed)
        if x is None or y is None:
            continue
        if shape.type == "rect":
            box = Box((x[0], y[0]), x[1] - x[0], y[1] - y[0], facecolor=color(shape.fillcolor or "#ffffff"), **look)
            sheet.add_artist(box)
        else:
            sheet.add_artist(
                Line2D(x, y, color=color(shape.line.color or theme.INK),
                       linestyle=DASHES[shape.line.dash or "solid"], **look)
            )  # fmt: skip


def _inside(ends: tuple[float, float], reference: str, letter: str, placed: AxesOfPairs) -> tuple[float, float] | None:
    """The part of a shape that the axis shows; None where it shows nothing of it."""
    if reference == "paper" or reference.endswith(" domain"):
        return ends
    axes = _axes_of(reference, letter, placed)
    low, high = sorted(axes.get_xlim() if letter == "x" else axes.get_ylim())
    if max(ends) < low or min(ends) > high:
        return None
    return min(max(ends[0], low), high), min(max(ends[1], low), high)


def _apart(across: Transform, up: Transform) -> Transform:
    """One transformation from two that may be alike."""
    return across if across == up else blended_transform_factory(across, up) + IdentityTransform()


def legend(
    figure: go.Figure, sheet: Figure, area: Rectangle, scale: float, colors: list[str], reach: float
) -> None:  # fmt: skip
    """The names of the traces above the plot, `reach` points over its edge, where the figure shows them."""
    named = [(t, c) for t, c in zip(figure.data, colors, strict=True) if t.name and t.showlegend is not False]
    if figure.layout.showlegend is False or len(named) < (1 if figure.layout.showlegend else 2):
        return
    handles = [_handle(trace, default, scale) for trace, default in named]
    longest = max(len(matplotlib_text(t.name)[0]) for t, _ in named)
    room = area[2] * sheet.get_figwidth() * 72 / (13 * scale)
    sheet.legend(
        handles, [matplotlib_text(t.name)[0] for t, _ in named], loc="lower left", frameon=False, fontsize=12 * scale,
        bbox_to_anchor=(area[0], area[1] + area[3] + (reach + 4) / (72 * sheet.get_figheight())), borderaxespad=0,
        borderpad=0.2, ncols=max(1, min(len(named), int(room / (_LETTER * longest + 4)))), columnspacing=1.2,
        handlelength=1.6, handletextpad=0.5, labelcolor=theme.INK, labelspacing=0.3,
    )  # fmt: skip


def _handle(trace: Any, default: str, scale: float) -> Line2D | Box:
    if trace.type == "bar" or (trace.fill and trace.line.width == 0):
        return Box((0, 0), 1, 1, facecolor=color(trace.fillcolor or default), linewidth=0)
    mode = trace.mode or "lines"
    width = 2.0 if trace.line.width is None else float(trace.line.width)
    return Line2D(
        [], [], color=line_color(trace, default), linewidth=width * scale if "lines" in mode else 0,
        linestyle=DASHES[trace.line.dash or "solid"] if "lines" in mode else "none",
        marker=SYMBOLS[trace.marker.symbol or "circle"] if "markers" in mode else None,
        markerfacecolor=mark_color(trace, default), markeredgecolor="none",
        markersize=min(float(trace.marker.size or 6), 9.0) * scale,
    )  # fmt: skip


def color_bars(figure: go.Figure, sheet: Figure, area: Rectangle, scale: float) -> None:
    """Colour bars: lying above the plot for coloured lines, upright at its right for shading."""
    width, height = sheet.get_figwidth() * 72, sheet.get_figheight() * 72
    for trace in figure.data:
        upright = trace.type == "heatmap" and trace.showscale is not False
        if not upright and not (trace.type == "scatter" and trace.marker.showscale):
            continue
        bar = trace.colorbar if upright else trace.marker.colorbar
        thick = float(bar.thickness or 12) * scale
        if upright:
            z = numbers(v for row in trace.z for v in row)
            ends, scale_of = (float(z.min()), float(z.max())), trace.colorscale
            place = (area[0] + area[2] + 14 * scale / width, area[1], thick / width, 0.8 * area[3])
        else:
            ends, scale_of = (float(trace.marker.cmin), float(trace.marker.cmax)), trace.marker.colorscale
            long = max(float(bar.len or 0.34) * area[2], 0.3)
            place = (area[0] + area[2] - long, area[1] + area[3] + 20 * scale / height, long, thick / height)
        axes = sheet.add_axes(place)
        mappable = ScalarMappable(Normalize(*ends), color_map(scale_of))
        ticks = None if bar.tickvals is None else numbers(bar.tickvals).tolist()
        drawn = sheet.colorbar(mappable, cax=axes, orientation="vertical" if upright else "horizontal", ticks=ticks)
        drawn.outline.set_visible(False)
        if bar.ticktext is not None:
            drawn.set_ticklabels([matplotlib_text(str(t))[0] for t in bar.ticktext])
        axes.tick_params(labelsize=11 * scale, length=2 * scale, width=scale, pad=2 * scale, color=theme.QUIET)
        axes.set_title(matplotlib_text(bar.title.text or "")[0], fontsize=12 * scale, pad=3 * scale, loc="center")
