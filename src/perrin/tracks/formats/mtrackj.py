"""MTrackJ data files (.mdf): assemblies of clusters of tracks of points."""

from __future__ import annotations

import io
from array import array
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import PIXEL

_MARK: Final = "MTrackJ "
_LEVELS: Final = (b"Assembly", b"Cluster", b"Track")


@final
class MTrackJ(Reader):
    """`Track n` lines, each followed by `Point id x y z t c`; pixels, slices and frames, frames from 1.

    Track numbers start anew in each cluster, so tracks are called cluster.track where there are several clusters
    (assembly.cluster.track where there are several assemblies).
    https://imagescience.org/meijering/software/mtrackj/format/
    """

    name = "mtrackj"
    title = "MTrackJ"

    def sniff(self, source: Source) -> str | None:
        """The first line, which names MTrackJ and its version."""
        first = source.head.lstrip("\ufeff").split("\n", maxsplit=1)[0].strip()
        return f"first line {first!r}" if first.startswith(_MARK) and first.endswith("Data File") else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All points; raises InputError where a line is not as the format says."""
        options.refuse_columns(source)
        numbers, track, line, ids = _parse(source)
        x, y, z, t = np.frombuffer(numbers).reshape(-1, 4).T
        whole = bool(np.all((t == np.round(t)) | ~np.isfinite(t)))
        names = _names(ids)
        return Table(
            rows=pl.DataFrame(
                {
                    "track": pl.Series(names, dtype=pl.String).gather(np.frombuffer(track, dtype=np.int64)),
                    "frame" if whole else "t": t,
                    **{"x": x, "y": y, "z": z},
                    "row": np.frombuffer(line, dtype=np.int64),
                }
            ),
            length_unit=PIXEL,
            columns={"track": "Track", "frame" if whole else "t": "t", "x": "x", "y": "y", "z": "z"},
        )


def _parse(source: Source) -> tuple[array[float], array[int], array[int], list[tuple[str, ...]]]:
    """x, y, z, t of every point, its track and line, and assembly, cluster and number of each track."""
    numbers, track, line = array("d"), array("q"), array("q")
    ids: list[tuple[str, ...]] = []
    place = ["1", "1", ""]
    seen: set[tuple[str, ...]] = set()
    for count, text in enumerate(io.BytesIO(source.utf8()), start=1):
        words = text.split()
        if not words:
            continue
        if words[0] == b"Point":
            _add(source, count, words, numbers, known=bool(ids))
            track.append(len(ids) - 1)
            line.append(count)
        elif words[0] in _LEVELS and len(words) > 1:
            place[_LEVELS.index(words[0])] = words[1].decode(errors="replace")
            if words[0] == b"Track":
                if (*place,) in seen:
                    raise InputError(
                        f"track {'.'.join(place)} occurs twice",
                        file=source.path,
                        row=count,
                        remedy="Give it another number.",
                    )
                seen.add((*place,))
                ids.append((*place,))
    return numbers, track, line, ids


def _add(source: Source, count: int, words: list[bytes], numbers: array[float], *, known: bool) -> None:
    if not known:
        raise InputError("a Point comes before the first Track", file=source.path, row=count, remedy="Save it again.")
    try:
        numbers.extend([float(words[i]) for i in (2, 3, 4, 5)])
    except (ValueError, IndexError):
        shown = b" ".join(words)[:60].decode(errors="replace")
        raise InputError(
            f"{shown!r} is not of the form Point id x y z t c",
            file=source.path,
            row=count,
            remedy="Correct or delete that line.",
        ) from None


def _names(ids: list[tuple[str, ...]]) -> list[str]:
    """The shortest endings of assembly, cluster and track that tell the tracks apart."""
    several = [len({place[level] for place in ids}) > 1 for level in (0, 1)]
    start = 0 if several[0] else 1 if several[1] else 2
    return [".".join(place[start:]) for place in ids]
