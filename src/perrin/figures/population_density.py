"""How D_frame, and alpha with it, are spread over all tracks together."""

from __future__ import annotations

from typing import Final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.figures import theme
from perrin.result import Population
from perrin.types import FloatArray

_MOST_CONDITIONS: Final = len(theme.PALETTE)
_HIDDEN: Final = 0.5
"""Decades shown of the motion that the localisation error hides: what the likelihood does there means nothing."""
_COVER: Final = "rgba(139,146,156,0.2)"
_EDGE: Final = 1e-4
"""Tails with a smaller fraction of the tracks are left outside."""


def population(population: Population) -> go.Figure:
    """Density of tracks over log D_frame with its band and modes; below it, where alpha is free, that over both."""
    if population.facts.reason:
        return theme.nothing(f"Nothing to show here: {population.facts.reason[0].lower()}{population.facts.reason[1:]}")
    if population.main_modes().height == 0:
        return theme.nothing(
            "Nothing to show here: no track moves more than the localization error, so all tracks are immobile."
        )
    both = population.part("alpha").height > 1
    figure = theme.blank(640 if both else 380)
    conditions = population.conditions()[:_MOST_CONDITIONS]
    if conditions:
        for index, name in enumerate(conditions):
            _density(
                figure,
                _above_resolution(population, "D_frame", name),
                theme.PALETTE[index],
                theme.plain(theme.shorten(name, 30)),
            )
    else:
        _density(figure, _above_resolution(population, "D_frame"), theme.ACCENT, "tracks")
        _line(figure, _above_resolution(population, "D_frame"), "jumps", theme.EMPHASIS, "jumps", "dot")
        if population.facts.focal_depth is not None:
            _line(
                figure, _above_resolution(population, "D_frame"), "particles", theme.INK, "particles in focus", "dash"
            )
    if both:
        figure.add_trace(_joint(population))
    _axes(figure, population, both=both)
    _modes(figure, population)
    return _with_remark(figure, population, len(population.conditions()) - len(conditions))


def _above_resolution(population: Population, part: str, condition: str | None = None) -> pl.DataFrame:
    """The rows of a part that the localisation error does not hide."""
    return population.part(part, condition).filter(pl.col("D_frame") >= (population.facts.resolution or 0.0))


def _per_decade(marginal: pl.DataFrame, column: str) -> FloatArray:
    """Fractions per factor of ten in D_frame."""
    step = float(np.diff(np.log10(marginal["D_frame"].to_numpy())).mean())
    values: FloatArray = marginal[column].cast(pl.Float64).fill_null(float("nan")).to_numpy() / step
    return values


def _density(figure: go.Figure, marginal: pl.DataFrame, color: str, name: str) -> None:
    place = marginal["D_frame"].to_numpy()
    low, high = (_per_decade(marginal, f"tracks_{end}") for end in ("lo", "hi"))
    if np.isfinite(low).all():
        figure.add_scatter(
            x=np.concatenate([place, place[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines", fill="toself",
            line={"width": 0}, fillcolor=theme.faint(color, 0.22), hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    _line(figure, marginal, "tracks", color, name, "solid")


def _line(figure: go.Figure, marginal: pl.DataFrame, column: str, color: str, name: str, dash: str) -> None:
    figure.add_scatter(
        x=marginal["D_frame"].to_numpy(), y=_per_decade(marginal, column), mode="lines", name=name,
        line={"color": color, "width": 2, "dash": dash},
        hovertemplate="D_frame %{x:.3g}: %{y:.3g} per factor of ten<extra>" + name + "</extra>",
    )  # fmt: skip


def _joint(population: Population) -> go.Heatmap:
    joint = _above_resolution(population, "joint")
    alpha, d_frame = joint["alpha"].unique().sort().to_numpy(), joint["D_frame"].unique().sort().to_numpy()
    z = joint.sort("alpha", "D_frame")["tracks"].to_numpy().reshape(len(alpha), len(d_frame))
    return go.Heatmap(
        x=d_frame, y=alpha, z=z.astype(np.float32), colorscale=theme.DENSITY, yaxis="y2", showscale=False,
        hovertemplate="D_frame %{x:.3g}, alpha %{y:.2g}: %{z:.2%} of the tracks<extra></extra>",
    )  # fmt: skip


def _axes(figure: go.Figure, population: Population, *, both: bool) -> None:
    marginal = population.part("D_frame")
    held = marginal.filter(pl.max_horizontal("tracks", "tracks_hi") > _EDGE)["D_frame"]
    shown = held if len(held) else marginal["D_frame"]
    low, high = (float(np.log10(v)) for v in (shown.min(), shown.max()))  # type: ignore[arg-type]
    if population.facts.resolution:
        low = float(np.log10(population.facts.resolution)) - _HIDDEN
    title = {"text": theme.label("D_frame", population.units.frame_diffusion)}
    figure.update_xaxes(
        theme.log_axis(low - (0 if population.facts.resolution else 0.1), high + 0.1)
        | {"title": title, "anchor": "y2" if both else "y"}
    )
    top = [0.58 if both else 0.0, _crest(population)]
    figure.update_layout(
        yaxis={"domain": top, "title": {"text": "fraction per factor of ten"}, "rangemode": "tozero"},
        legend={"y": 1.0},
    )
    if both:
        figure.update_layout(
            yaxis2={"domain": [0.0, 0.48], "title": {"text": "anomalous exponent alpha (no unit)"}, "range": [0, 2]}
        )
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, yref="y2", y0=1, y1=1, line=theme.GUIDE)


def _crest(population: Population) -> float:
    """Where the panels end: below the fractions of the modes, where there are several."""
    return 0.94 if population.main_modes().height > 1 else 1.0


def _modes(figure: go.Figure, population: Population) -> None:
    """Borders between modes, the fraction of the tracks in each, and where motion is hidden by the error."""
    if population.facts.resolution:
        hidden = float(np.log10(population.facts.resolution))
        figure.add_shape(
            type="rect", xref="x", yref="paper", x0=10 ** (hidden - 1), x1=population.facts.resolution, y0=0,
            y1=_crest(population), line={"width": 0}, fillcolor=_COVER,
        )  # fmt: skip
        figure.add_annotation(
            text=f"immobile<br>{percent(population.immobile().row(0, named=True))}", x=hidden - _HIDDEN, xref="x",
            y=_crest(population) - 0.02, yref="paper", showarrow=False, xanchor="left", xshift=3, yanchor="top",
            font={"size": theme.SMALL},
        )  # fmt: skip
    modes = population.main_modes()
    for row in modes.iter_rows(named=True):
        if row["mode"] > 1:
            figure.add_shape(
                type="line", xref="x", x0=row["D_from"], x1=row["D_from"], yref="paper", y0=0, y1=_crest(population),
                line={"color": theme.QUIET, "width": 1, "dash": "dot"},
            )  # fmt: skip
        if row["D_frame"] is not None and modes.height > 1:
            figure.add_annotation(
                text=percent(row), x=float(np.log10(row["D_frame"])), xref="x", y=_crest(population), yref="paper",
                showarrow=False, yanchor="bottom", font={"size": theme.SMALL},
            )  # fmt: skip


def percent(row: dict[str, float | None], what: str = "tracks") -> str:
    """A fraction and its interval as `41 % (38–44)`."""
    value, low, high = (row[f"{what}{end}"] for end in ("", "_lo", "_hi"))
    if value is None:
        return "–"
    said = f"{100 * value:.0f} %"
    return said if low is None or high is None else f"{said} ({100 * low:.0f}–{100 * high:.0f})"


def _with_remark(figure: go.Figure, population: Population, left_out: int) -> go.Figure:
    facts = population.facts
    text = f"{facts.n_used:,} tracks of 2 positions or more"
    if not facts.resolution:
        text += f"; without a step: {percent(population.immobile().row(0, named=True))}"
    text += "; band: 95 % of resampled tracks" if facts.draws else ""
    figure.update_layout(margin={"t": 64})
    theme.remark(figure, f"{text}; {left_out} more conditions are not shown" if left_out > 0 else text)
    figure.layout.annotations[-1].update(yshift=30)
    return figure
