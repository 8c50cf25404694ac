"""One Hurst exponent along a track, or not: curves in their bands, p-values, and how much of a curve is inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import bars, theme
from perrin.figures.selection import values
from perrin.result import HurstTest

MOST_TRACKS: Final = 6
MOST_POSITIONS: Final = 1500
_COLUMNS: Final = 3
_ROW: Final = 240


def bands(hurst_test: HurstTest, track_keys: Sequence[tuple[str, str]] | None = None) -> go.Figure:
    """The estimated H(t), the median and the band of simulated FBM, one panel a track, as in Szarek et al. (2022).

    Without (source, track) keys: at most 6 tracks, from the smallest to the largest p-value.
    """
    known = hurst_test.tests.filter(pl.col("band_inside").is_not_null())
    drawable = known.join(hurst_test.bands.select("source", "track").unique(), on=["source", "track"], how="semi")
    chosen = drawable.filter(_among(track_keys)) if track_keys is not None else _spread(drawable)
    if chosen.height == 0:
        return theme.nothing(f"Nothing to show here: {hurst_test.method} gives no H(t) for these tracks.")
    rows = -(-chosen.height // _COLUMNS)
    figure = theme.blank(rows * _ROW + 60, showlegend=False, margin={"t": 70})
    for index, test in enumerate(chosen.iter_rows(named=True)):
        _panel(figure, index, rows, hurst_test, test)
    central = f"median and central {100 * (1 - hurst_test.level):g} %"
    said = f"estimate by {hurst_test.method}; dashed: {central} of fractional Brownian motion"
    if track_keys is None and known.height > MOST_TRACKS:
        said += f"; {chosen.height} of {known.height:,} tracks, from the smallest p to the largest"
    theme.remark(figure, said)
    figure.layout.annotations[-1].update(yshift=34)
    return figure


def p_values(hurst_test: HurstTest) -> go.Figure:
    """Histogram of the p-values of the calibrated test; tracks with one H give bars around the line."""
    known = hurst_test.tests["p"].drop_nulls()
    if len(known) == 0:
        return theme.nothing("Nothing to show here: no track could be tested.")
    figure = bars.p_values(known.to_numpy(), "p", "p-value of one H along the track (no unit)")
    return theme.remark(figure, f"{len(known):,} tracks tested; line: expected if no Hurst exponent changes")


def band_shares(hurst_test: HurstTest) -> go.Figure:
    """Histogram of the share of H(t) inside the band; left of the line the published test says MFBM."""
    known = hurst_test.tests["band_inside"].drop_nulls()
    if len(known) == 0:
        return theme.nothing(f"Nothing to show here: {hurst_test.method} gives no H(t) for these tracks.")
    figure = bars.bars(100 * known.to_numpy(), "inside", "points of H(t) inside the band (%)", top=100.0)
    figure.add_vline(x=100 * (1 - hurst_test.level), line=theme.GUIDE)
    outside = int((known < 1 - hurst_test.level).sum())
    return theme.remark(
        figure, f"{outside:,} of {len(known):,} tracks are left of the line: multifractional by the band test"
    )


def _among(keys: Sequence[tuple[str, str]]) -> pl.Expr:
    return pl.any_horizontal(
        pl.lit(value=False), *((pl.col("source") == s) & (pl.col("track") == t) for s, t in keys)
    )  # fmt: skip


def _spread(known: pl.DataFrame) -> pl.DataFrame:
    ordered = known.sort("p", "band_inside", "source", "track", nulls_last=True)
    count = min(MOST_TRACKS, ordered.height)
    places: list[int] = np.linspace(0, ordered.height - 1, count).round().astype(np.int64).tolist()
    return ordered[places]


def _panel(figure: go.Figure, index: int, rows: int, hurst_test: HurstTest, test: dict[str, object]) -> None:
    points = hurst_test.bands.filter((pl.col("source") == test["source"]) & (pl.col("track") == test["track"]))
    points = points[:: -(-points.height // MOST_POSITIONS)]
    time, curve, low, middle, high = (values(points, c) for c in ("t", "hurst", "lo", "median", "hi"))
    name = theme.axis(index)
    place = {"xaxis": f"x{name}", "yaxis": f"y{name}"}
    for bound, fill in ((low, None), (high, "tonexty")):
        figure.add_scatter(
            x=time, y=bound, mode="lines", line={"color": theme.QUIET, "width": 1, "dash": "dash"}, fill=fill,
            fillcolor="rgba(139,146,156,0.15)", hoverinfo="skip", **place,
        )  # fmt: skip
    figure.add_scatter(
        x=time, y=middle, mode="lines", line={"color": theme.QUIET, "width": 1.5, "dash": "dash"}, hoverinfo="skip",
        **place,
    )  # fmt: skip
    inside = (curve >= low) & (curve <= high)
    for part, color in ((curve, theme.ACCENT), (np.where(inside, np.nan, curve), theme.EMPHASIS)):
        if np.isfinite(part).any():
            figure.add_scatter(
                x=time, y=part, mode="lines", line={"color": color, "width": 2},
                hovertemplate="time %{x:.4g}<br>H %{y:.3g}<extra></extra>", **place,
            )  # fmt: skip
    _axes(figure, index, rows, name, hurst_test)
    share, p = float(test["band_inside"]), test["p"]  # type: ignore[arg-type]
    said = f"<b>track {theme.plain(theme.shorten(str(test['track']), 16))}</b>: {100 * share:.0f} % inside"
    said += "" if p is None else f", p {'< 0.001' if float(p) < 1e-3 else f'= {float(p):.2g}'}"  # type: ignore[arg-type]
    figure.add_annotation(
        text=said, xref=f"x{name} domain", yref=f"y{name} domain", x=0, y=1, xanchor="left", yanchor="bottom", yshift=3,
        showarrow=False, font={"size": theme.SMALL},
    )  # fmt: skip


def _axes(figure: go.Figure, index: int, rows: int, name: str, hurst_test: HurstTest) -> None:
    row, column = divmod(index, _COLUMNS)
    width, height = 1 / _COLUMNS, 1 / rows
    left, top = column * width, 1 - row * height
    x = {"domain": [left, left + 0.86 * width], "anchor": f"y{name}", "nticks": 5}
    y = {"domain": [top - 0.74 * height, top], "anchor": f"x{name}", "range": [0, 1], "dtick": 0.25}
    if column == 0:
        y["title"] = {"text": "H(t)"}
    if row == rows - 1:
        x["title"] = {"text": theme.label("time", hurst_test.units.time)}
    figure.update_layout({f"xaxis{name}": x, f"yaxis{name}": y})
