"""Colours for a number that has no middle: dark blue to yellow, even in lightness, the same to the colour-blind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from perrin.figures import theme
from perrin.types import FloatArray, IntArray

SCALE: Final = (
    (0.0, "#123570"),
    (0.25, "#3b496c"),
    (0.5, "#757575"),
    (0.75, "#b0a06c"),
    (1.0, "#f0d43a"),
)
"""After cividis (Nuñez, Anderton & Renslow, PLoS ONE 13, e0199239 (2018)), without its palest end."""
CLASSES: Final = 24


@final
@dataclass(frozen=True)
class SequentialScale:
    """A scale from `low` to `high`; of their logarithms where `log`."""

    title: str
    low: float
    high: float
    log: bool = False

    @classmethod
    def over(cls, values: FloatArray, title: str, *, log: bool = False) -> SequentialScale:
        """The scale that holds all but the lowest and the highest hundredth of the finite values."""
        shown = values[np.isfinite(values) & ((values > 0) | (not log))]
        low, high = np.percentile(shown, [1, 99]) if len(shown) else (1.0, 2.0)
        return cls(title, float(low), float(high) if high > low else float(low) * 2 + (low == 0), log)

    def classes(self, values: FloatArray) -> IntArray:
        """The colour class of each value, 0 to CLASSES - 1; -1 where there is none."""
        known = np.isfinite(values) & ((values > 0) | (not self.log))
        low, high = self._ends()
        place = np.log10(np.where(known, values, 1.0)) if self.log else np.where(known, values, 0.0)
        scaled = np.clip((place - low) / (high - low), 0, 1) * CLASSES
        return np.where(known, np.minimum(scaled.astype(np.int64), CLASSES - 1), -1)

    def color(self, index: int) -> str:
        """The colour in the middle of a class; quiet grey for class -1."""
        return theme.QUIET if index < 0 else theme.between(SCALE, (index + 0.5) / CLASSES)

    def color_bar(self) -> dict[str, Any]:
        """Marker settings that draw the scale above the plot, at the right."""
        low, high = self._ends()
        ticks = np.linspace(low, high, 3)
        return theme.color_bar(
            SCALE, low, high, ticks.tolist(), self.title,
            [theme.number(10**t if self.log else t, 2) for t in ticks.tolist()],
        )  # fmt: skip

    def _ends(self) -> tuple[float, float]:
        return (float(np.log10(self.low)), float(np.log10(self.high))) if self.log else (self.low, self.high)
