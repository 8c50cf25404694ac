"""The cells of a delimited text: numbers straight from the file where it is plain, words otherwise."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Sequence
from typing import Final

import polars as pl

from perrin.errors import InputError
from perrin.tracks.layout import TextLayout
from perrin.tracks.source import Source

_WHOLE: Final = re.compile(r"-?\d{1,15}$")


def read_text(
    source: Source, layout: TextLayout, indices: Sequence[int], numeric: Collection[int] = ()
) -> pl.DataFrame:
    """Columns `indices` of a delimited text, named by their index, missing values null.

    They are strings, but those in `numeric` are Float64 where each cell is a plain number.
    """
    frame = _read_numbers(source, layout, indices, numeric) if numeric else None
    if frame is None:
        frame = _read_words(source, layout, indices)
    if frame.height == 0:
        raise InputError(
            "has column headings but no rows",
            file=source.path,
            remedy="Export the tracks again; this file contains none.",
        )
    return frame


def read_block(
    source: Source, layout: TextLayout, block: bytes, indices: Sequence[int], numeric: Collection[int], first_row: int
) -> pl.DataFrame:
    """The same of some lines of the text, of which the first is row `first_row` (from 0)."""
    plain = set() if layout.decimal_comma else numeric
    try:
        return pl.read_csv(
            block,
            has_header=False,
            schema={str(i): pl.Float64 if i in plain else pl.String for i in range(len(layout.names))},
            columns=sorted({*indices}),
            separator=layout.delimiter,
        )
    except pl.exceptions.PolarsError:
        pass
    width = len(layout.names)
    heading = layout.delimiter.join(str(i) for i in range(width)).encode()
    try:
        return pl.read_csv(
            b"\n".join((heading, block.rstrip(b"\n"))),
            columns=[str(i) for i in sorted({*indices})],
            separator=layout.delimiter,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise _ragged(source, block, layout.delimiter, width, 0, error, before=first_row - 1) from None


def _read_numbers(
    source: Source, layout: TextLayout, indices: Sequence[int], numeric: Collection[int]
) -> pl.DataFrame | None:
    """The columns straight from the file, in one pass; None where it is not plain enough for that."""
    plain_text = source.encoding == "utf-8" and not source.gzipped and b"\r" not in source.raw
    if not plain_text or layout.whitespace or layout.decimal_comma:
        return None
    whole = {i for i in numeric if all(_WHOLE.match(row[i]) for row in layout.sample if i < len(row))}
    for integers in (whole, set()) if whole else (whole,):
        kinds = {i: pl.Int64 if i in integers else pl.Float64 for i in numeric}
        try:
            return pl.read_csv(
                source.path,
                has_header=False,
                skip_lines=layout.first_line,
                schema={str(i): kinds.get(i, pl.String) for i in range(len(layout.names))},
                columns=sorted({*indices}),
                separator=layout.delimiter,
                glob=False,
            )
        except pl.exceptions.PolarsError:
            continue
    return None


def _read_words(source: Source, layout: TextLayout, indices: Sequence[int]) -> pl.DataFrame:
    data = source.utf8()
    separator = layout.delimiter
    if layout.whitespace:
        data = re.sub(rb"[ \t]+", b"\t", re.sub(rb"(?m)^[ \t]+|[ \t]+$", b"", data))
        separator = "\t"
    width = len(layout.names)
    start = 0
    for _ in range(layout.first_line):
        start = data.find(b"\n", start) + 1
    # A heading of our own tells polars the width, which it would else take from the first row, short or not.
    heading = separator.join(str(i) for i in range(width)).encode()
    try:
        return pl.read_csv(
            io.BytesIO(b"\n".join((heading, data[start:].rstrip(b"\n")))),
            columns=[str(i) for i in sorted(set(indices))],
            separator=separator,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError as error:
        raise _ragged(source, data, separator, width, layout.first_line, error) from None


def _ragged(
    source: Source, data: bytes, separator: str, width: int, skip: int, error: Exception, *, before: int = 0
) -> InputError:
    for number, line in enumerate(data.decode(errors="replace").split("\n")):
        if number >= skip and '"' not in line and line.count(separator) + 1 > width:
            return InputError(
                f"has {line.count(separator) + 1} fields, but the other rows have {width}",
                file=source.path,
                row=before + number + 1,
                remedy="Delete or correct that row.",
            )
    first = str(error).split("\n", maxsplit=1)[0]
    return InputError(f"is not a regular table ({first})", file=source.path, remedy="Export it again as CSV.")
