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


def color(index: int) -> str:
    """The colour in the middle of a class, as rgb(); quiet grey for class -1."""
    if index < 0:
        return theme.QUIET
    return theme.between(SCALE, (index + 0.5) / CLASSES)


def color_bar(title: str = "alpha(t)") -> dict[str, Any]:
    """Marker settings that draw the scale of alpha from 0 to 2 above the plot, at the right."""
    return theme.color_bar(SCALE, 0.0, _HIGHEST, [0, 0.5, 1, 1.5, 2], title)
