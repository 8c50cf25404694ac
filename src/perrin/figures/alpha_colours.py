"""The colours of alpha: grey for free diffusion, bluer below 1, more orange above, lightness symmetric."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from perrin.figures import theme
from perrin.types import FloatArray, IntArray

SCALE: Final = (
    (0.0, "#1d4f9e"),
    (0.25, "#3b86d6"),
    (0.5, "#a7a7a7"),
    (0.75, "#e08a1e"),
    (1.0, "#a8480c"),
)
CLASSES: Final = 24
_HIGHEST: Final = 2.0


def classes(alpha: FloatArray) -> IntArray:
    """The colour class of each alpha, 0 to CLASSES - 1; -1 where alpha is nan."""
    known = np.isfinite(alpha)
    scaled = np.clip(np.where(known, alpha, 0.0) / _HIGHEST, 0, 1) * CLASSES
    return np.where(known, np.minimum(scaled.astype(np.int64), CLASSES - 1), -1)


def colour(index: int) -> str:
    """The colour in the middle of a class, as rgb(); quiet grey for class -1."""
    if index < 0:
        return theme.QUIET
    place = (index + 0.5) / CLASSES
    stops = [s for s, _ in SCALE]
    channels = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for _, c in SCALE], dtype=float)
    red, green, blue = (round(float(np.interp(place, stops, channels[:, i]))) for i in range(3))
    return f"rgb({red},{green},{blue})"


def colour_bar() -> dict[str, Any]:
    """Marker settings that draw the scale of alpha from 0 to 2 above the plot, at the right."""
    return {
        "color": [0.0],
        "cmin": 0.0,
        "cmax": _HIGHEST,
        "colorscale": SCALE,
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
            "tickvals": [0, 0.5, 1, 1.5, 2],
            "title": {"text": "alpha(t)", "side": "top", "font": {"size": 13}},
        },
    }
