"""u-track's tracksFinal (MATLAB): compound tracks of segments that split and merge."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.tracks import matlab
from perrin.tracks.graph import linear_tracks
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL
from perrin.types import FloatArray

_VARIABLE: Final = "tracksFinal"
_COORDINATES: Final = "tracksCoordAmpCG"
_EVENTS: Final = "seqOfEvents"
_PER_FRAME: Final = 8
_START, _END = 1, 2
_NAMES: Final = ("x", "y", "z", "x_err", "y_err", "z_err")
_COLUMNS: Final = (0, 1, 2, 4, 5, 6)


@final
class UTrack(Reader):
    """A struct array; `tracksCoordAmpCG` holds x, y, z, amplitude and their standard deviations for each frame.

    Frames count from 1 and start at the first of `seqOfEvents`; NaN is a gap. A segment that splits from another,
    or merges into it, cuts it there. Tracks are called by their number, and number.1, number.2, … where they are
    cut. Jaqaman et al., Nature Methods 5, 695 (2008).
    """

    name = "utrack"
    title = "u-track"

    def sniff(self, source: Source) -> str | None:
        """A MATLAB file with a struct tracksFinal that has coordinates and events."""
        found = matlab.variables(source).get(_VARIABLE) if matlab.is_mat(source) else None
        return f"MATLAB struct {_VARIABLE}" if found and {_COORDINATES, _EVENTS} <= {*found.fields} else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All segments, in pixels and frames; raises InputError where sizes or events contradict each other."""
        options.refuse_columns(source)
        content = _CompoundTracks(source)
        for number, compound in enumerate(matlab.load(source, _VARIABLE), start=1):
            content.add(number, compound)
        numbers = np.concatenate(content.numbers or [np.zeros((0, 7))])
        columns = {name: numbers[:, 1 + i] for i, name in enumerate(_NAMES)}
        stated = [name for name in _NAMES[3:] if np.any(columns[name] > 0)]
        columns = {name: values for name, values in columns.items() if name in _NAMES[:3] or name in stated}
        if "z" not in {name.removesuffix("_err") for name in stated} and not np.any(columns["z"]):
            del columns["z"]
        links = np.array(content.links, dtype=np.int64).reshape(-1, 2)
        found = linear_tracks(
            {"frame": numbers[:, 0], **columns},
            links[:, 0],
            links[:, 1],
            np.concatenate(content.owner or [np.zeros(0, dtype=np.int64)]),
            content.names,
        )
        return Table(
            rows=found.rows,
            length_unit=PIXEL,
            columns={"track": _VARIABLE, "frame": _EVENTS, **dict.fromkeys(columns, _COORDINATES)},
            notes=tuple(found.notes),
            parents=found.parents,
        )


@final
@dataclass
class _CompoundTracks:
    """Spots of all compound tracks, one row a spot, and the links between them."""

    source: Source
    numbers: list[FloatArray] = field(default_factory=list)
    owner: list[Any] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    links: list[tuple[int, int]] = field(default_factory=list)
    size: int = 0

    def add(self, number: int, compound: dict[str, Any]) -> None:
        """Add compound track `number`; raises InputError where it contradicts itself."""
        where = f"{_VARIABLE}({number})"
        values = matlab.matrix(self.source, compound[_COORDINATES], what=f"{where}.{_COORDINATES}")
        events = matlab.matrix(self.source, compound[_EVENTS], what=f"{where}.{_EVENTS}")
        n_segments, width = values.shape
        if width % _PER_FRAME or events.shape[1] != 4 or not len(events) or not np.isfinite(events[:, :3]).all():
            raise InputError(
                f"{where} has {width} coordinates and events of shape {events.shape}: it needs 8 values a frame and "
                "events of 4",
                file=self.source.path,
                remedy="Save it again with u-track.",
            )
        table = values.reshape(n_segments, -1, _PER_FRAME)
        seen = np.isfinite(table[:, :, 0]) & (table[:, :, :3] != 0).any(axis=2)
        first = events[:, 0].min()
        segment, step = np.nonzero(seen)
        at = np.full(seen.shape, -1, dtype=np.int64)
        at[segment, step] = self.size + np.arange(len(segment))
        self._link(at, events, first, where)
        self.numbers.append(np.column_stack([first + step, table[segment, step][:, _COLUMNS]]))
        self.owner.append(np.full(len(segment), number - 1, dtype=np.int64))
        self.names.append(str(number))
        self.size += len(segment)

    def _link(self, at: Any, events: FloatArray, first: float, where: str) -> None:
        for row in at:
            spots = row[row >= 0].tolist()
            self.links += pairwise(spots)
        n_segments, n_frames = at.shape
        for frame, kind, segment, other in events.tolist():
            if np.isnan(other):  # a birth or a death
                continue
            step = int(frame - first)
            if not (1 <= segment <= n_segments and 1 <= other <= n_segments and 0 <= step <= n_frames):
                raise InputError(
                    f"{where}.{_EVENTS} names segment {segment:g} or {other:g} of {n_segments}",
                    file=self.source.path,
                    remedy="Save it again with u-track.",
                )
            mine, theirs = at[int(segment) - 1], at[int(other) - 1]
            mine = mine[mine >= 0]
            if kind == _START:
                before = theirs[:step][theirs[:step] >= 0]
                if len(before) and len(mine):
                    self.links.append((int(before[-1]), int(mine[0])))
            elif kind == _END:
                after = theirs[step:][theirs[step:] >= 0]
                if len(after) and len(mine):
                    self.links.append((int(mine[-1]), int(after[0])))
