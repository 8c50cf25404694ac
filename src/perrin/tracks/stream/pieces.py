"""From records on disk to pieces of whole tracks, in the order in which the file first names them."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks.assemble import assemble
from perrin.tracks.model import AXES, Provenance, Tracks
from perrin.tracks.reading import choose
from perrin.tracks.source import Source
from perrin.tracks.stream.blocks import NotStreamableError, ParquetBlocks, ReadProgress, TextBlocks
from perrin.tracks.stream.records import Records, Survey, split, survey
from perrin.tracks.stream.times import Times, find_times
from perrin.tracks.table import ReadOptions, Table
from perrin.types import FloatArray, IntArray

PIECE: Final = 250_000
"""Rows of a piece; a longer track is a piece of its own."""
_COUNTED_HERE: Final = ("duplicate_row", "conflicting_row")


def stream_file(
    path: Path, options: ReadOptions, *, name: str, scratch: Path, report: ReadProgress
) -> Iterator[Tracks] | None:
    """The tracks of a large file, some at a time; None where it must be read into memory as a whole.

    What is in memory are some 250,000 rows, the longest track, and about 100 bytes a track.

    Args:
        path: of the file.
        options: how to read it.
        name: of the source.
        scratch: a folder for records, removed in the end; it takes about the size of the file.
        report: called with the number of bytes read.

    Returns:
        Pieces of whole tracks; each has the file's provenance, the last one the final counts.

    Raises:
        InputError: naming file, row and remedy. OSError where the disk is full.
    """
    source = Source(path, name=name)
    reader, reason = choose(source, options)
    if options.column or options.log or options.increments or options.columns.get("frame") == "row":
        return None
    makers = {
        "table": (ParquetBlocks if source.raw.startswith(b"PAR1") else TextBlocks),
        "perrin-parquet": ParquetBlocks,
    }
    maker = makers.get(reader.name)
    blocks = None if maker is None else maker.of(source, options)
    if blocks is None:
        return None
    try:
        seen = survey(blocks, scratch / "records", report)
    except NotStreamableError:
        return None
    if seen is None or (seen.rows == 0 and not seen.ignored):
        raise InputError("contains no tracks", file=source.path, remedy="Export the tracks again.")
    notes = list(seen.head.notes)
    if source.ends_abruptly and source.encoding is not None:
        notes.append(
            "the last line does not end with a line break. If the file is incomplete, the last row may be wrong"
        )
    axes = _axes(seen, notes)
    times = find_times(seen, options, notes, source.path)
    if len(seen.lengths) > 1 and seen.lengths.max() == 1:
        track = seen.head.columns.get("track", "track")
        notes.append(f"every track has only one position; {track!r} may be the id of spots, not of tracks")
    about = Provenance(
        source=source.name, format=reader.name, reason=reason, sha256=source.sha256(), rows=seen.rows,
        length_unit=seen.head.length_unit, time_unit=seen.head.time_unit, frame_interval=times.interval,
        columns=dict(seen.head.columns), unused_columns=seen.head.unused_columns, ignored=dict(seen.ignored),
        notes=tuple(notes),
    )  # fmt: skip
    return _pieces(seen, axes, times, options, about, scratch)


def _pieces(
    survey: Survey, axes: list[str], times: Times, options: ReadOptions, about: Provenance, scratch: Path
) -> Iterator[Tracks]:
    ignored = Counter(about.ignored)
    understood = replace(
        options, format=None, columns={}, frame_interval=None if times.unit else options.frame_interval
    )
    try:
        for codes, rows in _by_track(survey, scratch):
            table = _table(survey, codes, rows, axes, times)
            tracks = assemble(
                table, understood, source=about.source, format_name=about.format, reason=about.reason,
                sha256=about.sha256, file=about.source,
            )  # fmt: skip
            here = tracks.provenance[0]
            ignored.update({name: here.ignored[name] for name in _COUNTED_HERE if name in here.ignored})
            interval = about.frame_interval if "t" in survey.records.columns and not times.drop else here.frame_interval
            yield replace(tracks, provenance=(replace(about, ignored=dict(ignored), frame_interval=interval),))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _by_track(survey: Survey, scratch: Path) -> Iterator[tuple[IntArray, FloatArray]]:
    """(numbers of consecutive tracks, their records track after track)."""
    owner = np.cumsum(np.maximum(survey.lengths, 1)) // PIECE
    owner = np.unique(owner, return_inverse=True)[1]
    first = np.flatnonzero(np.diff(owner, prepend=-1))
    groups = [np.arange(a, b) for a, b in zip(first, np.append(first[1:], len(owner)), strict=True)]
    if survey.ordered:
        yield from _consecutive(survey, groups)
        return
    parts = split(survey.records, owner, [scratch / f"{number:06d}" for number in range(len(groups))])
    survey.records.path.unlink()
    for codes, part in zip(groups, parts, strict=True):
        rows = part.all()
        yield codes, rows[np.argsort(rows[:, 0], kind="stable")]
        part.path.unlink(missing_ok=True)


def _consecutive(survey: Survey, groups: list[IntArray]) -> Iterator[tuple[IntArray, FloatArray]]:
    batches = survey.records.batches()
    held = np.zeros((0, len(survey.records.columns)))
    for codes in groups:
        wanted = int(survey.lengths[codes].sum())
        parts = [held]
        have = len(held)
        while have < wanted:
            parts.append(next(batches))
            have += len(parts[-1])
        together = np.concatenate(parts)
        held = together[wanted:]
        yield codes, together[:wanted]


def _table(survey: Survey, codes: IntArray, rows: FloatArray, axes: list[str], times: Times) -> Table:
    """A Table of some tracks, times where they belong, constant axes left out; one empty row for those without rows."""
    records: Records = survey.records
    numbers = {name: rows[:, place] for place, name in enumerate(records.columns) if name != "code"}
    kept = {name for name in numbers if name.removesuffix("_err") not in AXES or name.removesuffix("_err") in axes}
    if times.drop:
        kept.discard("t")
    if times.placed is not None:
        frames = numbers.get("frame", np.full(len(rows), np.nan))
        numbers["t"] = times.placed(numbers["t"], frames)
    code = rows[:, 0].astype(np.int64)
    empty = codes[survey.lengths[codes] == 0]
    at = np.concatenate([code, empty])
    order = np.argsort(at, kind="stable")
    blank = np.full(len(empty), np.nan)
    columns = {name: np.concatenate([numbers[name], blank])[order] for name in numbers if name in kept}
    words = {name: survey.names[name].gather(at[order]) for name in survey.names.columns}
    table = pl.DataFrame(words | columns)
    if "row" in table.columns:
        table = table.with_columns(pl.col("row").fill_nan(None).cast(pl.Int64))
    return replace(
        survey.head, rows=table, settled=True, notes=(),
        time_unit=times.unit if times.placed is not None else None if times.drop else survey.head.time_unit,
    )  # fmt: skip


def _axes(survey: Survey, notes: list[str]) -> list[str]:
    """The axes in use, as `assemble` finds them of all rows."""
    axes = [axis for axis in AXES if axis in survey.records.columns]
    if survey.head.settled:
        return axes
    still = {axis for axis in axes if survey.low[axis] == survey.high[axis]}
    while len(axes) > 1 and survey.lengths.sum() > 1 and axes[-1] in still:
        if axes[-1] == "y" and "x" in still:
            break
        notes.append(f"{axes[-1]} is always {survey.low[axes[-1]]:g}: read as {len(axes) - 1}-D")
        axes.pop()
    return axes
