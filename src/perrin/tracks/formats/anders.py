"""trackedPar (MATLAB), the tracks of Diatrack as Anders Hansen's scripts store them and Spot-On reads them."""

from __future__ import annotations

from typing import Any, Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import matlab
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import MICRON, SECOND

_VARIABLE: Final = "trackedPar"
_FIELDS: Final = ("xy", "Frame", "TimeStamp")


@final
class Anders(Reader):
    """A struct array with the fields xy (n×2, µm), Frame and TimeStamp (s), in any order; tracks count from 1.

    Hansen et al., eLife 7, e33125 (2018).
    """

    name = "anders"
    title = "trackedPar (Diatrack, Spot-On)"

    def sniff(self, source: Source) -> str | None:
        """A MATLAB file with a struct trackedPar that has these fields."""
        found = matlab.variables(source).get(_VARIABLE) if matlab.is_mat(source) else None
        return f"MATLAB struct {_VARIABLE}" if found and {*_FIELDS} <= {*found.fields} else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All tracks, in µm and s; raises InputError where the fields of a track differ in length."""
        options.refuse_columns(source)
        parts = [_part(source, i, item) for i, item in enumerate(matlab.load(source, _VARIABLE), start=1)]
        lengths = [len(part) for part in parts]
        x, y, frame, t = np.concatenate([np.zeros((0, 4)), *parts]).T
        names = pl.Series(range(1, len(parts) + 1), dtype=pl.Int64).cast(pl.String)
        return Table(
            rows=pl.DataFrame(
                {
                    "track": names.gather(np.repeat(np.arange(len(parts)), lengths)),
                    "frame": frame,
                    "t": t,
                    "x": x,
                    "y": y,
                }
            ),
            length_unit=MICRON,
            time_unit=SECOND,
            columns={"track": _VARIABLE, "frame": "Frame", "t": "TimeStamp", "x": "xy(:,1)", "y": "xy(:,2)"},
        )


def _part(source: Source, number: int, item: dict[str, Any]) -> Any:
    """x, y, frame and time of one track."""
    where = f"{_VARIABLE}({number})"
    place = matlab.matrix(source, item["xy"], what=f"{where}.xy")
    frame = matlab.vector(source, item["Frame"], what=f"{where}.Frame")
    t = matlab.vector(source, item["TimeStamp"], what=f"{where}.TimeStamp")
    if place.shape != (2, 2) and 2 in place.shape and place.shape[0] == 2:
        place = place.T
    if (place.size and place.shape[1] != 2) or not len(place) == len(frame) == len(t):
        raise InputError(
            f"{where} has positions of shape {place.shape}, but {len(frame)} frames and {len(t)} times",
            file=source.path,
            remedy="Each position needs a frame and a time.",
        )
    return np.column_stack([place.reshape(-1, 2), frame, t])
