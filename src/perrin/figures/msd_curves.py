"""Mean squared displacement: the classical look at the same tracks."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go

from perrin.features.msd import mean_squared_displacement, time_step
from perrin.figures import selection, theme
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

MOST_SINGLE: Final = 200
MOST_LAGS: Final = 30
_SLOPES: Final = ((1.0, "dash", 1.5), (0.5, "dot", 1.0), (2.0, "dashdot", 1.0))
_SEED: Final = 0


def msd(tracks: Tracks) -> go.Figure:
    """MSD against lag time, log-log: single tracks thin, all pairs of all tracks thick, guides of slope 1, ½ and 2.

    Lags run up to half the duration that the longest tenth of the tracks reach.
    """
    sound = tracks.select(selection.sound(tracks))
    dt = time_step(sound)
    if dt is None:
        return theme.nothing("Nothing to show here: no track has two positions.")
    lags = _lags(sound, dt)
    single, pairs = mean_squared_displacement(sound, lags)
    total = pairs.sum(axis=0)
    ensemble = np.divide(np.nansum(single * pairs, axis=0), total, out=np.full(len(lags), np.nan), where=total > 0)
    drawn = ensemble > 0
    if not drawn.any():
        return theme.nothing("Nothing to show here: no track moves, or no two positions of a track are one step apart.")
    times: FloatArray = lags.astype(np.float64) * dt
    figure = theme.blank(460, showlegend=True)
    rows = _sample(single)
    if len(sound) > 1:
        figure.add_trace(_thin(times, single[rows]))
    limits = _limits(np.concatenate([single[rows].ravel(), ensemble]))
    for guide in _guides(times[drawn], float(ensemble[drawn][0]), limits):
        figure.add_trace(guide)
    figure.add_scatter(
        x=times[drawn], y=ensemble[drawn], mode="lines+markers",
        name="all tracks together" if len(sound) > 1 else "the track",
        line={"color": theme.EMPHASIS, "width": 3}, marker={"size": 6}, customdata=total[drawn],
        hovertemplate="lag %{x:.3g}<br>MSD %{y:.3g}<br>%{customdata:,} pairs of positions<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": theme.label("lag time", tracks.units.time)})
    figure.update_yaxes(theme.log_axis(*limits), title={"text": theme.label("MSD", f"{tracks.units.length}²")})
    room = (0.04, 0.04) if len(times) > 1 else (0.3, 0.4)
    figure.update_xaxes(theme.log_axis(float(np.log10(times[0])) - room[0], float(np.log10(times[-1])) + room[1]))
    figure.update_layout(legend={"y": 1.07})
    if len(sound) == 1:
        return figure
    return theme.remark(figure, f"thin lines: {len(rows):,} of {len(sound):,} tracks; thick line: all of them")


def _lags(tracks: Tracks, dt: float) -> IntArray:
    filled = tracks.offsets[:-1], tracks.offsets[1:] - 1
    duration = (tracks.times[filled[1]] - tracks.times[filled[0]]) / dt
    longest = max(int(np.percentile(duration, 90) / 2 + 1e-6), 1)
    return np.unique(np.round(np.geomspace(1, longest, MOST_LAGS))).astype(np.int64)


def _sample(single: FloatArray) -> IntArray:
    usable = np.flatnonzero((single > 0).any(axis=1))
    if len(usable) <= MOST_SINGLE:
        return usable
    return np.sort(np.random.default_rng(_SEED).choice(usable, MOST_SINGLE, replace=False))


def _thin(times: FloatArray, curves: FloatArray) -> go.Scatter:
    """All single curves as one trace, parted by nan."""
    x = np.tile(np.append(times, np.nan), len(curves))
    y = np.column_stack([np.where(curves > 0, curves, np.nan), np.full(len(curves), np.nan)]).ravel()
    return go.Scatter(
        x=theme.in_single_precision(x), y=theme.in_single_precision(y), mode="lines",
        name="single tracks", hoverinfo="skip", opacity=0.4 if len(curves) > 20 else 0.6,
        line={"color": theme.ACCENT, "width": 1},
    )  # fmt: skip


def _limits(values: FloatArray) -> list[float]:
    positive = np.log10(values[values > 0])
    low, high = np.percentile(positive, [0.2, 99.8])
    return [float(low) - 0.2, float(high) + 0.2]


def _guides(times: FloatArray, start: float, limits: list[float]) -> list[go.Scatter]:
    """Straight lines through the first point of the ensemble, cut where they leave the plot."""
    guides = []
    for slope, dash, width in _SLOPES:
        ceiling = times[0] * 10 ** ((limits[1] - np.log10(start)) / slope)
        ends = np.array([times[0], min(float(times[-1]) if len(times) > 1 else times[0] * 1.5, ceiling)])
        guides.append(
            go.Scatter(
                x=ends,
                y=start * (ends / times[0]) ** slope,
                mode="lines",
                name=f"slope {slope:g}",
                hoverinfo="skip",
                line={"color": theme.QUIET, "width": width, "dash": dash},
            )
        )
    return guides
