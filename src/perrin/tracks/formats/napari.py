"""napari's tracks layer: id, t, (z), y, x as a NumPy array, or as CSV with properties behind."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import numpy_file
from perrin.tracks.columns import identifiers, plain
from perrin.tracks.formats.generic import delimited_table
from perrin.tracks.layout import TextLayout
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.types import FloatArray

_IDS: Final = ("trackid", "id")
_AXES: Final = {4: ("y", "x"), 5: ("z", "y", "x")}


@final
class NapariTracks(Reader):
    """Rows of id, t, (z), y, x: y before x. An array states no units; a heading may (`y (µm)`).

    https://napari.org/stable/howtos/layers/tracks.html. A column `track` behind these (perrin writes one) holds
    the ids that napari, which wants whole numbers, could not.
    """

    name = "napari"
    title = "napari tracks"

    def sniff(self, source: Source) -> str | None:
        """An N×4 or N×5 array whose rows can be tracks, or the heading track_id, t, (z), y, x."""
        if numpy_file.is_npy(source):
            shape = numpy_file.header(source)
            if shape is None or len(shape[0]) != 2 or shape[0][1] not in _AXES or shape[1].kind not in "iuf":
                return None
            return f"an array of {shape[0][0]:,} rows of {'id, t, y, x' if shape[0][1] == 4 else 'id, t, z, y, x'}"
        width = 0 if source.layout is None else _width(source.layout)
        return f"heading {','.join(('id', 't', *_AXES[width]))}" if width else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows; raises InputError where ids are not whole or a number is none."""
        if numpy_file.is_npy(source):
            options.refuse_columns(source)
            return _array_table(source, numpy_file.load(source))
        layout = source.layout
        width = 0 if layout is None else _width(layout)
        if layout is None or not width:
            raise InputError("does not have the column headings of napari", file=source.path, remedy="Remove --format.")
        names = [plain(name) for name in layout.names]
        own = names.index("track", width) if "track" in names[width:] else 0
        roles = ("track", "frame" if _whole_times(layout) else "t", *_AXES[width])
        places = {role: str(1 + (own if role == "track" else i)) for i, role in enumerate(roles)}
        return delimited_table(source, layout, replace(options, columns={**places, **options.columns}))


def _width(layout: TextLayout) -> int:
    """How many columns the tracks take, 0 where the heading is not napari's."""
    names = [plain(name) for name in layout.names]
    if not layout.has_header or names[:1] == [] or names[0] not in _IDS:
        return 0
    return next((width for width, axes in _AXES.items() if (*names[1:width],) == ("t", *axes)), 0)


def _whole_times(layout: TextLayout) -> bool:
    cells = [row[1] for row in layout.sample if len(row) > 1]
    return all(cell.strip().removesuffix(".0").lstrip("+-").isdigit() for cell in cells)


def _array_table(source: Source, array: FloatArray) -> Table:
    if array.ndim != 2 or array.shape[1] not in _AXES or array.dtype.kind not in "iuf" or not len(array):
        raise InputError(
            f"contains {array.dtype} of shape {array.shape}, which are not tracks",
            file=source.path,
            remedy="napari's tracks are rows of id, t, (z), y, x.",
        )
    numbers = array.astype(np.float64)
    bad = np.flatnonzero(np.isfinite(numbers[:, 0]) & (numbers[:, 0] != np.round(numbers[:, 0])))
    if len(bad):
        raise InputError(
            f"{numbers[bad[0], 0]:g} is not a track id",
            file=source.path,
            row=int(bad[0]) + 1,
            remedy="napari's tracks are rows of id, t, (z), y, x, and ids are whole.",
        )
    times = numbers[:, 1]
    whole = bool(np.all((times == np.round(times)) | ~np.isfinite(times)))
    roles = ("frame" if whole else "t", *_AXES[array.shape[1]])
    return Table(
        rows=pl.DataFrame(
            {
                "track": identifiers(pl.Series(numbers[:, 0])),
                **{role: numbers[:, i + 1] for i, role in enumerate(roles)},
                "row": np.arange(1, len(numbers) + 1),
            }
        ),
        columns={role: str(i + 2) for i, role in enumerate(roles)} | {"track": "1"},
    )
