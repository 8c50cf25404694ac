"""Any table with a heading: CSV, TSV, blanks, or foreign Parquet, under the headings that people use."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import final

import polars as pl

from perrin.errors import InputError
from perrin.tracks.columns import assign, numeric_roles, plain, to_table
from perrin.tracks.delimited import read_text
from perrin.tracks.layout import TextLayout, is_missing, is_number
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table


@final
class GenericTable(Reader):
    """One row a localisation; columns are found by their headings or chosen by the user."""

    name = "table"
    title = "table with a heading"
    general = True

    def sniff(self, source: Source) -> str | None:
        """Any text whose rows have the same number of columns, or a Parquet file."""
        if source.raw.startswith(b"PAR1"):
            return "a Parquet table"
        layout = source.layout
        if layout is None or len(layout.names) < 2:
            return None
        spoken = {"\t": "tabs", " ": "blanks"}.get(layout.delimiter, repr(layout.delimiter))
        decimals = ", decimal commas" if layout.decimal_comma else ""
        return f"a table of {len(layout.names)} columns separated by {spoken}{decimals}"

    def read(self, source: Source, options: ReadOptions) -> Table:
        """Rows by heading. Raises InputError when x or the times cannot be told, naming the columns there are."""
        if source.raw.startswith(b"PAR1"):
            frame = read_parquet(source)
            return frame_table(frame, options, file=source.path)
        layout = source.layout
        if layout is None:
            raise InputError("has no regular columns", file=source.path, remedy="Give its format with --format.")
        return delimited_table(source, layout, options)


def read_parquet(source: Source) -> pl.DataFrame:
    """The whole Parquet file; raises InputError where it is damaged."""
    with _damage_explained(source):
        return pl.read_parquet(source.path, glob=False)


def parquet_metadata(source: Source) -> dict[str, str]:
    """The metadata of a Parquet file; raises InputError where it is damaged."""
    with _damage_explained(source):
        return pl.read_parquet_metadata(source.path)


@contextmanager
def _damage_explained(source: Source) -> Iterator[None]:
    """Turn what polars raises of a damaged file into InputError, and keep its Rust off standard error meanwhile."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, MemoryError) as error:
        first = str(error).split("\n", maxsplit=1)[0][:200]
        raise InputError(
            f"is a damaged Parquet file ({first})", file=source.path, remedy="Create the file again."
        ) from None
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def delimited_table(source: Source, layout: TextLayout, options: ReadOptions) -> Table:
    """Read a delimited text by its headings (or by `--columns`)."""
    roles = assign(layout.names, options.columns, file=source.path, has_header=layout.has_header)
    by_row = options.columns.get("frame") == "row"
    check_roles(layout, roles, by_row=by_row, file=source.path)
    if not layout.sample:
        raise InputError("has column headings but no rows", file=source.path, remedy="Export the tracks again.")
    return to_table(
        read_text(source, layout, list(roles.values()), numeric_roles(roles)),
        layout.names,
        roles,
        file=source.path,
        first_row=layout.first_line + 1,
        decimal_comma=layout.decimal_comma,
        numbered_rows=by_row,
        blank_lines=True,
    )


def frame_table(frame: pl.DataFrame, options: ReadOptions, *, file: object) -> Table:
    """Read a table that is already in memory (or came from Parquet) by its headings."""
    names = frame.columns
    roles = assign(names, options.columns, file=file)
    by_row = options.columns.get("frame") == "row"
    check_roles(names, roles, by_row=by_row, file=file)
    indexed = frame.rename({name: str(i) for i, name in enumerate(names)}) if names else frame
    return to_table(indexed, names, roles, file=file, numbered_rows=by_row)


def check_roles(what: TextLayout | Sequence[str], roles: dict[str, int], *, by_row: bool = False, file: object) -> None:
    """Raise InputError where a text of this layout, or a table of these columns, lacks what tracks need."""
    if isinstance(what, TextLayout):
        _require(what.names, roles, by_row=by_row, file=file, has_header=what.has_header, sample=what.sample)
    else:
        _require(list(what), roles, by_row=by_row, file=file, has_header=True)


def _require(
    names: tuple[str, ...] | list[str],
    roles: dict[str, int],
    *,
    by_row: bool,
    file: object,
    has_header: bool,
    sample: tuple[tuple[str, ...], ...] = (),
) -> None:
    missing = [] if "x" in roles else ["x"]
    if not by_row and "frame" not in roles and "t" not in roles:
        missing.append("frame or t")
    if not missing:
        return
    shown = ", ".join(n or "(no name)" for n in names[:20])
    if not has_header:
        first = " ".join(sample[0]) if sample else ""
        problem = (
            f"has no column headings, and the roles of its {len(names)} columns are unclear (first row: {first[:80]})"
        )
        remedy = (
            "Give the column numbers, for example --columns track=1,frame=2,x=3,y=4, with t= instead of frame= for a "
            "time "
            "(or --column 1 for a series)."
        )
    else:
        problem = f"no column for {' and '.join(missing)} among: {shown}"
        remedy = "Give them, for example --columns x=NAME,frame=NAME (or --column NAME for a series)."
        if _looks_like_measures(names):
            remedy = "It seems to contain results, not positions. " + remedy
    raise InputError(problem, file=file, remedy=remedy)


def _looks_like_measures(names: tuple[str, ...] | list[str]) -> bool:
    return any(re.fullmatch(r"(track)?(msd|displacement|speed|velocity).*", plain(n)) for n in names)


def numeric_columns(layout: TextLayout) -> list[int]:
    """Columns whose sample cells are all numbers or missing, with at least one number."""
    found = []
    for index in range(len(layout.names)):
        cells = [row[index] for row in layout.sample if index < len(row)]
        numbers = [is_number(c, decimal_comma=layout.decimal_comma) for c in cells]
        if any(numbers) and all(n or is_missing(c) for n, c in zip(numbers, cells, strict=True)):
            found.append(index)
    return found
