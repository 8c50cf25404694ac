"""How long the steps are: their distribution (van Hove's) against that of Gaussian steps."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.features import frame_clock, frame_steps
from perrin.figures import selection, theme
from perrin.tracks import Tracks
from perrin.types import FloatArray

_FEWEST_STEPS: Final = 20
"""Steps a track needs to be measured by its own: fewer pull its longest steps towards the others."""
_WIDEST: Final = 6.0


def van_hove(tracks: Tracks) -> go.Figure:
    """Density of the steps over one frame along the axes, log scale, in units of their standard deviation.

    Once over all tracks together and once with each track in units of its own steps: tails that only the first has
    come from tracks of different D, tails that both have are in the motion itself.
    """
    sound = tracks.select(selection.sound(tracks))
    steps, seen = frame_steps(sound, frame_clock(sound).dt)
    code = np.repeat(np.arange(len(sound)), sound.lengths)[seen]
    values = steps[seen]
    if values.size < _FEWEST_STEPS or not np.any(values):
        return theme.nothing("Nothing to show here: there are not enough steps over a single frame.")
    own = np.sqrt(
        np.bincount(code, (values**2).mean(axis=1), len(sound)) / np.maximum(np.bincount(code), 1)[: len(sound)]
    )
    long = (np.bincount(code, minlength=len(sound)) >= _FEWEST_STEPS) & (own > 0)
    figure = theme.blank(420)
    together = (values / np.sqrt((values**2).mean())).ravel()
    _add(figure, together, "all steps in one unit", theme.ACCENT, "circle")
    if long.any():
        apart = (values / np.where(own > 0, own, 1.0)[code, None])[long[code]].ravel()
        _add(figure, apart, "each track in units of its own steps", theme.PALETTE[1], "diamond")
    grid = np.linspace(-_WIDEST, _WIDEST, 121)
    figure.add_scatter(
        x=grid, y=np.exp(-0.5 * grid**2) / np.sqrt(2 * np.pi), mode="lines", name="Gaussian", hoverinfo="skip",
        line={"color": theme.EMPHASIS, "width": 2},
    )  # fmt: skip
    figure.update_xaxes(title={"text": "step over one frame along an axis (standard deviations)"},
                        range=[-_WIDEST, _WIDEST], dtick=2)  # fmt: skip
    lowest = max(np.log10(0.3 / len(together)), -6.0)
    figure.update_yaxes(theme.log_axis(lowest, 0.2), title={"text": "probability density (no unit)"})
    figure.update_layout(legend={"y": 1.07})
    excess = float((together**4).mean() / 3 - 1)
    return theme.remark(figure, f"{len(values):,} steps; non-Gaussian parameter {excess:.2f} (Gaussian: 0)")


def _add(figure: go.Figure, values: FloatArray, name: str, color: str, symbol: str) -> None:
    bins = int(np.clip(np.sqrt(len(values)), 12, 60))
    counts, borders = np.histogram(values, bins, (-_WIDEST, _WIDEST))
    density = counts / (len(values) * np.diff(borders))
    filled = counts > 0
    figure.add_scatter(
        x=((borders[:-1] + borders[1:]) / 2)[filled], y=density[filled], mode="markers", name=name,
        marker={"color": color, "size": 7, "symbol": symbol}, customdata=counts[filled],
        hovertemplate="%{x:.2f} standard deviations: %{customdata:,} steps<extra></extra>",
    )  # fmt: skip
