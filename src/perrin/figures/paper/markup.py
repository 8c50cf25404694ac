"""Plotly's markup and colours in matplotlib's words."""

from __future__ import annotations

import html
import re
from typing import Any, Final

from matplotlib.colors import LinearSegmentedColormap, to_rgba

_SUP: Final = re.compile(r"<sup>(.*?)</sup>")
_BOLD: Final = re.compile(r"^<b>([^<]*)</b>$")
_TAGS: Final = re.compile(r"</?[a-z]+>")
_RGBA: Final = re.compile(r"rgba?\(([^)]*)\)")
_SUPERSCRIPTS: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_POWER: Final = re.compile("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
RgbaColor = tuple[float, float, float, float]


def matplotlib_text(text: str) -> tuple[str, bool]:
    """The text for matplotlib, and whether all of it is bold. A part in bold among others is set as the others are."""
    lines = text.split("<br>")
    bold = all(_BOLD.match(line) for line in lines)
    parts = []
    for line in lines:
        plain = line.replace("\\", "\\\\").replace("$", r"\$")
        plain = _SUP.sub(lambda found: f"$^{{\\mathrm{{{_letter(found[1])}}}}}$", plain)
        plain = _POWER.sub(lambda found: f"$10^{{{found[1].translate(_SUPERSCRIPTS)}}}$", plain)
        parts.append(html.unescape(_TAGS.sub("", plain)))
    return "\n".join(parts), bold


def _letter(text: str) -> str:
    return text.replace("α", r"\alpha")


def color(text: str, opacity: float | None = None) -> RgbaColor:
    """`#rrggbb`, `rgb()`, `rgba()` or a name, fainter by `opacity`."""
    found = _RGBA.fullmatch(text)
    if found:
        numbers = [float(part) for part in found[1].split(",")]
        red, green, blue = (n / 255 for n in numbers[:3])
        rgba = (red, green, blue, numbers[3] if len(numbers) > 3 else 1.0)
    else:
        rgba = to_rgba(text)
    return (rgba[0], rgba[1], rgba[2], rgba[3] * (1.0 if opacity is None else opacity))


def color_map(scale: Any) -> LinearSegmentedColormap:
    """A plotly colour scale."""
    return LinearSegmentedColormap.from_list("scale", [(float(place), color(name)) for place, name in scale])


DASHES: Final[dict[str, Any]] = {
    "solid": "solid",
    "dash": (0, (5, 3)),
    "dot": (0, (1, 2)),
    "longdash": (0, (9, 3)),
    "dashdot": (0, (5, 2, 1, 2)),
}
SYMBOLS: Final = {
    "circle": "o",
    "diamond": "D",
    "square": "s",
    "triangle-up": "^",
    "cross": "P",
    "x": "X",
}
