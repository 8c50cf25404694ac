"""`Table`: what a reader hands over, rows and units as the file has them, before any cleaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks.source import Source


@final
@dataclass(frozen=True)
class ReadOptions:
    """What the user says about a file, beyond what the file says itself.

    `frame_interval` is in s, `pixel_size` in µm (lateral, axial); `columns` maps a role (track, frame, t, x, y,
    z, x_err …) to the name or 1-based number of a column; `column`, `log` and `increments` are for
    one-dimensional series.
    """

    format: str | None = None
    frame_interval: float | None = None
    pixel_size: tuple[float, ...] | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    column: str | None = None
    log: bool = False
    increments: bool = False
    condition: str | None = None
    replicate: str | None = None

    def refuse_columns(self, source: Source) -> None:
        """Raise InputError where columns are chosen for a file whose format leaves no choice."""
        if self.columns:
            raise InputError("has a format with fixed columns", file=source.path, remedy="Remove --columns.")


@final
@dataclass(frozen=True)
class Table:
    """The rows of a file in perrin's words.

    `rows` holds some of: source, condition, replicate, parent, flaw (String, the same for all rows of a track),
    track (String or Enum; null = unassigned), frame (Float64 or Int64), t (Float64), x, y, z, x_err, y_err, z_err
    (Float64; null or nan = missing), row (the line in the file).
    `length_unit` and `time_unit` are as found (None: not stated); `frame_interval` is in `time_unit`.
    `ignored` counts rows the reader left out, by reason. `parents` maps a track to the track it came from.
    `quantity` names the value of a one-dimensional series, and then stands for the unit of length.
    `settled` says that the rows were written by perrin: times stay off the grid and constant axes stay axes.
    """

    rows: pl.DataFrame
    length_unit: str | None = None
    time_unit: str | None = None
    frame_interval: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    unused_columns: tuple[str, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    parents: Mapping[str, str] = field(default_factory=dict)
    quantity: str | None = None
    settled: bool = False


class Reader(ABC):
    """One file format. A reader says whether a file is its own from the content alone, and why."""

    name: ClassVar[str]
    title: ClassVar[str]
    general: ClassVar[bool] = False
    """True for readers that stand back where a more specific one recognises the file."""

    @abstractmethod
    def sniff(self, source: Source) -> str | None:
        """The reason why `source` is of this format, or None."""

    @abstractmethod
    def read(self, source: Source, options: ReadOptions) -> Table:
        """The rows of `source`; raises InputError naming file, row and remedy where they make no sense."""
