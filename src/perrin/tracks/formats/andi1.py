"""AnDi challenge 2020: one trajectory a row, dimension first, then all x, all y, all z."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import groupby
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.layout import HEAD_BYTES
from perrin.tracks.model import AXES
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import FloatArray

_SHORTEST: Final = 10
_LONGEST: Final = 999
_DIMENSIONS: Final = ("1", "2", "3")


@final
class Andi1(Reader):
    """`dimension;x1;…;xT;y1;…;yT;…`, rows of any length; tracks are numbered by row from 0."""

    name = "andi1"
    title = "AnDi challenge 2020"

    def sniff(self, source: Source) -> str | None:
        """Rows of numbers with `;` whose first says how many coordinates share the rest; labels are too short."""
        lines = source.head.split("\n")
        # The head may end in the middle of a row.
        lines = lines[:-1] if len(lines) > 1 and len(source.raw) >= HEAD_BYTES else lines
        rows = [line for line in lines if line.strip()][:20]
        if not rows or not all(_plausible(row) for row in rows):
            return None
        return "rows of a dimension and 10 to 999 points for each coordinate, separated by ';'"

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The rows of one dimension; raises InputError where dimensions are mixed and none is chosen."""
        wanted = _wanted(options, source)
        tracks = list(_trajectories(source))
        found = [place.shape[0] for _, _, place in tracks]
        if wanted is None and len({*found}) > 1:
            raise _mixed(source, [(line, d) for (line, _, _), d in zip(tracks, found, strict=True)])
        chosen = [track for track in tracks if wanted is None or track[2].shape[0] == wanted]
        if not chosen:
            listing = ", ".join(f"{d}-D" for d in sorted({*found}))
            raise InputError(f"has no {wanted}-D row", file=source.path, remedy=f"Its rows are {listing or 'empty'}.")
        others = sum(p.shape[1] for _, _, p in tracks) - sum(p.shape[1] for _, _, p in chosen)
        return Table(rows=_rows(chosen), ignored={"other_dimension": others} if others else {})


def _plausible(row: str) -> bool:
    cells = row.strip().rstrip(";").split(";")
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return False
    if numbers[0] not in (1, 2, 3):
        return False
    length, rest = divmod(len(numbers) - 1, int(numbers[0]))
    return rest == 0 and _SHORTEST <= length <= _LONGEST


def _wanted(options: ReadOptions, source: Source) -> int | None:
    strange = [role for role in options.columns if role != "dimension"]
    dimension = options.columns.get("dimension")
    if strange or dimension not in (None, *_DIMENSIONS):
        shown = f"{strange[0]}={options.columns[strange[0]]}" if strange else f"dimension={dimension}"
        raise InputError(
            f"--columns {shown} does not apply to rows of the AnDi challenge 2020",
            file=source.path,
            remedy="Use --columns dimension=1, 2 or 3.",
        )
    return None if dimension is None else int(dimension)


def _trajectories(source: Source) -> Iterator[tuple[int, int, FloatArray]]:
    """Line, number and (dimension, length) positions of each trajectory."""
    number = 0
    for line, text in enumerate(io.BytesIO(source.utf8()), start=1):
        cells = text.decode().strip().rstrip(";").split(";")
        if cells == [""]:
            continue
        try:
            values = np.array(cells, dtype=np.float64)
        except ValueError as error:
            raise InputError(str(error), file=source.path, row=line, remedy="Correct that row.") from None
        if values[0] not in (1, 2, 3) or (len(values) - 1) % int(values[0]):
            raise InputError(
                f"dimension {cells[0]} does not fit {len(values) - 1} values",
                file=source.path,
                row=line,
                remedy="Each row needs its dimension, then equal numbers of x, y and z.",
            )
        yield line, number, values[1:].reshape(int(values[0]), -1)
        number += 1


def _mixed(source: Source, dimensions: list[tuple[int, int]]) -> InputError:
    runs = [(d, [line for line, _ in run]) for d, run in groupby(dimensions, key=lambda pair: pair[1])]
    shown = ", ".join(f"rows {lines[0]} to {lines[-1]} are {d}-D" for d, lines in runs[:6])
    return InputError(
        f"contains several dimensions: {shown}{', …' if len(runs) > 6 else ''}",
        file=source.path,
        remedy="Read one dimension at a time, for example --columns dimension=2.",
    )


def _rows(tracks: list[tuple[int, int, FloatArray]]) -> pl.DataFrame:
    lengths = [place.shape[1] for _, _, place in tracks]
    return pl.DataFrame(
        {
            "track": pl.Series([number for _, number, _ in tracks], dtype=pl.Int64)
            .cast(pl.String)
            .gather(np.repeat(np.arange(len(tracks)), lengths)),
            "frame": np.concatenate([np.arange(n, dtype=np.float64) for n in lengths]),
            **{
                AXES[axis]: np.concatenate([place[axis] for _, _, place in tracks])
                for axis in range(tracks[0][2].shape[0])
            },
            "row": np.repeat(np.array([line for line, _, _ in tracks], dtype=np.int64), lengths),
        }
    )
