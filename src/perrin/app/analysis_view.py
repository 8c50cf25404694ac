"""A finished analysis, ready for the page: its table, its positions, its figures."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self, final

import numpy as np
import plotly.graph_objects as go
import polars as pl

from perrin.errors import InputError
from perrin.figures import alpha_colors, theme
from perrin.figures.catalog import FigureData, FigureOptions, draw
from perrin.figures.sequential import CLASSES, SequentialScale
from perrin.figures.track_maps import status_color
from perrin.report import track_columns
from perrin.result import (
    Estimates,
    HurstTest,
    Population,
    PopulationFacts,
    analyzed_tracks,
    read_estimates,
    read_population,
    status,
    summarize,
)
from perrin.tracks import Tracks
from perrin.types import Json

NO_CLASS: Final = 255
"""Stands for a position without alpha(t)."""


@final
@dataclass(frozen=True, eq=False)
class AnalysisView:
    """What a folder of results holds; rows are numbers of rows of the tracks table."""

    folder: Path
    estimates: Estimates
    tracks: Tracks
    population: Population
    record: Json

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read a folder that perrin analyze, or `Estimates.write`, wrote."""
        estimates = read_estimates(folder)
        run = folder / "run.json"
        record = json.loads(run.read_text(encoding="utf-8")) if run.exists() else {}
        return cls(folder, estimates, analyzed_tracks(estimates), _population(folder, estimates), record)

    def table(self) -> Json:
        """What the page needs but the positions: columns of the table, units, conditions, the colours of alpha."""
        units = self.estimates.units
        names = self.estimates.tracks.select(pl.coalesce("condition", "source").alias("group"))["group"]
        groups = names.unique(maintain_order=True)
        return {
            "rows": self.estimates.tracks.height,
            "columns": track_columns(self.estimates),
            "groups": groups.to_list(),
            "group": names.replace_strict(groups, range(len(groups)), return_dtype=pl.Int64).to_list(),
            "units": {
                "length": units.length, "time": units.time, "D": units.diffusion, "D_frame": units.frame_diffusion,
            },
            "dimension": self.estimates.dimension,
            "colours": _colors(),
            "summary": summarize(self.estimates.tracks),
            "command": self.record.get("command", ""),
        }  # fmt: skip

    def positions(self) -> bytes:
        """Little-endian: n_tracks and n_points (uint32), offsets (uint32), x and y in turn (float32), classes (uint8).

        One-dimensional tracks are drawn as position against time.
        """
        tracks = self.tracks
        if tracks.dimension == 1:
            xy = np.column_stack([tracks.times, -tracks.positions[:, 0]])
        else:
            xy = tracks.positions[:, :2]
        keys = self.estimates.tracks.select("source", "track").with_row_index("order")
        points = self.estimates.points.select("source", "track", "t", "alpha")
        ordered = points.join(keys, on=["source", "track"], how="inner", maintain_order="left").sort("order", "t")
        alpha = ordered["alpha"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        kind = alpha_colors.classes(alpha)
        head = np.array([len(tracks), tracks.n_points], dtype="<u4")
        return b"".join([
            head.tobytes(), tracks.offsets.astype("<u4").tobytes(), xy.astype("<f4").tobytes(),
            np.where(kind < 0, NO_CLASS, kind).astype(np.uint8).tobytes(),
        ])  # fmt: skip

    def figure(
        self, name: str, rows: list[int] | None, options: dict[str, Any], truth: pl.DataFrame | None = None,
        hurst_test: HurstTest | None = None,
    ) -> go.Figure:  # fmt: skip
        """A figure of all tracks, or of those in `rows`; raises InputError where there is none of that name."""
        estimates, tracks = (self.estimates, self.tracks) if rows is None else self._part(rows)
        keys = list(estimates.tracks.select("source", "track").iter_rows()) if rows is not None else None
        wish = FigureOptions(track_keys=keys if name in ("profiles", "strips", "series") else None, **options)
        return draw(name, FigureData(estimates, tracks, self.population, hurst_test, truth), wish)

    def selected(self, rows: list[int]) -> Tracks:
        """The tracks of some rows, as they were analysed."""
        return self._part(rows)[1]

    def _part(self, rows: list[int]) -> tuple[Estimates, Tracks]:
        if not rows or min(rows) < 0 or max(rows) >= self.estimates.tracks.height:
            raise InputError("no track has these row numbers")
        table = self.estimates.tracks[rows]
        points = self.estimates.points.join(table.select("source", "track"), on=["source", "track"], how="semi")
        return replace(self.estimates, points=points, tracks=table), self.tracks.select(rows)


def _population(folder: Path, estimates: Estimates) -> Population:
    """The population of a folder; one without laws and with the reason where it has none."""
    try:
        return read_population(folder)
    except InputError as error:
        return Population.none(PopulationFacts(reason=str(error)), estimates.units)


def _colors() -> Json:
    """What the page paints with, the same as the figures."""
    scale = SequentialScale("", 0.0, 1.0)
    return {
        "alpha": [alpha_colors.color(i) for i in range(alpha_colors.CLASSES)],
        "sequential": [scale.color(i) for i in range(CLASSES)],
        "groups": list(theme.PALETTE),
        "status": {name: status_color(place) for place, name in enumerate(status.PRECEDENCE)},
        "unknown": theme.QUIET,
    }


def hurst_test_json(hurst_test: HurstTest) -> Json:
    """What the page shows of a test: the summary and one row a tested track."""
    shown = hurst_test.tests.select("source", "track", "n_points", "hurst", "p", "q", "changes", "status", "advice")
    return {"summary": hurst_test.summary(), "rows": shown.sort("p", nulls_last=True).head(200).to_dicts()}
