"""A large file as a sequence of Tables of some rows each."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Final, final

import polars as pl

from perrin.errors import InputError
from perrin.tracks.columns import assign, numeric_roles, to_table
from perrin.tracks.delimited import read_block
from perrin.tracks.formats.generic import check_roles, parquet_metadata
from perrin.tracks.formats.perrin_parquet import stored_table
from perrin.tracks.source import Source
from perrin.tracks.store import METADATA_KEY
from perrin.tracks.table import ReadOptions, Table

TEXT_BYTES: Final = 1 << 24
"""Bytes of text that are parsed together."""
PARQUET_ROWS: Final = 250_000
"""Rows of Parquet that are read together."""

ReadProgress = Callable[[int], None]
"""Called with the number of bytes read so far."""


class NotStreamableError(Exception):
    """Further down, the file turns out not to be what it must be to be read piece by piece."""


@final
@dataclass(frozen=True)
class TextBlocks:
    """A delimited text in UTF-8, lines that belong together in one block."""

    source: Source
    options: ReadOptions

    @classmethod
    def of(cls, source: Source, options: ReadOptions) -> TextBlocks | None:
        """The blocks, where the text is plain enough: no quotes, no blanks as separators."""
        layout = source.layout
        plain_text = source.encoding == "utf-8" and layout is not None
        if not plain_text or layout is None or layout.whitespace or '"' in source.head:
            return None
        return cls(source, options)

    def tables(self, report: ReadProgress) -> Iterator[Table]:
        """The rows, in order; raises NotStreamableError at a quote, InputError naming the row that makes no sense."""
        layout = self.source.layout
        assert layout is not None
        roles = assign(layout.names, self.options.columns, file=self.source.path, has_header=layout.has_header)
        check_roles(layout, roles, file=self.source.path)
        row = layout.first_line + 1
        for block in self._lines(layout.first_line, report):
            if b'"' in block:
                raise NotStreamableError
            frame = read_block(self.source, layout, block, list(roles.values()), numeric_roles(roles), row)
            yield to_table(
                frame, layout.names, roles, file=self.source.path, first_row=row, decimal_comma=layout.decimal_comma,
                blank_lines=True,
            )  # fmt: skip
            row += block.count(b"\n")

    def _lines(self, skip: int, report: ReadProgress) -> Iterator[bytes]:
        with self.source.open() as file:
            for _ in range(skip):
                file.readline()
            while block := self._block(file):
                yield block.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in block else block
                report(self.source.reached(file))

    def _block(self, file: IO[bytes]) -> bytes:
        try:
            return file.read(TEXT_BYTES) + file.readline()
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                f"cannot be read to its end ({getattr(error, 'strerror', None) or error})",
                file=self.source.path,
                remedy="Check that the file is complete.",
            ) from error


@final
@dataclass(frozen=True)
class ParquetBlocks:
    """A Parquet table, perrin's own or another."""

    source: Source
    options: ReadOptions
    own: bool

    @classmethod
    def of(cls, source: Source, options: ReadOptions) -> ParquetBlocks | None:
        """The blocks; None where ids are fractions, which only the whole column can tell from whole numbers."""
        own = METADATA_KEY in parquet_metadata(source)
        if own:
            return cls(source, options, own)
        schema = pl.scan_parquet(source.path, glob=False).collect_schema()
        roles = assign(schema.names(), options.columns, file=source.path)
        broken = "track" in roles and schema.dtypes()[roles["track"]].is_float()
        return None if broken else cls(source, options, own)

    def tables(self, report: ReadProgress) -> Iterator[Table]:
        """The rows, in order; raises InputError naming the row that makes no sense."""
        scan = pl.scan_parquet(self.source.path, glob=False)
        total = int(scan.select(pl.len()).collect().item())
        names = scan.collect_schema().names()
        roles = {} if self.own else assign(names, self.options.columns, file=self.source.path)
        wanted = names if self.own else [names[at] for at in sorted({*roles.values()})]
        if not self.own:
            check_roles(names, roles, file=self.source.path)
        for start in range(0, max(total, 1), PARQUET_ROWS):
            try:
                frame = scan.select(wanted).slice(start, PARQUET_ROWS).collect()
            except (pl.exceptions.PolarsError, OSError) as error:
                first = str(error).split("\n", maxsplit=1)[0][:200]
                raise InputError(
                    f"is a damaged Parquet file ({first})", file=self.source.path, remedy="Create the file again."
                ) from None
            if self.own:
                yield stored_table(frame, self.source)
            else:
                indexed = frame.rename({name: str(names.index(name)) for name in wanted})
                yield to_table(indexed, names, roles, file=self.source.path, first_row=start + 1)
            report(int(self.source.size * min(1.0, (start + PARQUET_ROWS) / max(total, 1))))


Blocks = TextBlocks | ParquetBlocks
