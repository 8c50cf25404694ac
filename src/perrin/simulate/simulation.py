"""`Simulation`: tracks together with the truth behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import Tracks
from perrin.tracks.store import heading, replace_file
from perrin.types import FloatArray, IntArray


@final
@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated tracks and the law that each point moves by.

    Attributes:
        tracks: what a microscope would have seen.
        alpha: (n_points,) true anomalous exponent at each observation.
        D: (n_points,) true generalised diffusion coefficient there, in length²/time^alpha.
        state: (n_points,) number of the state there, where there are states.
        model: (n_tracks,) name of the process behind each track, where there are several.
    """

    tracks: Tracks
    alpha: FloatArray
    D: FloatArray
    state: IntArray | None = None
    model: tuple[str, ...] | None = None

    def table(self) -> pl.DataFrame:
        """One row a point: track, frame, t, x[, y, z], alpha, D[, state][, model]; units stand in the headings."""
        units = self.tracks.units
        table = self.tracks.to_polars().drop("source").with_columns(alpha=self.alpha, D=self.D)
        if self.state is not None:
            table = table.with_columns(state=self.state)
        if self.model is not None:
            table = table.with_columns(
                model=pl.Series(self.model).gather(np.repeat(range(len(self.tracks)), self.tracks.lengths))
            )
        if table["frame"].null_count() == table.height:
            table = table.drop("frame")
        return table.rename({name: heading(name, units) for name in table.columns})

    def write(self, path: str | PathLike[str]) -> None:
        """Write `table` as CSV or Parquet, whichever the name ends in; `perrin.read` reads both.

        Raises InputError for another ending.
        """
        target = Path(path)
        table = self.table()
        writers: dict[str, Callable[[Path], object]] = {".csv": table.write_csv, ".parquet": table.write_parquet}
        if target.suffix not in writers:
            raise InputError(
                f"cannot write {target.suffix or 'a file without an extension'}",
                file=target,
                remedy=f"Use one of the extensions {' or '.join(writers)}.",
            )
        replace_file(target, writers[target.suffix])
