"""alpha(t) and D(t) of a few tracks, with their bands, states and changes, and whether a test says that H changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import selection, states, theme
from perrin.result import Estimates, HurstTest, status
from perrin.types import BoolArray, FloatArray

DEFAULT: Final = 4
MOST_POSITIONS: Final = 1500
_LONGEST: Final = 20


def profiles(
    estimates: Estimates,
    track_keys: Sequence[tuple[str, str]] | None = None,
    hurst_test: HurstTest | None = None,
) -> go.Figure:
    """alpha(t) above D(t) (log axis) with 95 % bands, a column a track; `track_keys` are (source, track) pairs.

    Without keys: 4 of the 20 longest estimated tracks, spread from the lowest to the highest alpha. Positions
    nearer to an end than half a window (status edge) are dotted. Where the method gives classes, or gives positions no
    value, a ribbon between the panels shows which and why, and lines where the class changes. With `hurst_test`, each
    track bears what perrin test says of it.
    """
    keys, rule = (list(track_keys), "") if track_keys is not None else _default(estimates)
    columns = [(k, p) for k, p in zip(keys, selection.points_of(estimates, keys), strict=True) if _has_values(p)]
    if not columns:
        return theme.nothing(selection.none_estimated(estimates, "alpha(t)"))
    columns = [(key, points[:: -(-points.height // MOST_POSITIONS)]) for key, points in columns]
    found = [states.state_intervals(points) for _, points in columns]
    colors = states.paint(found)
    figure = theme.blank(470, showlegend=bool(colors))
    exponents = _exponents([p for _, p in columns])
    gap = 0.02
    width = (1 - gap * (len(columns) - 1)) / len(columns)
    for index, (_, points) in enumerate(columns):
        _column(figure, index, points)
        left = index * (width + gap)
        _axes(figure, index, [left, left + width], estimates, exponents)
        if colors:
            middle = theme.axis(2 * len(columns) + index)
            states.ribbon(figure, found[index], colors, (f"x{theme.axis(index)}", f"y{middle}"))
            place = {"domain": [0.47, 0.53], "anchor": f"x{theme.axis(index)}", "range": [0, 1], "visible": False}
            figure.update_layout({f"yaxis{middle}": place})
    verdicts = [_verdict(key, hurst_test) for key, _ in columns]
    names = [f"<b>{_name(key, keys)}</b>" for key, _ in columns]
    thinned = rule and any(points.height >= MOST_POSITIONS for _, points in columns)
    _head(figure, names, verdicts, rule + ("; long tracks thinned" if thinned else ""))
    return figure


def _verdict(key: tuple[str, str], hurst_test: HurstTest | None) -> str:
    """What the calibrated test says of a track; nothing where it was not tested."""
    if hurst_test is None:
        return ""
    tests = hurst_test.tests.filter(
        (pl.col("source") == key[0]) & (pl.col("track") == key[1]), pl.col("p").is_not_null()
    )
    if tests.height != 1:
        return "not tested"
    q = tests["q"][0]
    return f"{'H changes' if tests['changes'][0] else 'constant H fits'}: q {'< 0.001' if q < 1e-3 else f'= {q:.2g}'}"


def _head(figure: go.Figure, names: Sequence[str], verdicts: Sequence[str], rule: str) -> None:
    """What stands above the panels, from below: the tracks, what was chosen, the legend of the states."""
    for index, (name, verdict) in enumerate(zip(names, verdicts, strict=True)):
        for text, up in ((verdict, 6), (name, 22 if any(verdicts) else 6)):
            if not text:
                continue
            figure.add_annotation(
                text=text, xref=f"x{theme.axis(index)} domain", x=0.5, yref="paper", y=1, yanchor="bottom", yshift=up,
                showarrow=False, font={"size": theme.SMALL},
            )  # fmt: skip
    high = 40 if any(verdicts) else 24
    if rule:
        theme.remark(figure, rule)
        figure.layout.annotations[-1].update(yshift=high + 4)
        high += 20
    bottom = 56
    if figure.layout.showlegend:
        room = figure.layout.height - bottom - high - 30
        figure.update_layout(legend={"y": 1 + high / room})
        high += 26
    figure.update_layout(margin={"t": high + 16, "b": bottom}, height=figure.layout.height + max(high - 44, 0))


def _default(estimates: Estimates) -> tuple[list[tuple[str, str]], str]:
    usable = selection.with_course(estimates, selection.estimated(estimates, "alpha"))
    longest = usable.sort("n_points", "source", "track", descending=[True, False, False])[:_LONGEST]
    chosen = selection.spread(longest, DEFAULT)
    keys = list(zip(chosen["source"].to_list(), chosen["track"].to_list(), strict=True))
    if usable.height <= DEFAULT:
        return keys, "all estimated tracks" if len(keys) > 1 else "the only estimated track"
    pool = f"the {_LONGEST} longest of {usable.height:,}" if usable.height > _LONGEST else f"all {usable.height}"
    return keys, f"{len(keys)} of {pool} tracks, from lowest to highest alpha"


def _has_values(points: pl.DataFrame) -> bool:
    return bool(np.isfinite(selection.values(points, "alpha")).any())


def _name(key: tuple[str, str], keys: Sequence[tuple[str, str]]) -> str:
    twice = sum(k[1] == key[1] for k in keys) > 1
    return theme.plain(theme.shorten(f"{key[0]}: {key[1]}" if twice else f"track {key[1]}", 24))


def _column(figure: go.Figure, index: int, points: pl.DataFrame) -> None:
    time = points["t"].to_numpy()
    at_edge = (points["status"] == status.EDGE).fill_null(value=False).to_numpy()
    for row, quantity in enumerate(("alpha", "D")):
        value, low, high = (selection.values(points, c) for c in (quantity, f"{quantity}_lo", f"{quantity}_hi"))
        if quantity == "D":
            value, low, high = (np.where(v > 0, v, np.nan) for v in (value, low, high))
        place = {"xaxis": f"x{theme.axis(index)}", "yaxis": f"y{theme.axis(2 * index + row)}"}
        if (outline := band(time, low, high)) is not None:
            figure.add_scatter(
                x=outline[:, 0], y=outline[:, 1], mode="lines", line={"width": 0}, fill="toself", hoverinfo="skip",
                fillcolor=theme.SHADE, showlegend=False, **place,
            )  # fmt: skip
        for part, dash in ((_inner(value, at_edge), "solid"), (_outer(value, at_edge), "dot")):
            if np.isfinite(part).any():
                figure.add_scatter(
                    x=time, y=part, mode="lines+markers" if np.isfinite(part).sum() == 1 else "lines",
                    line={"color": theme.ACCENT, "width": 2, "dash": dash}, name=quantity, showlegend=False,
                    hovertemplate=f"time %{{x:.4g}}<br>{quantity} %{{y:.3g}}<extra></extra>", **place,
                )  # fmt: skip


def _inner(value: FloatArray, at_edge: BoolArray) -> FloatArray:
    return np.where(at_edge, np.nan, value)


def _outer(value: FloatArray, at_edge: BoolArray) -> FloatArray:
    """Values at the ends, reaching to their first neighbour inside, so that the line does not break."""
    near = at_edge | np.append(at_edge[1:], False) | np.insert(at_edge[:-1], 0, False)
    return np.where(near & at_edge.any(), value, np.nan)


def band(time: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray | None:
    """Outline (n, 2) of the band, one closed shape a stretch of known bounds; None where there are no bounds."""
    known = np.isfinite(low) & np.isfinite(high)
    if not known.any():
        return None
    change = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    shapes = []
    for start, end in zip(change[::2], change[1::2], strict=True):
        there, back = slice(start, end), slice(end - 1, start - 1 if start else None, -1)
        shapes.append(np.column_stack([time[there], high[there]]))
        shapes.append(np.column_stack([time[back], low[back]]))
        shapes.append(np.full((1, 2), np.nan))
    return np.concatenate(shapes[:-1])


def _exponents(columns: Sequence[pl.DataFrame]) -> tuple[float, float]:
    """Powers of ten between which D of all columns lies, bands and all."""
    found = np.concatenate([selection.values(p, c) for p in columns for c in ("D", "D_lo", "D_hi")])
    found = found[found > 0]
    if len(found) == 0:
        return -1.0, 1.0
    low, high = np.log10(np.percentile(found, [0.1, 99.9]))
    return float(low) - 0.15, float(high) + 0.15


def _axes(
    figure: go.Figure, index: int, domain: list[float], estimates: Estimates, exponents: tuple[float, float]
) -> None:
    upper, lower = theme.axis(2 * index), theme.axis(2 * index + 1)
    first = index == 0
    shared: dict[str, object] = {} if first else {"showticklabels": False}
    alpha: dict[str, object] = {
        "domain": [0.54, 1],
        "anchor": f"x{theme.axis(index)}",
        "matches": None if first else "y",
        **shared,
    }
    d = theme.log_axis(*exponents) | {"domain": [0, 0.46], "anchor": f"x{theme.axis(index)}", **shared}
    d["matches"] = None if first else "y2"
    if first:
        alpha["title"] = {"text": "alpha(t) (no unit)"}
        d["title"] = {"text": theme.label("D(t)", estimates.units.diffusion)}
    time = {
        "domain": domain, "anchor": f"y{lower}", "title": {"text": theme.label("time", estimates.units.time)},
        "nticks": 5,
    }  # fmt: skip
    figure.update_layout({f"xaxis{theme.axis(index)}": time, f"yaxis{upper}": alpha, f"yaxis{lower}": d})
    figure.add_shape(
        type="line", xref=f"x{theme.axis(index)} domain", x0=0, x1=1, yref=f"y{upper}", y0=1, y1=1,
        line=theme.GUIDE,
    )  # fmt: skip
