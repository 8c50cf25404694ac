"""The page of `perrin demo`: an example, a simulated mixture, and how near its estimate comes to the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

import plotly.graph_objects as go
import polars as pl

from perrin import figures
from perrin.figures.against_truth import with_truth
from perrin.problems import Problems
from perrin.report.panels import panel
from perrin.report.write import render
from perrin.result import Estimates, summarize
from perrin.run import make_record
from perrin.tracks import Tracks


@final
@dataclass(frozen=True)
class DemoAnalysis:
    """One analysis on the page: its tracks, its result, the report beside the page, and the command that made it."""

    tracks: Tracks
    estimates: Estimates
    report: str
    command: str


_CAPTIONS: Final = {
    "example_map": (
        "Map of the beads, coloured by alpha along each track",
        "Where the beads went. Grey would be free diffusion; orange stretches go further than that.",
    ),
    "example_alpha": (
        "Histogram of alpha over the beads",
        "Beads in still water have alpha = 1 (dashed line). These have more: some common motion of the water is left "
        "in them, and the camera smooths their steps (told so by --exposure 1, perrin gives 1.15). The report says "
        "that one law does not fit them: a number alone would have hidden that.",
    ),
    "mixture_map": (
        "Scatter of alpha against D_frame of the simulated tracks",
        "Two kinds of tracks were simulated, and two clouds come out. Short tracks leave both numbers uncertain: the "
        "bars are 95 % intervals.",
    ),
    "truth": (
        "Estimated alpha against the true alpha",
        "On the dashed line the estimate is the truth. The bars should cross it in 95 of 100 tracks.",
    ),
    "calibration": (
        "How often intervals hold the truth, against their level",
        "Intervals that hold what they promise run inside the grey band.",
    ),
    "error_by_length": (
        "Mean error of alpha against the length of the tracks",
        "Longer tracks tell more. The line is the smallest error that an estimator without prior knowledge can have; "
        "perrin knows that alpha lies between 0 and 2, which helps where tracks are short.",
    ),
}


def write_demo(path: Path, example: DemoAnalysis, mixture: DemoAnalysis, truth: pl.DataFrame) -> None:
    """Write the page; it is self-contained but for its links to the two reports.

    Args:
        path: the file to write; it is replaced.
        example: the analysis of real tracks.
        mixture: the analysis of simulated tracks.
        truth: their columns track and alpha.
    """
    problems = Problems()
    makers: dict[str, Callable[[], go.Figure]] = {
        "example_map": lambda: figures.track_map(example.estimates, example.tracks),
        "example_alpha": lambda: figures.alpha_distribution(example.estimates),
        "mixture_map": lambda: figures.alpha_d_map(mixture.estimates),
        "truth": lambda: figures.estimate_against_truth(mixture.estimates, truth),
        "calibration": lambda: figures.calibration(mixture.estimates, truth),
        "error_by_length": lambda: figures.error_by_length(mixture.estimates, truth),
    }
    page = render(
        "demo.html.j2",
        record=make_record(example.tracks, example.estimates),
        panels={key: panel(key, make, *_CAPTIONS[key], problems) for key, make in makers.items()},
        example=example,
        mixture=mixture,
        found=summarize(example.estimates.tracks),
        score=_score(mixture.estimates, truth),
        units=example.estimates.units,
    )
    path.write_text(page, encoding="utf-8")
    problems.warn()


def _score(estimates: Estimates, truth: pl.DataFrame) -> dict[str, float]:
    """Tracks, mean absolute error, and the share of intervals that hold the truth."""
    tracks = with_truth(estimates, truth)
    true = pl.col("true_alpha")
    held, error = tracks.select(
        ((pl.col("alpha_lo") <= true) & (true <= pl.col("alpha_hi"))).mean().alias("held"),
        (pl.col("alpha") - true).abs().mean().alias("error"),
    ).row(0)
    return {"n": tracks.height, "held": 100 * held, "error": error}
