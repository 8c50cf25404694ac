"""Whether tracks turn back or go on: the angles between successive steps."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.features import frame_clock, frame_steps, lagged_pairs
from perrin.figures import selection, theme
from perrin.tracks import Tracks

_BINS: Final = 18
_FEWEST: Final = 20


def turning_angles(tracks: Tracks) -> go.Figure:
    """Histogram of the angle between successive steps over one frame, 0° straight on, 180° straight back.

    The line is free diffusion without localisation error: even in 2-D, as the sine in 3-D.
    """
    if tracks.dimension == 1:
        return theme.nothing("Nothing to show here: steps in one dimension have no angle.")
    sound = tracks.select(selection.sound(tracks))
    dt = frame_clock(sound).dt
    steps, seen = frame_steps(sound, dt)
    before, after = lagged_pairs(sound, dt, 1)
    both = seen[before] & seen[after]
    first, second = steps[before[both]], steps[after[both]]
    length = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    cosine = (first * second).sum(axis=1)[length > 0] / length[length > 0]
    if len(cosine) < _FEWEST:
        return theme.nothing("Nothing to show here: there are not enough pairs of successive steps.")
    counts, borders = np.histogram(np.degrees(np.arccos(np.clip(cosine, -1, 1))), _BINS, (0.0, 180.0))
    figure = theme.blank(380, bargap=0.06, showlegend=False)
    share = 100 * counts / len(cosine)
    figure.add_bar(
        x=(borders[:-1] + borders[1:]) / 2, y=share, marker={"color": theme.ACCENT}, customdata=counts,
        hovertemplate="about %{x:.0f}°: %{customdata:,} turns<extra></extra>",
    )  # fmt: skip
    edges = np.radians(borders)
    if tracks.dimension == 2:
        x, expected = np.array([0.0, 180.0]), np.full(2, 100 / _BINS)
    else:
        x, expected = (borders[:-1] + borders[1:]) / 2, 50 * (np.cos(edges[:-1]) - np.cos(edges[1:]))
    figure.add_scatter(
        x=x, y=expected, mode="lines", line={"color": theme.EMPHASIS, "width": 2}, hoverinfo="skip",
    )  # fmt: skip
    figure.update_xaxes(title={"text": "angle between successive steps (°)"}, range=[-1, 181], dtick=30)
    figure.update_yaxes(title={"text": "share of turns (%)"}, rangemode="tozero")
    said = f"{len(cosine):,} turns; mean cosine {cosine.mean():+.3f}; line: free diffusion without localization error"
    return theme.remark(figure, said)
