"""How long steps are remembered: their autocorrelation against that of fractional Gaussian noise."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.features import frame_clock, frame_steps, lagged_pairs
from perrin.figures import selection, theme
from perrin.processes import increment_autocovariance
from perrin.result import Estimates
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

MOST_LAGS: Final = 15
_FEWEST: Final = 10


def velocity_autocorrelation(estimates: Estimates, tracks: Tracks) -> go.Figure:
    """Autocorrelation of the steps over one frame, all tracks together, with that of the estimated laws as a line.

    The line is the mean over the tracks of fractional Gaussian noise with the alpha, D and localisation error of
    each, weighted as the measured products are; where the points leave it, the tracks move by another law.
    """
    good = selection.estimated(estimates, "alpha", "D").select("source", "track", "alpha", "D", "sigma")
    table = tracks.info.select("source", "track").with_row_index().join(
        good, on=["source", "track"], how="inner", maintain_order="left"
    )  # fmt: skip
    chosen = tracks.select(table["index"].to_list())
    dt = frame_clock(chosen).dt
    steps, seen = frame_steps(chosen, dt)
    code = np.repeat(np.arange(len(chosen)), chosen.lengths)
    lags = np.arange(MOST_LAGS + 1)
    pairs = np.zeros((len(lags), len(chosen)))
    covariance = np.full(len(lags), np.nan)
    for lag in lags.tolist():
        first, second = _products(chosen, dt, seen, lag)
        pairs[lag] = np.bincount(code[first], minlength=len(chosen))
        if len(first) >= _FEWEST:
            covariance[lag] = (steps[first] * steps[second]).sum(axis=1).mean()
    known = np.isfinite(covariance)
    if not known[:2].all() or covariance[0] <= 0:
        return theme.nothing(selection.none_estimated(estimates, "model to compare successive steps with"))
    laws = _laws(table, dt, chosen.dimension, float(estimates.settings.get("exposure") or 0.0))
    weight = np.where(pairs > 0, pairs, 0.0)
    total = weight.sum(axis=1)
    expected = np.divide((laws * weight).sum(axis=1), total, out=np.full(len(lags), np.nan), where=total > 0)
    return _draw(lags, covariance / covariance[0], expected / expected[0], total, len(chosen))


def _products(tracks: Tracks, dt: FloatArray, usable: np.ndarray, lag: int) -> tuple[IntArray, IntArray]:
    if lag == 0:
        rows = np.flatnonzero(usable)
        return rows, rows
    first, second = lagged_pairs(tracks, dt, lag)
    both = usable[first] & usable[second]
    return first[both], second[both]


def _laws(table: pl.DataFrame, dt: FloatArray, dimension: int, exposure: float) -> FloatArray:
    """(n_lags, n_tracks) covariance of steps under the estimated law of each track."""
    alpha, d = table["alpha"].to_numpy(), table["D"].to_numpy()
    sigma = selection.values(table, "sigma")
    variance = 2 * dimension * d * np.where(np.isfinite(dt), dt, 1.0) ** alpha
    hurst = np.clip(alpha / 2, 1e-3, 1 - 1e-3)
    laws = variance[:, None] * increment_autocovariance(hurst, MOST_LAGS + 1, exposure)
    noise = dimension * np.where(np.isfinite(sigma), sigma, 0.0) ** 2
    laws[:, 0] += 2 * noise
    laws[:, 1] -= noise
    covariances: FloatArray = laws.T
    return covariances


def _draw(lags: IntArray, measured: FloatArray, expected: FloatArray, products: FloatArray, n: int) -> go.Figure:
    figure = theme.blank(400)
    known = np.isfinite(measured)
    figure.add_scatter(
        x=lags[known], y=expected[known], mode="lines", name="fractional Gaussian noise with the estimated parameters",
        line={"color": theme.EMPHASIS, "width": 2}, hovertemplate="lag %{x}: %{y:.3f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=lags[known], y=measured[known], mode="markers", name="measured", customdata=products[known],
        marker={"color": theme.ACCENT, "size": 8},
        hovertemplate="lag %{x}: %{y:.3f}<br>%{customdata:,} products<extra></extra>",
    )  # fmt: skip
    figure.add_hline(0, line=theme.GUIDE)
    figure.update_xaxes(title={"text": "lag (frames)"}, range=[-0.5, float(lags[known][-1]) + 0.5], tickformat="d")
    figure.update_yaxes(title={"text": "autocorrelation of steps (no unit)"})
    figure.update_layout(legend={"y": 1.07})
    return theme.remark(figure, f"all pairs of steps of {n:,} track{'s' * (n != 1)}")
