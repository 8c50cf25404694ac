"""Words in CSV cells: harmless in a spreadsheet, and the same when read again.

A spreadsheet takes a cell that starts with =, +, -, @, a tab or a line end for a formula, and would run it. Such cells
get an apostrophe in front, which spreadsheets do not show. So do words that a reader would take for something else:
those for 'missing', negative numbers (which stand for 'no track' in some formats), and 12.0 (which is track 12).
"""

from __future__ import annotations

from typing import Final

import polars as pl

MISSING: Final = ("", "nan", "na", "n/a", "null", "none", "ø", "-", "nil")
"""Words that stand for 'no value', in small letters."""

_FORMULA: Final = r"^[=+\-@\t\r\n'\"\s]"
_FLOAT: Final = r"^\d+\.0*$"


def escape_formulas(words: pl.Series) -> pl.Series:
    """`words` with an apostrophe before those that would be formulas, or would be read as something else."""
    risky = _risky(words)
    return words.str.replace("^", "'").zip_with(risky, words) if risky.any() else words


def unescape_formulas(words: pl.Series) -> pl.Series:
    """`words` as they were before `escape_formulas`; left alone where that would make two of them one."""
    marked = words.str.starts_with("'").fill_null(value=False)
    if not marked.any():
        return words
    bare = words.str.slice(1)
    plain = bare.zip_with(marked & _risky(bare), words)
    return plain if plain.n_unique() == words.n_unique() else words


def as_enum(words: pl.Series) -> pl.Series:
    """`words` as Enum, each word kept once, in order of first appearance."""
    return words.cast(pl.Enum(words.drop_nulls().unique(maintain_order=True)))


def categories(column: pl.Series) -> pl.Series:
    """The words of an Enum column, in the order of their numbers."""
    assert isinstance(column.dtype, pl.Enum)
    return column.dtype.categories


def _risky(words: pl.Series) -> pl.Series:
    risky = words.str.contains(_FORMULA) | words.str.contains(_FLOAT) | words.str.to_lowercase().is_in(MISSING)
    return risky.fill_null(value=False)
