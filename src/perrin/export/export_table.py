"""`ExportTable`: points and all that is known of them, whether read from a file or estimated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.result import Estimates
from perrin.tracks import AXES, Tracks, Units
from perrin.tracks.store import point_table
from perrin.types import IntArray

_OF_TRACKS: Final = ("alpha", "alpha_lo", "alpha_hi", "D", "D_lo", "D_hi", "D_frame", "sigma", "fit_p", "status")
"""Whole-track results that each point repeats, under the name track_…"""
_CLASSES: Final = ("class", "class_p")
"""Results that only models of classes give; left out where there are none."""


@final
@dataclass(frozen=True)
class ExportTable:
    """What a writer gets.

    Attributes:
        points: one row a point, tracks together: source, condition, replicate, track, parent, frame, t, x[, y, z]
            [, x_err …], and then the properties.
        units: of lengths and times.
        properties: names of the columns of results, in their order; none for plain tracks.
        property_units: unit of each property that has one.
        whole: the table of whole tracks, for results.
    """

    points: pl.DataFrame
    units: Units
    properties: tuple[str, ...] = ()
    property_units: Mapping[str, str] = field(default_factory=dict)
    whole: pl.DataFrame | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes in use."""
        return tuple(axis for axis in AXES if axis in self.points.columns)

    @property
    def track_keys(self) -> pl.DataFrame:
        """One row a track: source, track, and parent where known, in order."""
        names = [
            name for name in ("source", "condition", "replicate", "track", "parent") if name in self.points.columns
        ]
        return self.points.select(names).unique(subset=["source", "track"], maintain_order=True)

    def track_numbers(self) -> IntArray:
        """The number of its track for each point, 0, 1, … in order of appearance."""
        keys = self.track_keys.select("source", "track").with_row_index("number")
        joined = self.points.select("source", "track").join(keys, on=["source", "track"], maintain_order="left")
        return joined["number"].cast(pl.Int64).to_numpy()

    def frames(self) -> IntArray:
        """The frame of each point, counted in the shortest step where the tracks state none.

        Raises InputError where there are no frames and times do not lie on a grid.
        """
        frame = self.points["frame"]
        if frame.null_count() == 0:
            return frame.to_numpy()
        times = self.points["t"].to_numpy()
        number = self.track_numbers()
        steps = np.diff(times)[np.diff(number) == 0]
        step = float(steps.min()) if len(steps) else 1.0
        ticks = times / step
        if np.abs(ticks - np.round(ticks)).max(initial=0) > 0.02:
            raise InputError(
                "tracks at irregular times have no frame numbers, which this format needs",
                remedy="Use .csv or .parquet.",
            )
        return np.round(ticks).astype(np.int64)


def table_of_tracks(tracks: Tracks) -> ExportTable:
    """All points of `tracks`; raises InputError when two tracks of one source share an id, or there are no points."""
    points = point_table(tracks)
    points = points.filter(points["t"].is_not_null())
    if points.height == 0:
        raise InputError(
            "there are no positions to write", remedy="perrin info FILE shows which rows were excluded, and why."
        )
    return ExportTable(points.drop("flaw"), tracks.units)


def table_of_estimates(estimates: Estimates) -> ExportTable:
    """All points of `estimates` with their results, and those of their whole track called track_alpha and so on."""
    points = estimates.points
    fixed = ["source", "track", "frame", "t", *(axis for axis in AXES if axis in points.columns)]
    of_tracks = (*_OF_TRACKS, *_known_columns(estimates.tracks))
    silent = set(_CLASSES) - set(_known_columns(points))
    per_point = [name for name in points.columns if name not in fixed and name not in silent]
    whole = estimates.tracks.select(
        "source", "track", "parent", "condition", "replicate", *(pl.col(n).alias(f"track_{n}") for n in of_tracks)
    )
    joined = points.join(whole, on=["source", "track"], how="left", maintain_order="left")
    properties = (*per_point, *(f"track_{name}" for name in of_tracks))
    stated = estimates.column_units()
    units = {name: stated.get(name.removeprefix("track_"), "1") for name in properties}
    order = ["source", "condition", "replicate", "track", "parent", *fixed[2:], *properties]
    return ExportTable(
        points=joined.select(order),
        units=estimates.units,
        properties=properties,
        property_units={name: unit for name, unit in units.items() if unit != "1"},
        whole=estimates.tracks,
    )


def _known_columns(table: pl.DataFrame) -> tuple[str, ...]:
    return tuple(name for name in _CLASSES if table[name].null_count() < table.height)
