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
        "Each track counts once. The dashed grey line is alpha = 1, free diffusion; the coloured lines are the median "
        "and the quartiles, between which the middle half of the tracks lies. With few tracks, each is shown with its "
        "95 % interval instead.",
    ),
    "d_frame_distribution": (
        "Histogram of D_frame over the tracks, logarithmic axis",
        "How fast the tracks spread within one frame, on a logarithmic axis: one step of ten to the right is ten times "
        "faster. Coloured lines: median and quartiles.",
    ),
    "alpha_d_map": (
        "Scatter plot of alpha against D_frame, one mark a track",
        "One mark a track. Separate clouds hint at separate kinds of motion; a slanted single cloud is common, because "
        "short tracks leave both numbers uncertain. Horizontal bars, where shown, are 95 % intervals of alpha.",
    ),
    "population": (
        "Density of tracks over D_frame, logarithmic axis, and over alpha and D_frame where alpha is free",
        "The distribution under which all tracks together, those of two positions included, are most likely; its form "
        "is free, and it is as smooth as the tracks allow. The band holds 95 % of what resampled tracks give. Dotted "
        "vertical lines part the modes; the numbers are fractions of the tracks. The shading below shows alpha too. "
        "Motion in the grey region is hidden by the localisation error; its share is given as immobile.",
    ),
    "msd": (
        "Mean squared displacement against lag time, both axes logarithmic",
        "Free diffusion runs parallel to the dashed line (slope 1), slower spreading is flatter, faster is steeper. "
        "Unlike alpha and D in this report, these curves still contain the localisation error, which flattens them at "
        "short lags; they are for comparison, no result is read off them. Short and immobile tracks are among them.",
    ),
    "gallery": (
        "Some tracks drawn as they run, coloured by alpha along the track",
        "Blue stretches are slower than free diffusion, grey ones free, orange ones faster. A dotted line leaps over "
        "missing frames; a thin grey line has no alpha(t). Only tracks that were analysed are drawn.",
    ),
    "strips": (
        "alpha and D along the time of some tracks",
        "Each value comes from the window of positions around it; the shaded band is its 95 % interval, where the "
        "method gives one. Dotted ends repeat the nearest full window, and a break means that there is no value. "
        "Neighbouring windows share positions, so slow waves within the band are expected by chance.",
    ),
    "goodness_of_fit": (
        "Histogram of the goodness-of-fit p-value over the tracks",
        "If the model describes the tracks, all bars are about as tall as the line. A tall bar at the left means that "
        "more tracks than chance allows do not move as the model says.",
    ),
}
