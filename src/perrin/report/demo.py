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
        "Map of the beads, colored by alpha along each track",
        "Map of the beads. Gray is free diffusion; orange parts of a track are faster than free diffusion.",
    ),
    "example_alpha": (
        "Histogram of alpha of the beads",
        "Beads in still water have alpha = 1 (dashed line). These beads have a larger alpha, because the water moves "
        "slightly and the camera averages over the exposure time (with --exposure 1, perrin gives 1.15). The report "
        "shows that one model does not fit these tracks; a single number would not show this.",
    ),
    "mixture_map": (
        "Scatter of alpha against D_frame of the simulated tracks",
        "Two kinds of tracks were simulated, and the figure shows two clouds. Both values are uncertain for short "
        "tracks; the bars are 95 % intervals.",
    ),
    "truth": (
        "Estimated alpha against the true alpha",
        "On the dashed line, the estimate equals the true value. The bars should cross it for 95 of 100 tracks.",
    ),
    "calibration": (
        "Share of intervals that contain the true value, against their level",
        "For correct intervals, the curve is inside the gray band.",
    ),
    "error_by_length": (
        "Mean error of alpha against the length of the tracks",
        "The error decreases with track length. The line is the smallest error of an estimator without prior "
        "knowledge. perrin uses that alpha is between 0 and 2, which helps for short tracks.",
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
