"""Tracks as coloured lines: a trace a colour class for all tracks together, as plotly cannot shade along a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.figures import theme
from perrin.types import FloatArray, IntArray

LEAP: Final = -2
"""Colour class of a step over a gap."""
_PAUSE: Final = np.full((1, 2), np.nan)


def colored_lines(
    pieces: Iterable[tuple[FloatArray, IntArray]], color: Callable[[int], str], *, width: float = 1.8
) -> list[go.Scatter]:
    """Traces for (n, 2) paths with the colour class of each of their n - 1 steps: gaps dotted, class -1 thin."""
    lines: dict[int, list[FloatArray]] = {}
    for xy, kind in pieces:
        for start, end in _runs(kind):
            lines.setdefault(int(kind[start]), []).extend((xy[start : end + 1], _PAUSE))
    traces = [_line(lines.pop(LEAP), theme.QUIET, width=0.55 * width, dash="dot")] if LEAP in lines else []
    return traces + [
        _line(lines[found], color(found), width=width if found >= 0 else 0.55 * width) for found in sorted(lines)
    ]


def leaps(times: FloatArray) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which steps between successive times are longer than the usual one."""
    steps = np.diff(times)
    return np.asarray(steps > 1.5 * np.median(steps)) if len(steps) else np.zeros(0, dtype=bool)


def _runs(kind: IntArray) -> list[tuple[int, int]]:
    """First segment and end of each stretch of one colour."""
    borders = np.flatnonzero(np.diff(kind)) + 1
    starts = np.concatenate([[0], borders])
    return list(zip(starts.tolist(), np.append(borders, len(kind)).tolist(), strict=True)) if len(kind) else []


def _line(parts: list[FloatArray], color: str, **line: object) -> go.Scatter:
    xy = theme.in_single_precision(np.concatenate(parts))
    return go.Scatter(x=xy[:, 0], y=xy[:, 1], mode="lines", hoverinfo="skip", line={"color": color, **line})
