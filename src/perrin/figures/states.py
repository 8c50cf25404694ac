"""States along a track, as a method of classes gives them, or why a stretch has no value; and where they change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final, final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import theme
from perrin.result import status

_WITHOUT: Final = (theme.QUIET, theme.INK)
"""Colours of stretches without a class."""
_CHANGE: Final = {"color": theme.QUIET, "width": 1, "dash": "dot"}


@final
@dataclass(frozen=True)
class StateInterval:
    """Positions in one state, from halfway to the one before them to halfway to the one after."""

    name: str
    start: float
    end: float
    classed: bool


def state_intervals(points: pl.DataFrame) -> list[StateInterval]:
    """The states of one track in turn: its classes, else what its status says; none where a value is as usual."""
    why = pl.when(pl.col("status").is_in((status.OK, status.EDGE))).then(None).otherwise(pl.col("status"))
    known = points.select(
        pl.coalesce("class", why.str.replace_all("_", " ")), pl.col("class").is_not_null().alias("is")
    )
    time = points["t"].to_numpy()
    borders = np.concatenate([time[:1], (time[1:] + time[:-1]) / 2, time[-1:]]).tolist()
    found, first = [], 0
    for (name, classed), run in groupby(known.iter_rows()):
        last = first + len(list(run))
        if name is not None:
            found.append(StateInterval(name, borders[first], borders[last], classed))
        first = last
    return found


def paint(columns: Sequence[Sequence[StateInterval]]) -> dict[str, str]:
    """The colour of each state, classes first."""
    every = {s for column in columns for s in column}
    classes = sorted({s.name for s in every if s.classed})
    others = sorted({s.name for s in every if not s.classed} - set(classes))
    return {name: theme.PALETTE[i % len(theme.PALETTE)] for i, name in enumerate(classes)} | {
        name: _WITHOUT[i % len(_WITHOUT)] for i, name in enumerate(others)
    }


def ribbon(
    figure: go.Figure, intervals: Sequence[StateInterval], colors: dict[str, str], axes: tuple[str, str]
) -> None:
    """Draw the states as a ribbon along the time axis `axes[0]`, and a line through all panels at each change of class.

    A state is named in the legend by the first trace that shows it.
    """
    named = {trace.name for trace in figure.data if trace.showlegend}
    for name in dict.fromkeys(s.name for s in intervals):
        ends = [x for s in intervals if s.name == name for x in (s.start, s.end, None)]
        said = theme.plain(name)
        figure.add_scatter(
            x=ends, y=[0.5, 0.5, None] * (len(ends) // 3), mode="lines", line={"color": colors[name], "width": 9},
            name=said, showlegend=said not in named, legendgroup=said, hovertemplate=f"{said}<extra></extra>",
            xaxis=axes[0], yaxis=axes[1],
        )  # fmt: skip
    for before, after in pairwise(intervals):
        if before.classed and after.classed and before.end == after.start:
            figure.add_shape(
                type="line", xref=axes[0], x0=after.start, x1=after.start, yref="paper", y0=0, y1=1, line=_CHANGE
            )
