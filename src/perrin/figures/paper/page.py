"""The sheet of paper: its size, its margins, its type, and the file."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Final

import plotly.graph_objects as go
from matplotlib import font_manager, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from perrin.errors import InputError
from perrin.figures import theme
from perrin.figures.paper import overlays
from perrin.figures.paper.axes import PlotLayout, Rectangle, place_axes
from perrin.figures.paper.traces import draw
from perrin.tracks.store import replace_file

SINGLE: Final = 89.0
"""Width in mm of one column, as most journals have it."""
DOUBLE: Final = 183.0
"""Width in mm of both columns."""
FORMATS: Final = ("pdf", "svg", "png")
_POINT: Final = 7.5
"""Size of the type in pt; on the screen it is 13 px, and everything else keeps its proportion to it."""
_SCALE: Final = _POINT / 13
_PER_INCH: Final = 25.4
_FONTS: Final = ("Arial", "Helvetica", "Liberation Sans", "DejaVu Sans")
_DPI: Final = 300


def write_figure(
    figure: go.Figure, path: str | PathLike[str], *, width: float = SINGLE, height: float | None = None
) -> None:
    """Write a figure for print: fonts of 7 to 7.5 pt whatever the width, vectors in PDF and SVG, 300 dpi in PNG.

    Args:
        figure: one of perrin's; a figure with nothing to show is refused.
        path: the file, ending in .pdf, .svg or .png; it is replaced.
        width: in mm.
        height: in mm; by default as the figure has it on the screen.

    Raises:
        InputError: where the figure has nothing to show, or the ending is another one.
    """
    target = Path(path)
    kind = target.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise InputError(f"cannot write {target.suffix or 'a file without an extension'}", file=target,
                         remedy=f"Use one of the extensions {', '.join('.' + f for f in FORMATS)}.")  # fmt: skip
    if (why := theme.reason(figure)) is not None:
        raise InputError(why, file=target)
    if not 30 <= width <= 1000 or not (height is None or 20 <= height <= 1500):
        raise InputError("a figure is 30 to 1000 mm wide and 20 to 1500 mm high", remedy="Give 89 or 183.")
    known = set(font_manager.get_font_names())
    settings: Any = {
        "font.family": "sans-serif", "font.sans-serif": [f for f in _FONTS if f in known], "pdf.fonttype": 42,
        "svg.fonttype": "none", "svg.hashsalt": "perrin", "mathtext.fontset": "dejavusans",
        "mathtext.default": "regular", "path.simplify": True, "axes.unicode_minus": True, "text.color": theme.INK,
    }  # fmt: skip
    with rc_context(settings):
        sheet = _laid_out(figure, width, height)
        meta = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[kind]
        replace_file(target, lambda p: sheet.savefig(p, format=kind, dpi=_DPI, metadata={**meta, "Creator": None}
                                                     if kind != "png" else meta))  # fmt: skip


def _laid_out(figure: go.Figure, width: float, height: float | None) -> Figure:
    """The sheet with margins in which all words have room."""
    across = width / _PER_INCH * 72
    up = _height(figure, across) if height is None else height / _PER_INCH * 72
    sides = [4.0] * 4
    sheet = _drawn(figure, (across, up), sides)
    for _ in range(3):
        over = _overflow(sheet)
        if max(over) < 0.5:
            break
        sides = [side + more for side, more in zip(sides, over, strict=True)]
        sheet = _drawn(figure, (across, up), sides)
    return sheet


def _height(figure: go.Figure, across: float) -> float:
    """As on a screen of this width: figures that state their aspect keep it."""
    meta = figure.layout.meta or {}
    pixels = (
        across / _SCALE * meta["aspect"] + meta["extra"]
        if "aspect" in meta
        else float(figure.layout.height or theme.USUAL_HEIGHT)
    )
    return float(pixels * _SCALE)


def _drawn(figure: go.Figure, size: tuple[float, float], sides: list[float]) -> Figure:
    sheet = Figure(figsize=(size[0] / 72, size[1] / 72))
    FigureCanvasAgg(sheet)
    left, right, top, bottom = sides
    area: Rectangle = (
        left / size[0], bottom / size[1],
        max(size[0] - left - right, 30.0) / size[0], max(size[1] - top - bottom, 20.0) / size[1],
    )  # fmt: skip
    layout = PlotLayout(figure, _SCALE)
    placed = place_axes(layout, sheet, area)
    colors = [theme.PALETTE[i % len(theme.PALETTE)] for i in range(len(figure.data))]
    before = None
    for trace, default in zip(figure.data, colors, strict=True):
        draw(placed[trace.xaxis or "x", trace.yaxis or "y"], trace, before, _SCALE, default)
        before = trace
    for pair, axes in placed.items():  # drawing may have moved the limits
        axes.set_xlim(*layout.range_of(pair[0]))
        axes.set_ylim(*layout.range_of(pair[1]))
    overlays.shapes(figure, sheet, placed, area, _SCALE)
    reach = overlays.notes(figure, sheet, placed, area, _SCALE)
    overlays.legend(figure, sheet, area, _SCALE, colors, reach)
    overlays.color_bars(figure, sheet, area, _SCALE)
    return sheet


def _overflow(sheet: Figure) -> list[float]:
    """By how many points words reach over the left, right, top and bottom edge, 2 pt of air included."""
    sheet.canvas.draw()
    box = sheet.get_tightbbox()
    width, height = sheet.get_size_inches()
    beyond = (-box.x0, box.x1 - width, box.y1 - height, -box.y0)
    return [max(0.0, 72 * inches + 2.0) for inches in beyond]
