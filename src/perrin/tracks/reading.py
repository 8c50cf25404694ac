"""`read`: open a file, find out what it is from its content, and turn it into Tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import polars as pl

from perrin.errors import InputError
from perrin.tracks.assemble import assemble
from perrin.tracks.formats import readers
from perrin.tracks.formats.generic import frame_table
from perrin.tracks.formats.series import frame_series
from perrin.tracks.model import Tracks, concatenate
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions


def read(
    data: Any,
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
    """Read tracks from a file, several files, or a polars, pandas or Arrow table in memory.

    Args:
        data: a path, a list of paths, or a table.
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
    if isinstance(data, Sequence):
        return read_files([Path(p) for p in data], options)
    return read_frame(data, options)


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


def read_frame(data: Any, options: ReadOptions) -> Tracks:
    """A polars, pandas or Arrow table in memory as Tracks."""
    frame = to_polars(data)
    if frame.height == 0:
        raise InputError("the table has no rows", remedy="Give a table with one row per localization.")
    if options.column is not None:
        table = frame_series(frame, options, file="table")
    else:
        table = frame_table(frame, options, file="table")
    return assemble(table, options, source="memory", format_name="memory", reason="given in memory", file="table")


def to_polars(data: Any) -> pl.DataFrame:
    """A polars DataFrame from polars, pandas (without pyarrow), Arrow, or a mapping of columns."""
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    if isinstance(data, Mapping):
        return pl.DataFrame(dict(data))
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return pl.DataFrame({str(name): _pandas_column(data[name]) for name in data.columns})
    if hasattr(data, "__arrow_c_stream__"):
        return pl.DataFrame(data)
    raise InputError(
        f"cannot read tracks from {type(data).__name__}", remedy="Give a path, or a polars, pandas or Arrow table."
    )


def _pandas_column(column: Any) -> Any:
    """The values of a pandas column; objects (words, or numbers with some missing) one by one."""
    values = column.to_numpy()
    if values.dtype != object:
        return values
    plain = [None if missing else value for value, missing in zip(values, column.isna(), strict=True)]
    try:
        return pl.Series(plain)
    except TypeError:
        return pl.Series([None if value is None else str(value) for value in plain])
