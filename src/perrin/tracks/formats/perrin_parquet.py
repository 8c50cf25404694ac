"""perrin's own Parquet of tracks, written by `perrin.tracks.store.write_parquet`."""

from __future__ import annotations

import json
from typing import Any, Final, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks.formats.generic import parquet_metadata, read_parquet
from perrin.tracks.model import AXES
from perrin.tracks.source import Source
from perrin.tracks.store import FORMAT_VERSION, METADATA_KEY
from perrin.tracks.table import Reader, ReadOptions, Table
from perrin.tracks.units import MICRON, PIXEL

_TEXTS: Final = ("source", "condition", "replicate", "track", "parent", "flaw")
_NUMBERS: Final = ("frame", "t", *AXES, *(f"{axis}_err" for axis in AXES))


@final
class PerrinParquet(Reader):
    """Restores tracks with their units, parents, sources and errors."""

    name = "perrin-parquet"
    title = "perrin's own Parquet"

    def sniff(self, source: Source) -> str | None:
        """A Parquet file with the metadata entry that perrin writes."""
        if not source.raw.startswith(b"PAR1"):
            return None
        try:
            found = METADATA_KEY in parquet_metadata(source)
        except InputError:
            return None
        return f"Parquet with the entry {METADATA_KEY}" if found else None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """All rows as they were; raises InputError for another version of the format or a damaged file."""
        options.refuse_columns(source)
        return stored_table(read_parquet(source), source)


def stored_table(frame: pl.DataFrame, source: Source) -> Table:
    """Rows of the file as a Table; raises InputError where a column or the units are missing."""
    meta = _metadata(source)
    missing = [name for name in ("track", "t", "x") if name not in frame.columns]
    if missing:
        raise InputError(f"has no column {missing[0]}", file=source.path, remedy="Create the file again with perrin.")
    length = meta["length"]
    return Table(
        rows=frame.select(
            *(pl.col(name).cast(pl.String) for name in _TEXTS if name in frame.columns),
            *(pl.col(name).cast(pl.Float64) for name in _NUMBERS if name in frame.columns),
        ),
        length_unit=length if length in (MICRON, PIXEL) else None,
        time_unit=meta["time"],
        quantity=None if length in (MICRON, PIXEL) else length,
        columns={name: name for name in frame.columns},
        settled=True,
    )


def _metadata(source: Source) -> dict[str, Any]:
    try:
        meta = json.loads(parquet_metadata(source).get(METADATA_KEY, "null"))
    except ValueError:
        meta = None
    if not isinstance(meta, dict) or not all(isinstance(meta.get(key), str) for key in ("length", "time")):
        raise InputError(
            "has no entry that states its units", file=source.path, remedy="Create the file again with perrin."
        )
    if meta.get("version") != FORMAT_VERSION:
        raise InputError(
            f"has version {meta.get('version')} of perrin's track format; this perrin reads version {FORMAT_VERSION}",
            file=source.path,
            remedy="Use the version of perrin that wrote it, or a newer one.",
        )
    return meta
