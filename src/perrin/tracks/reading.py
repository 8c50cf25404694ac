"""`read`: open a file, find out what it is from its content, and turn it into Tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import polars as pl

from perrin.errors import InputError
from perrin.tracks.assemble import assemble
from perrin.tracks.formats import readers
from perrin.tracks.memory import read_memory, read_several
from perrin.tracks.model import Tracks, concatenate
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions
from perrin.types import FloatArray


class _ArrowTable(Protocol):
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class _PandasTable(Protocol):
    @property
    def iloc(self) -> Any: ...


_Table: TypeAlias = pl.DataFrame | pl.LazyFrame | pl.Series | Mapping[str, Any] | _ArrowTable | _PandasTable
Readable: TypeAlias = str | PathLike[str] | _Table | Sequence[str | PathLike[str] | _Table | FloatArray]
"""What tracks are read from: a path, a table (polars, pandas, Arrow, a mapping of columns), or a list: see `read`."""


def read(
    data: Readable,
    *,
    format: str | None = None,
    frame_interval: float | None = None,
    pixel_size: float | Sequence[float] | None = None,
    columns: Mapping[str, str] | None = None,
    column: str | None = None,
    log: bool = False,
    increments: bool = False,
    condition: str | None = None,
    replicate: str | None = None,
) -> Tracks:
    """Read tracks from files, or from tables or arrays in memory.

    Args:
        data: a path; a table (polars, pandas, Arrow, a mapping of columns), where levels of a pandas index that have
            names count as columns; a series (polars or pandas), the positions of one track; or a list: of paths, of
            tables, each a source of its own, or of arrays, the positions (n, d) or (n,) of a track each.
        format: the name of a reader; by default the content decides.
        frame_interval: s between frames; without it a file that states none is read in frames.
        pixel_size: µm per pixel, one number or (lateral, axial); without it such a file is read in pixels.
        columns: role to column name (or 1-based number), e.g. {"track": "cell", "t": "time (min)"}.
        column: the column that holds a one-dimensional series.
        log: take the logarithms of a series.
        increments: the column holds steps; the path is their sum.
        condition: a label for all tracks read.
        replicate: a second label, below the condition.

    Returns:
        Tracks, sorted by track and time; `tracks.provenance` says what was found and what was ignored.

    Raises:
        InputError: naming file, row, value and remedy.
    """
    size = (float(pixel_size),) if isinstance(pixel_size, int | float) else pixel_size
    options = ReadOptions(
        format=format,
        frame_interval=_positive("frame_interval", frame_interval),
        pixel_size=None if size is None else tuple(_positive("pixel_size", s) or 0.0 for s in size),
        columns=dict(columns or {}),
        column=column,
        log=log,
        increments=increments,
        condition=condition,
        replicate=replicate,
    )
    if isinstance(data, str | PathLike):
        return read_file(Path(data), options)
    if not isinstance(data, Sequence):
        return read_memory(data, options)
    if not data:
        raise InputError("there is nothing to read in an empty list", remedy="Give one file or table, or more.")
    paths = [Path(item) for item in data if isinstance(item, str | PathLike)]
    return read_files(paths, options) if len(paths) == len(data) else read_several(data, options)


def _positive(name: str, value: float | None) -> float | None:
    if value is not None and not 0 < value < float("inf"):
        raise InputError(f"{name} must be positive and finite, not {value}", remedy="Give µm per pixel or s per frame.")
    return value


def read_files(paths: Sequence[Path], options: ReadOptions) -> Tracks:
    """All files as one set of tracks, each a source of its own."""
    names = source_names(paths)
    tracks = concatenate([read_file(p, options, name=n) for p, n in zip(paths, names, strict=True)])
    keys = tracks.info.select("source", "track")
    if len(paths) > 1 and (twice := keys.filter(keys.is_duplicated())).height:
        source, track = twice.row(0)
        raise InputError(
            f"two files contain track {track!r} of the source {source!r}",
            remedy="Rename one of the sources: perrin convert FILE OUT --source NAME.",
        )
    return tracks


def source_names(paths: Sequence[Path]) -> list[str]:
    """The shortest endings of the paths that tell the files apart; raises InputError where a file is given twice."""
    if len({p.resolve() for p in paths}) < len(paths):
        raise InputError("the same file is given twice", file=paths[0], remedy="Give each file once.")
    return endings(paths)


def endings(paths: Sequence[Path]) -> list[str]:
    """The shortest endings by which different paths differ."""
    for depth in range(1, max((len(p.parts) for p in paths), default=1) + 1):
        names = ["/".join(p.parts[-depth:]) for p in paths]
        if len(set(names)) == len(names):
            return names
    return [str(p) for p in paths]


def read_file(path: Path, options: ReadOptions, *, name: str | None = None) -> Tracks:
    """One file as Tracks."""
    source = Source(path, name=name)
    reader, reason = choose(source, options)
    if reader.name != "series" and (options.column is not None or options.log or options.increments):
        raise InputError(
            f"is read as {reader.title}, to which --column, --log and --increments do not apply",
            file=source.path,
            remedy="To read a one-dimensional series, give its column with --column NAME.",
        )
    with ThreadPoolExecutor(max_workers=1) as apart:
        # hashlib lets go of the interpreter, so that the sum costs no time where there are two cores.
        sha256 = apart.submit(source.sha256)
        table = reader.read(source, options)
    if source.ends_abruptly and not source.head.lstrip().startswith("<"):
        told = "the last line does not end with a line break. If the file is incomplete, the last row may be wrong"
        table = replace(table, notes=(*table.notes, told))
    if table.rows.height == 0 and not table.ignored:
        raise InputError("contains no tracks", file=source.path, remedy="Export the tracks again.")
    return assemble(
        table,
        options,
        source=source.name,
        format_name=reader.name,
        reason=reason,
        sha256=sha256.result(),
        file=source.path,
    )


def choose(source: Source, options: ReadOptions) -> tuple[Reader, str]:
    """The reader for `source` and why it was chosen.

    Raises InputError when nothing fits, or when two formats fit equally well: perrin does not guess.
    """
    if options.format is not None:
        for reader in readers():
            if reader.name == options.format:
                return reader, "chosen by the user"
        known = ", ".join(r.name for r in readers())
        raise InputError(f"unknown format {options.format!r}", remedy=f"Choose one of: {known}.")
    if options.column is not None:
        return next(reader for reader in readers() if reader.name == "series"), "--column was given"
    found = [(reader, reason) for reader in readers() if (reason := reader.sniff(source)) is not None]
    special = [(reader, reason) for reader, reason in found if not reader.general]
    if len(special) > 1:
        names = " and ".join(f"{r.name} ({why})" for r, why in special)
        raise InputError(f"could be {names}", file=source.path, remedy=f"Choose one: --format {special[0][0].name}")
    if special or found:
        return (special or found)[0]
    if source.encoding is None:
        raise InputError(
            f"is {source.binary_kind}, which perrin does not read",
            file=source.path,
            remedy="perrin reads tracks. Link the particles first (for example with TrackMate or trackpy) and export "
            "the tracks.",
        )
    raise InputError(
        "contains nothing that perrin recognizes as tracks",
        file=source.path,
        remedy="Export a table with column headings, or give the format with --format.",
    )
