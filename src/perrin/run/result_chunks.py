"""The results of finished chunks on disk: each is whole and as it was written, or it counts for nothing."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, final

import polars as pl

from perrin.errors import PerrinError
from perrin.result.stored import METADATA_KEY
from perrin.run.storage import Storage

_ROWS: Final = 100_000
"""Rows of a row group in the tables that all chunks make together."""


class DamagedChunkError(PerrinError):
    """A finished chunk is not what was written."""


class TabularResult(Protocol):
    """A result that is tables by name, with what their files say of them."""

    def table(self, name: str) -> pl.DataFrame:
        """One of them."""

    def metadata(self, name: str) -> dict[str, str]:
        """Its units, its method and settings."""


@final
@dataclass(frozen=True)
class ResultChunks:
    """Finished chunks in one place, by number. The note of a chunk is written last, with the sums of its tables."""

    storage: Storage

    def write(self, index: int, result: TabularResult, names: Sequence[str]) -> None:
        """Keep these tables of a chunk; done twice, it leaves the same. Raises OSError where the disk is full."""
        sums = {}
        for name in names:
            out = io.BytesIO()
            result.table(name).write_parquet(out, metadata=result.metadata(name))
            data = out.getvalue()
            sums[name] = hashlib.sha256(data).hexdigest()
            self.storage.write(f"{index:06d}.{name}.parquet", data)
        self.storage.write(_note_name(index), json.dumps(sums).encode())

    def finished(self) -> set[int]:
        """The chunks that have their note."""
        notes = (name.partition(".") for name in self.storage.names())
        return {int(number) for number, _, rest in notes if rest == "json" and number.isdigit()}

    def forget(self, index: int) -> None:
        """Let a chunk count as unfinished."""
        self.storage.remove(_note_name(index))

    def table(self, index: int, name: str) -> pl.DataFrame:
        """A table of a chunk; raises DamagedChunkError where it is not what was written."""
        return pl.read_parquet(io.BytesIO(self.read(index, name)))

    def join(self, chunks: int, names: Sequence[str], folder: Path) -> None:
        """Write each table of all chunks, in their order, as NAME.parquet: chunk by chunk.

        Raises DamagedChunkError, and OSError where the disk is full.
        """
        for name in names:
            first = io.BytesIO(self.read(0, name))
            metadata = {METADATA_KEY: pl.read_parquet_metadata(first)[METADATA_KEY]}
            rows = _lazily(self, chunks, name, pl.read_parquet_schema(first))
            rows.sink_parquet(folder / f"{name}.parquet", metadata=metadata, row_group_size=_ROWS, maintain_order=True)

    def read(self, index: int, name: str) -> bytes:
        """The file of a table of a chunk; raises DamagedChunkError where it is not what was written."""
        try:
            data = self.storage.read(f"{index:06d}.{name}.parquet")
            good = json.loads(self.storage.read(_note_name(index)))[name] == hashlib.sha256(data).hexdigest()
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            good = False
        if not good:
            raise DamagedChunkError(
                f"{self.storage}: part {index} of the result was damaged after it was written. Run the same command "
                "with --resume to compute it again"
            )
        return data


def _lazily(results: ResultChunks, chunks: int, name: str, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The rows of a table of all chunks, of which one is in memory at a time."""
    from polars.io.plugins import register_io_source

    def rows(columns: list[str] | None, _where: object, _most: object, _batch: object) -> Iterator[pl.DataFrame]:
        for index in range(chunks):
            table = results.table(index, name)
            yield table if columns is None else table.select(columns)

    return register_io_source(rows, schema=schema, is_pure=True)


def _note_name(index: int) -> str:
    return f"{index:06d}.json"
