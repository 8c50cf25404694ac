"""The figures of the report, each with a caption that says how to read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import final

import plotly.graph_objects as go
from markupsafe import Markup

from perrin import figures
from perrin.figures import theme
from perrin.figures.catalog import FigureData, added, draw
from perrin.problems import Problems
from perrin.report.embed import json_block
from perrin.result import Estimates, Population
from perrin.tracks import Tracks


@final
@dataclass(frozen=True)
class Panel:
    """One figure for the template; `reason` stands in its place when there is nothing to draw."""

    key: str
    caption: str
    label: str
    height: int
    data: Markup
    reason: str | None


def panels(estimates: Estimates, tracks: Tracks, population: Population, problems: Problems) -> dict[str, Panel]:
    """All figures, by name; in the place of one that cannot be drawn stands why."""
    makers: dict[str, Callable[[], go.Figure]] = {
        "alpha_distribution": lambda: figures.alpha_distribution(estimates),
        "d_frame_distribution": lambda: figures.d_frame_distribution(estimates),
        "alpha_d_map": lambda: figures.alpha_d_map(estimates),
        "population": lambda: figures.population(population),
        "msd": lambda: figures.msd(tracks),
        "gallery": lambda: figures.gallery(estimates, tracks),
        "strips": lambda: figures.profiles(estimates),
        "goodness_of_fit": lambda: figures.goodness_of_fit(estimates),
    }
    return {key: _panel(key, make, estimates.interval, problems) for key, make in makers.items()}


def added_panels(estimates: Estimates, tracks: Tracks, population: Population, problems: Problems) -> list[Panel]:
    """The figures of other packages that have a caption and need nothing but these."""
    data = FigureData(estimates, tracks, population)
    there = {"estimates", "tracks", "population"}
    return [
        panel(name, partial(draw, name, data), figure.title, figure.caption, problems)
        for name, figure in added().items()
        if figure.caption and there.issuperset(figure.needs)
    ]


def _panel(key: str, make: Callable[[], go.Figure], interval: str, problems: Problems) -> Panel:
    label, caption = _CAPTIONS[key]
    return panel(key, make, label, caption.replace("95 % interval", f"{interval} interval"), problems)


def panel(key: str, make: Callable[[], go.Figure], label: str, caption: str, problems: Problems) -> Panel:
    """A figure with what is said of it: `label` for those who cannot see it, `caption` for all."""

    def drawn() -> Panel:
        figure = make()
        why = theme.reason(figure)
        data = json_block("null" if why else figure.to_json())
        return Panel(key, caption, label, int(figure.layout.height or theme.USUAL_HEIGHT), data, why)

    return problems.attempt(
        f"the figure {key.replace('_', ' ')}", drawn,
        lambda problem: Panel(key, caption, label, _HEIGHT, json_block("null"), problem.sentence),
    )  # fmt: skip


_HEIGHT = 60
"""Of a panel without figure, in pixels."""

_CAPTIONS = {
    "alpha_distribution": (
        "Histogram of alpha over the tracks",
        "Each track counts once. The dashed gray line is alpha = 1 (free diffusion); the colored lines are the median "
        "and the quartiles. If there are few tracks, each track is shown with its 95 % interval instead.",
    ),
    "d_frame_distribution": (
        "Histogram of D_frame over the tracks, logarithmic axis",
        "Diffusion coefficient per frame interval (D_frame) on a logarithmic axis. Each track counts once. Colored "
        "lines: median and quartiles.",
    ),
    "alpha_d_map": (
        "Scatter plot of alpha against D_frame, one mark per track",
        "Each mark is one track. Separate clouds suggest different kinds of motion. A single slanted cloud is common, "
        "because both values are uncertain for short tracks. Horizontal bars, if shown, are 95 % intervals of alpha.",
    ),
    "population": (
        "Density of tracks over D_frame, logarithmic axis, and over alpha and D_frame where alpha is free",
        "Maximum-likelihood distribution over all tracks, including tracks of two positions, without an assumed "
        "shape. The band contains 95 % of the results of resampled tracks. Dotted vertical lines separate the modes; "
        "the numbers are fractions of the tracks. The shading below also shows alpha. Motion in the gray region is "
        "smaller than the localization error; its share is reported as immobile.",
    ),
    "msd": (
        "Mean squared displacement against lag time, both axes logarithmic",
        "Free diffusion is parallel to the dashed line (slope 1), subdiffusion is flatter, superdiffusion is steeper. "
        "These curves are not corrected for the localization error, which makes them flatter at short lags. They are "
        "for comparison only; no result is computed from them. They include short and immobile tracks.",
    ),
    "gallery": (
        "Some tracks, colored by alpha along the track",
        "Blue is slower than free diffusion, gray is free diffusion, orange is faster. Dotted lines connect positions "
        "across missing frames; thin gray lines have no alpha(t). Only analyzed tracks are shown.",
    ),
    "strips": (
        "alpha and D along the time of some tracks",
        "Each value is estimated from the window of positions around it. The shaded band is its 95 % interval, if the "
        "method gives one. Dotted ends repeat the value of the nearest full window; a break means that there is no "
        "value. Neighboring windows share positions, so slow variations within the band occur by chance.",
    ),
    "goodness_of_fit": (
        "Histogram of the goodness-of-fit p-value over the tracks",
        "If the model fits the tracks, all bars are about as high as the line. A high bar at the left means that more "
        "tracks than expected by chance do not follow the model.",
    ),
}
