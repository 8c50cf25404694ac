"""One-dimensional series: one value a row, read as a track whose time is the row number."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.tracks import numpy_file
from perrin.tracks.columns import find_column, numbers, plain
from perrin.tracks.delimited import read_text
from perrin.tracks.formats.generic import numeric_columns, read_parquet
from perrin.tracks.layout import TextLayout, is_missing, is_number
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table

_UNNAMED: Final = "value"
_DATE: Final = re.compile(
    r"""(
        \d{4} ([-/]\d{1,2}){1,2} | \d{4}\.\d{1,2}\.\d{1,2}            # 1958-03-29, 1958/3, 1958.03.29
        | \d{1,2} ([-/.]) \d{1,2} \3 (\d{4}|\d{2})                      # 3/29/1958, 29.03.58
        | (\d{1,2}[-\ ])? [A-Za-z]{3,9} [-,.\ ]+ (\d{1,2},?\ )? \d{2,4} # 29-Mar-1958, March 29, 1958, Mar 58
        | \d{4}[-\ ]?[QqWw]\d{1,2}                                      # 1958Q1, 1958-W13
    )
    ( [T\ ]+ \d{1,2}:\d{2} (:\d{2}(\.\d+)?)? \ ?([AaPp][Mm])? (Z|[+-]\d{2}:?\d{2})? )?""",
    re.VERBOSE,
)
_DATE_HEADINGS: Final = frozenset(("date", "dates", "day", "month", "year", "datetime"))
_DATE_DIGITS: Final = re.compile(r"\d{4}(\d{2}){0,2}")


@final
class Series(Reader):
    """A column of values: alone, behind a column of dates, in a NumPy vector, or named with `--column`."""

    name = "series"
    title = "one-dimensional series"
    general = True

    def sniff(self, source: Source) -> str | None:
        """One column of numbers, dates and one column of numbers, or a NumPy vector."""
        if numpy_file.is_npy(source):
            return _vector(source)
        layout = _layout(source)
        if layout is None or not layout.sample:
            return None
        numeric = numeric_columns(layout)
        if len(layout.names) == 1 and numeric == [0]:
            return "one column of numbers"
        if len(layout.names) == 2 and 1 in numeric and _dated(layout):
            return "a column of dates and one of numbers"
        return None

    def read(self, source: Source, options: ReadOptions) -> Table:
        """The path of the chosen column.

        Raises InputError where the choice is open or impossible, and where a value does not bear `--log` or
        `--increments`.
        """
        return _table(_column(source, options), options, file=source.path)


def frame_series(frame: pl.DataFrame, options: ReadOptions, *, file: object) -> Table:
    """The path of column `options.column` of a table in memory; raises InputError as `Series.read` does."""
    return _table(_pick(frame, options, file=file), options, file=file)


@final
@dataclass(frozen=True)
class _Column:
    name: str
    values: pl.Series
    first_row: int = 1
    unused: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _table(column: _Column, options: ReadOptions, *, file: object) -> Table:
    if options.pixel_size is not None:
        raise InputError(
            "the values of a series are not lengths in pixels", file=file, remedy="Remove --pixel-size for a series."
        )
    values = column.values.fill_nan(None)
    notes = column.notes
    if options.log:
        values = _logarithms(column, values, file)
    if options.increments:
        notes += _note_mean(values)
        values = _summed(column, values, file)
    n = len(values)
    return Table(
        rows=pl.DataFrame(
            {
                "track": pl.repeat("0", n, dtype=pl.String, eager=True),
                "frame": np.arange(n, dtype=np.float64),
                "x": values,
                "row": np.arange(column.first_row, column.first_row + n, dtype=np.int64),
            }
        ),
        columns={"x": column.name},
        unused_columns=column.unused,
        quantity=f"log {column.name}" if options.log else column.name,
        notes=notes,
    )


def _note_mean(steps: pl.Series) -> tuple[str, ...]:
    """A remark where the steps have a mean, which makes their sum run away."""
    if len(steps) < 2:
        return ()
    values = steps.drop_nulls().to_numpy()
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if abs(mean) <= 3 * spread / np.sqrt(len(values)):
        return ()
    return (f"the steps have a mean of {mean:.3g}, so the path drifts; use --drift to allow for a drift",)


def _logarithms(column: _Column, values: pl.Series, file: object) -> pl.Series:
    bad = (values <= 0).fill_null(value=False)
    if bad.any():
        at = int(bad.arg_max() or 0)
        raise InputError(
            f"{values[at]:g} has no logarithm",
            file=file,
            row=column.first_row + at,
            column=column.name,
            remedy="Remove --log, or correct that value.",
        )
    return values.log()


def _summed(column: _Column, values: pl.Series, file: object) -> pl.Series:
    if values.null_count():
        raise InputError(
            "a step is missing, so the path after it is not known",
            file=file,
            row=column.first_row + int(values.is_null().arg_max() or 0),
            column=column.name,
            remedy="Enter it (0 if nothing moved), or read the parts before and after it separately.",
        )
    return values.cum_sum()


def _column(source: Source, options: ReadOptions) -> _Column:
    if numpy_file.is_npy(source):
        array = _load(source)
        names = [_UNNAMED] if array.shape[1] == 1 else [str(i + 1) for i in range(array.shape[1])]
        frame = pl.DataFrame({name: array[:, i].astype(np.float64) for i, name in enumerate(names)})
        return _pick(frame, options, file=source.path)
    if source.raw.startswith(b"PAR1"):
        return _pick(read_parquet(source), options, file=source.path)
    return _text_column(source, options)


def _text_column(source: Source, options: ReadOptions) -> _Column:
    layout = _layout(source)
    if layout is None:
        raise InputError("is not a table of values", file=source.path, remedy="Remove --column.")
    dated = len(layout.names) > 1 and _dated(layout)
    numeric = [i for i in numeric_columns(layout) if not (dated and i == 0)]
    index = _index(list(layout.names), numeric, options, file=source.path, has_header=layout.has_header)
    first_row = layout.first_line + 1
    values = numbers(
        read_text(source, layout, [index])[str(index)],
        file=source.path,
        name=layout.names[index],
        first_row=first_row,
        decimal_comma=layout.decimal_comma,
    )
    dates = (layout.names[0] if layout.has_header else "") or "the first column"
    return _Column(
        name=layout.names[index] if layout.has_header and layout.names[index] else _UNNAMED,
        values=values,
        first_row=first_row,
        unused=tuple(n for i, n in enumerate(layout.names) if layout.has_header and i != index and n),
        notes=(f"the dates in {dates} are not read: time is the row number",) if dated and index else (),
    )


def _pick(frame: pl.DataFrame, options: ReadOptions, *, file: object) -> _Column:
    numeric = [i for i, dtype in enumerate(frame.dtypes) if dtype.is_numeric()]
    index = _index(frame.columns, numeric, options, file=file, has_header=True)
    name = frame.columns[index]
    return _Column(
        name=_UNNAMED if name.isdigit() else name,
        values=numbers(frame[name], file=file, name=name, first_row=1),
        unused=tuple(n for n in frame.columns if n != name),
    )


def _index(names: list[str], numeric: list[int], options: ReadOptions, *, file: object, has_header: bool) -> int:
    if options.column is not None:
        return find_column(options.column, names, file=file, has_header=has_header)
    if len(numeric) == 1:
        return numeric[0]
    listing = ", ".join(names[i] or "(no name)" for i in (numeric or range(len(names)))[:30])
    raise InputError(
        f"has {len(numeric)} columns of numbers: {listing}" if numeric else f"has no column of numbers: {listing}",
        file=file,
        remedy="Choose one with --column NAME (or its number).",
    )


def _layout(source: Source) -> TextLayout | None:
    """The layout, where a first row of a date and a number is data and not a heading."""
    layout = source.layout
    if layout is None or not layout.has_header or len(layout.names) != 2 or layout.first_line == 0:
        return layout
    date, value = layout.names
    if not (_DATE.fullmatch(date) and is_number(value, decimal_comma=layout.decimal_comma)):
        return layout
    return replace(
        layout,
        names=("1", "2"),
        has_header=False,
        first_line=layout.first_line - 1,
        sample=(layout.names, *layout.sample),
    )


def _dated(layout: TextLayout) -> bool:
    """True when the first column holds dates."""
    cells = [row[0].strip() for row in layout.sample if row and not is_missing(row[0])]
    digits = plain(layout.names[0]) in _DATE_HEADINGS
    return bool(cells) and all(_DATE.fullmatch(c) or (digits and _DATE_DIGITS.fullmatch(c)) for c in cells)


def _vector(source: Source) -> str | None:
    found = numpy_file.header(source)
    if found is None or len(found[0]) != 1 or found[1].kind not in "iuf":
        return None
    return f"a NumPy vector of {found[0][0]:,} numbers"


def _load(source: Source) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The array of a .npy file as columns; raises InputError where it is damaged or holds no plain numbers."""
    array = numpy_file.load(source)
    if array.ndim not in (1, 2) or array.dtype.kind not in "iuf" or array.size == 0:
        raise InputError(
            f"contains {array.dtype} of shape {array.shape}, which is not a series",
            file=source.path,
            remedy="Save one vector of numbers with numpy.save.",
        )
    return np.asarray(array, dtype=np.float64).reshape(len(array), -1)
