"""Conditions side by side, compared as they may be: over replicates, not over tracks."""

from __future__ import annotations

from itertools import combinations
from typing import Final, Literal

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.estimate.population import welch
from perrin.figures import selection, theme
from perrin.result import Estimates
from perrin.types import FloatArray

ComparedQuantity = Literal["alpha", "D_frame"]
MOST_CONDITIONS: Final = 12
_MOST_DOTS: Final = 300
_MOST_TESTS: Final = 3
_SEED: Final = 0


def condition_comparison(estimates: Estimates, quantity: ComparedQuantity = "alpha") -> go.Figure:
    """Conditions along the axis: tracks as faint dots, the median of each replicate as a large mark, their mean.

    A replicate is what the files call so, else a file. Conditions are compared by Welch's t test over the replicates
    (of log D_frame, for that), because the tracks of one replicate are no independent witnesses (Lord et al., J. Cell
    Biol. 219, e202001064 (2020)); without two replicates on both sides nothing is tested, and the figure says so.
    """
    tracks = selection.estimated(estimates, quantity)
    tracks = tracks if quantity == "alpha" else tracks.filter(pl.col(quantity) > 0)
    if tracks.height == 0:
        return theme.nothing(selection.none_estimated(estimates, quantity))
    tracks = tracks.with_columns(
        replicate=pl.coalesce("replicate", "source"), condition=pl.coalesce("condition", pl.lit("no condition"))
    )
    groups, left_out = selection.by_condition(tracks, MOST_CONDITIONS)
    figure = theme.blank(460, showlegend=False, margin={"t": 56})
    values = {}
    for index, (name, part) in enumerate(groups):
        values[name] = _condition(figure, index, part, quantity)
    names = [theme.plain(theme.shorten(name, 22)) for name, _ in groups]
    figure.update_xaxes(
        tickvals=list(range(len(names))), ticktext=names, range=[-0.6, len(names) - 0.4], showgrid=False
    )
    title = "alpha (no unit)" if quantity == "alpha" else theme.label("D_frame", estimates.units.frame_diffusion)
    figure.update_yaxes(title={"text": f"{title}, median of tracks"})
    if quantity == "D_frame":
        low, high = np.log10(tracks[quantity].quantile(0.005)), np.log10(tracks[quantity].quantile(0.995))  # type: ignore[arg-type]
        figure.update_yaxes(theme.log_axis(float(low) - 0.2, float(high) + 0.2))
    said = _tests(values) + (f"; {left_out} small conditions not shown" if left_out else "")
    return theme.remark(figure, said)


def _condition(figure: go.Figure, index: int, part: pl.DataFrame, quantity: ComparedQuantity) -> FloatArray:
    """Draw one condition; returns the value of each replicate, as it is compared."""
    color = theme.PALETTE[index % len(theme.PALETTE)]
    rng = np.random.default_rng([_SEED, index])
    dots = part[quantity].sample(min(part.height, _MOST_DOTS), seed=_SEED).to_numpy()
    figure.add_scatter(
        x=index + rng.uniform(-0.32, 0.32, len(dots)), y=dots, mode="markers", hoverinfo="skip",
        marker={"color": theme.QUIET, "size": 3, "opacity": 0.35},
    )  # fmt: skip
    medians = part.group_by("replicate").agg(pl.col(quantity).median(), pl.len()).sort("replicate")
    place = index + (np.linspace(-0.16, 0.16, medians.height) if medians.height > 1 else np.zeros(1))
    figure.add_scatter(
        x=place, y=medians[quantity].to_numpy(), mode="markers", customdata=medians["len"].to_numpy(),
        marker={"color": color, "size": 12, "symbol": theme.SYMBOLS[index % len(theme.SYMBOLS)],
                "line": {"color": "white", "width": 1.5}},
        text=[theme.plain(theme.shorten(r, 40)) for r in medians["replicate"].to_list()],
        hovertemplate="%{text}: %{y:.3g}<br>%{customdata:,} tracks<extra></extra>",
    )  # fmt: skip
    shown = medians[quantity].to_numpy()
    compared: FloatArray = np.log10(shown) if quantity == "D_frame" else shown
    middle = float(compared.mean())
    reach = _reach(compared)
    ends = np.array([middle - reach, middle, middle + reach])
    ends = 10**ends if quantity == "D_frame" else ends
    figure.add_scatter(
        x=[index - 0.3, index + 0.3], y=[ends[1]] * 2, mode="lines", line={"color": color, "width": 3}, hoverinfo="y"
    )
    if reach:
        figure.add_scatter(
            x=[index] * 2, y=ends[[0, 2]], mode="lines", line={"color": color, "width": 1.5}, hoverinfo="y"
        )
    return compared


def _reach(values: FloatArray) -> float:
    """Half the 95 % interval of a mean; 0 for a single value."""
    from scipy import stats

    n = len(values)
    return float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) / np.sqrt(n)) if n > 1 else 0.0


def _tests(values: dict[str, FloatArray]) -> str:
    if len(values) < 2:
        return "only one condition, so there is no comparison; large marks: replicates"
    said = []
    for (name, a), (other, b) in combinations(values.items(), 2):
        p = welch(a, b)["p"]
        if p is not None:
            said.append(f"{theme.shorten(name, 14)} and {theme.shorten(other, 14)}: p = {p:.2g}")
    if not said:
        return "not tested: a test needs at least two replicates (files) per condition; large marks: replicates"
    more = f" and {len(said) - _MOST_TESTS} more pairs" if len(said) > _MOST_TESTS else ""
    return f"Welch's t test over replicates (large marks): {', '.join(said[:_MOST_TESTS])}{more}"
