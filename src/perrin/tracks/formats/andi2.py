"""AnDi challenge 2024: tracks with a heading, and the label files beside them, which are no tracks."""

from __future__ import annotations

from typing import Final, final

from perrin.errors import InputError
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table

_HEADING: Final = ("traj_idx", "frame", "x", "y")
_MORE: Final = frozenset(("z", "alpha", "D", "state"))
_PER_SEGMENT: Final = 4


@final
class Andi2(Reader):
    """`traj_idx,frame,x,y[,z][,alpha,D,state]`, without units; FreeTrace writes the same heading."""

    name = "andi2"
    title = "AnDi challenge 2024"

    def sniff(self, source: Source) -> str | None:
        """The exact heading, or the looks of a label file (which `read` refuses)."""
        if _labels(source):
            return "labels of the AnDi challenge 2024"
        names = source.layout.names if source.layout is not None else ()
        if names[:4] == _HEADING and {*names[4:]} <= _MORE:
            return f"heading {','.join(names)}"
        return None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows; raises InputError for label files."""
        if _labels(source):
            raise InputError(
                "contains labels, not tracks",
                file=source.path,
                remedy="Give the file of tracks in the same folder (trajs_….csv).",
            )
        if source.layout is None:
            raise InputError("is not a table", file=source.path, remedy="Remove --format.")
        return delimited_table(source, source.layout, options)


def _labels(source: Source) -> bool:
    if source.head.startswith("model:"):
        return True
    rows = [line.split(",") for line in source.head.split("\n")[:20] if line.strip()]
    try:
        return bool(rows) and all(_is_label([float(cell) for cell in row], i) for i, row in enumerate(rows))
    except ValueError:
        return False


def _is_label(row: list[float], index: int) -> bool:
    """True for `index`, then K, alpha, state and a rising end for each segment."""
    diffusion, alpha, state, end = (row[start::_PER_SEGMENT] for start in range(1, 1 + _PER_SEGMENT))
    return (
        len(row) > _PER_SEGMENT
        and len(row) % _PER_SEGMENT == 1
        and row[0] == index
        and all(k >= 0 for k in diffusion)
        and all(0 <= a <= 2 for a in alpha)
        and all(s in (0, 1, 2, 3) for s in state)
        and all(e > 0 and e.is_integer() for e in end)
        and end == sorted(end)
    )
