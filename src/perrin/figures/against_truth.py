"""Estimates of simulated tracks against the alpha they were made with: calibration, and error against length."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.errors import InputError
from perrin.figures import selection, theme
from perrin.processes import hurst_bound
from perrin.result import Estimates
from perrin.types import FloatArray

_LEVELS: Final = np.linspace(0.02, 0.98, 49)
_FEWEST: Final = 10
_BINS: Final = 8
_LONGEST: Final = 512
"""The bound of longer tracks is continued from this length with one over the root of the length."""
_MOST_MARKS: Final = 1000
_APART: Final = 0.012
_HURST: Final = (np.arange(10) + 0.5) / 10


def with_truth(estimates: Estimates, truth: pl.DataFrame) -> pl.DataFrame:
    """The estimated tracks with `true_alpha`, from a table with the columns track[, source], alpha.

    Where the table has a row a point, the mean of alpha over the track is its truth. Raises InputError where a column
    is missing or no track is in the table.
    """
    if not {"track", "alpha"} <= set(truth.columns):
        raise InputError(
            "the table of true values has no columns track and alpha", remedy="Give a file that perrin simulate wrote."
        )
    keys = ["source", "track"] if "source" in truth.columns else ["track"]
    named = truth.with_columns(pl.col("track").cast(pl.String))
    known = named.group_by(keys, maintain_order=True).agg(true_alpha=pl.col("alpha").mean())
    good = selection.estimated(estimates, "alpha")
    found = good.join(known, on=keys, how="inner", maintain_order="left").filter(pl.col("true_alpha").is_finite())
    if found.height == 0 and good.height:
        raise InputError(
            "the table of true values contains none of the estimated tracks",
            remedy="Give the simulated file that was analyzed.",
        )
    return found


def estimate_against_truth(estimates: Estimates, truth: pl.DataFrame) -> go.Figure:
    """Estimated alpha with its 95 % interval against the true one, a mark a track; on the line both are equal."""
    tracks = with_truth(estimates, truth)
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, "alpha"))
    true, value = tracks["true_alpha"].to_numpy(), tracks["alpha"].to_numpy()
    figure = theme.blank(460, showlegend=False)
    shown = tracks.sample(min(tracks.height, _MOST_MARKS), seed=0).sort("true_alpha")
    up = selection.intervals(shown, "alpha", thickness=1, color="rgba(18,133,138,0.35)")
    # tracks of one true alpha side by side, not upon each other
    beside = np.random.default_rng(0).uniform(-_APART, _APART, shown.height)
    named = [theme.plain(theme.shorten(track, 40)) for track in shown["track"].to_list()]
    figure.add_scatter(
        x=shown["true_alpha"].to_numpy() + beside, y=shown["alpha"].to_numpy(), mode="markers", error_y=up,
        marker={"color": theme.ACCENT, "size": 6, "opacity": 0.75}, text=named,
        hovertemplate="track %{text}<br>true %{x:.2f}<br>estimated %{y:.2f}<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(x=[0, 2], y=[0, 2], mode="lines", line=theme.GUIDE, hoverinfo="skip")
    figure.update_xaxes(title={"text": "true alpha (no unit)"}, range=[0, 2], dtick=0.5)
    figure.update_yaxes(title={"text": "estimated alpha (no unit)"}, range=[0, 2], dtick=0.5)
    return theme.remark(
        figure, f"{tracks.height:,} tracks; mean error {value.mean() - true.mean():+.3f}, "
        f"mean absolute error {np.abs(value - true).mean():.3f}",
    )  # fmt: skip


def calibration(estimates: Estimates, truth: pl.DataFrame) -> go.Figure:
    """Share of tracks whose interval of alpha holds the truth, against the level of the interval.

    The method's own interval (95 %, or what a learned model was calibrated for) has the large mark; those of other
    levels are made narrower or wider in proportion, as for a normal posterior. The grey band holds 95 % of what perfect
    intervals give by chance.
    """
    tracks = (
        with_truth(estimates, truth)
        .drop_nulls(["alpha_lo", "alpha_hi"])
        .filter(pl.col("alpha_hi") > pl.col("alpha_lo"))
    )
    if tracks.height < _FEWEST:
        return theme.nothing("Nothing to show here: fewer than 10 tracks have an interval and a known true value.")
    from scipy import stats

    own = float(estimates.settings.get("interval", 0.95))
    share, held = _held(tracks, own)
    n = tracks.height
    bounds = [np.asarray(stats.binom.ppf(q, n, _LEVELS)) / n for q in (0.025, 0.975)]
    figure = theme.blank(440)
    figure.add_scatter(
        x=100 * np.concatenate([_LEVELS, _LEVELS[::-1]]), y=100 * np.concatenate([bounds[1], bounds[0][::-1]]),
        mode="lines", line={"width": 0}, fill="toself", fillcolor="rgba(139,146,156,0.25)", hoverinfo="skip",
        name="expected range",
    )  # fmt: skip
    figure.add_scatter(
        x=100 * _LEVELS, y=100 * share, mode="lines", name=estimates.method, line={"color": theme.ACCENT, "width": 2.5},
        hovertemplate="level %{x:.0f} %: %{y:.1f} % of the tracks<extra></extra>",
    )  # fmt: skip
    figure.add_scatter(
        x=[100 * own], y=[100 * held], mode="markers", name=f"its {estimates.interval} interval",
        marker={"color": theme.EMPHASIS, "size": 11},
        hovertemplate=f"{estimates.interval} interval: contains the true value for %{{y:.1f}} % of the "
        "tracks<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title={"text": "level of the interval of alpha (%)"}, range=[0, 101], dtick=20)
    figure.update_yaxes(title={"text": "tracks whose interval contains the true value (%)"}, range=[0, 101], dtick=20)
    figure.update_layout(legend={"y": 1.07})
    return theme.remark(
        figure, f"{n:,} tracks; the {estimates.interval} interval contains the true value for {100 * held:.1f} %"
    )


def _held(tracks: pl.DataFrame, own: float) -> tuple[FloatArray, float]:
    """The shares of tracks whose interval holds the truth: at every level, and at the method's own."""
    from scipy import stats

    value, low, high, true = (tracks[c].to_numpy() for c in ("alpha", "alpha_lo", "alpha_hi", "true_alpha"))
    side = np.where(true > value, high - value, value - low)
    z = np.abs(true - value) / np.maximum(side, 1e-12) * stats.norm.ppf(0.5 + own / 2)
    wide: FloatArray = np.asarray(stats.norm.ppf(0.5 + _LEVELS / 2))
    return (z[:, None] <= wide).mean(axis=0), float(((low <= true) & (true <= high)).mean())


def error_by_length(estimates: Estimates, truth: pl.DataFrame) -> go.Figure:
    """Mean absolute error of alpha against the length of the track, with the Cramér-Rao line for unbiased estimates.

    The line is for these tracks: mean over their H, at the median ratio of error to step, the error known where the
    method was told it or shared it over all tracks. Estimators that know where alpha can lie may be below it.
    """
    tracks = with_truth(estimates, truth)
    if tracks.height < _FEWEST:
        return theme.nothing("Nothing to show here: fewer than 10 estimated tracks have a known true value.")
    length = tracks["n_points"].to_numpy()
    error = np.abs(tracks["alpha"].to_numpy() - tracks["true_alpha"].to_numpy())
    borders = np.unique(np.quantile(length, np.linspace(0, 1, _BINS + 1), method="nearest"))
    code = np.clip(np.searchsorted(borders, length, side="right") - 1, 0, max(len(borders) - 2, 0))
    bins = [code == b for b in range(max(len(borders) - 1, 1)) if (code == b).sum() >= _FEWEST]
    place = np.array([float(np.exp(np.log(length[b]).mean())) for b in bins])
    mean = np.array([error[b].mean() for b in bins])
    reach = np.array([1.96 * error[b].std(ddof=1) / np.sqrt(b.sum()) for b in bins])
    figure = theme.blank(420)
    figure.add_scatter(
        x=place, y=mean, mode="markers", name=estimates.method, marker={"color": theme.ACCENT, "size": 9},
        error_y={"type": "data", "array": reach, "width": 0}, customdata=[int(b.sum()) for b in bins],
        hovertemplate="about %{x:.0f} positions: %{y:.3f}<br>%{customdata:,} tracks<extra></extra>",
    )  # fmt: skip
    bound = _bound(tracks, place, estimates)
    figure.add_scatter(
        x=place, y=bound, mode="lines", name="Cramér-Rao bound", line={"color": theme.EMPHASIS, "width": 2},
        hovertemplate="bound at %{x:.0f} positions: %{y:.3f}<extra></extra>",
    )  # fmt: skip
    ends = np.log10([place.min(), place.max()])
    figure.update_xaxes(theme.log_axis(float(ends[0]) - 0.15, float(ends[1]) + 0.15),
                        title={"text": "length of the track (positions)"})  # fmt: skip
    figure.update_yaxes(title={"text": "mean absolute error of alpha"}, rangemode="tozero")
    figure.update_layout(legend={"y": 1.07})
    return theme.remark(figure, f"{tracks.height:,} tracks; all together {error.mean():.3f}")


def _bound(tracks: pl.DataFrame, lengths: FloatArray, estimates: Estimates) -> FloatArray:
    """Mean absolute error of alpha of an unbiased normal estimate that meets the bound."""
    alpha, d, dt = (selection.values(tracks, c) for c in ("alpha", "D", "dt"))
    sigma = np.nan_to_num(selection.values(tracks, "sigma"))
    step = np.sqrt(2 * d * np.where(np.isfinite(dt), dt, 1.0) ** alpha)
    ratio = float(np.nanmedian(sigma / step)) if np.isfinite(step).any() else 0.0
    fitted = bool((tracks["sigma_source"] == "fitted").any()) and ratio > 0
    hurst = np.clip(tracks["true_alpha"].to_numpy() / 2, _HURST[0], _HURST[-1])
    found = []
    for n in lengths.tolist():
        m = int(min(max(round(n), 5), _LONGEST))
        at = [
            hurst_bound(np.arange(m, dtype=float), h, ratio, estimates.dimension, error_known=not fitted)
            for h in _HURST
        ]
        found.append(2 * float(np.interp(hurst, _HURST, at).mean()) * np.sqrt(m / max(n, m)))
    bound: FloatArray = np.array(found) * np.sqrt(2 / np.pi)
    return bound
