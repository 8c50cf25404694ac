"""A MATLAB matrix of positions: nothing in it says which column is which, so the user does."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks import matlab
from perrin.tracks.columns import to_table
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import FloatArray

_CHOICE: Final = "matrix"
_WIDTHS: Final = (3, 4, 5)


@final
class MatrixMat(Reader):
    """N×3, N×4 or N×5 numbers, such as x, y, id (rows are consecutive frames) or x, y, frame, id."""

    name = "matrix"
    title = "MATLAB matrix"

    def sniff(self, source: Source) -> str | None:
        """A MATLAB file with at least one matrix of that shape."""
        found = _matrices(source)
        return f"MATLAB matrix {', '.join(map(str, found.values()))}" if found else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The rows by the columns chosen; raises InputError where they are not, showing the first rows."""
        found = _matrices(source)
        wanted = options.columns.get(_CHOICE)
        if (wanted is not None and wanted not in found) or not found or (wanted is None and len(found) > 1):
            raise InputError(
                f"has no matrix {wanted!r}"
                if wanted
                else f"contains {len(found)} matrices: {', '.join(map(str, found.values()))}",
                file=source.path,
                remedy=f"It contains {matlab.listing(source)}. Choose one: --columns {_CHOICE}=NAME,track=…,x=…,y=…",
            )
        name = wanted or next(iter(found))
        values = matlab.matrix(source, matlab.load(source, name), what=name)
        chosen = {role: column for role, column in options.columns.items() if role != _CHOICE}
        if not chosen:
            first = "; ".join(" ".join(f"{v:g}" for v in row) for row in values[:2].tolist())
            raise InputError(
                f"the roles of the {values.shape[1]} columns of matrix {name} are unclear (first rows: {first})",
                file=source.path,
                remedy="Give the column numbers, for example --columns x=1,y=2,track=3,frame=row "
                "(row means that the rows of a track are consecutive frames).",
            )
        return _table(values, chosen, source)


def _table(values: FloatArray, chosen: dict[str, str], source: Source) -> Table:
    frame = pl.DataFrame(values, orient="row")
    names = [str(i + 1) for i in range(frame.width)]
    roles = {}
    by_row = chosen.get("frame") == "row"
    for role, column in chosen.items():
        if role == "frame" and by_row:
            continue
        if role not in ("track", "frame", "t", "x", "y", "z", "x_err", "y_err", "z_err") or column not in names:
            raise InputError(
                f"--columns {role}={column} does not exist in a matrix of {len(names)} columns",
                file=source.path,
                remedy=f"Give numbers from 1 to {len(names)} for track, frame, t, x, y, z.",
            )
        roles[role] = int(column) - 1
    if "x" not in roles or not ({"frame", "t"} & roles.keys() or by_row):
        raise InputError(
            "needs a column for x, and one for frame or t",
            file=source.path,
            remedy="If the rows are consecutive frames, use frame=row.",
        )
    frame.columns = [str(i) for i in range(frame.width)]
    table = to_table(frame, names, roles, file=source.path, numbered_rows=by_row)
    return replace(table, columns={**table.columns, **({"frame": "row"} if by_row else {})})


def _matrices(source: Source) -> dict[str, matlab.Variable]:
    if not matlab.is_mat(source):
        return {}
    return {
        name: variable
        for name, variable in matlab.variables(source).items()
        if variable.numeric and len(variable.shape) == 2 and variable.shape[1] in _WIDTHS and variable.shape[0] > 1
    }
