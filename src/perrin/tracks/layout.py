"""How a delimited text is laid out, worked out from its first lines: delimiter, decimal sign, heading."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import Final, final

from perrin.tracks.csv_escape import MISSING

HEAD_BYTES: Final = 1 << 18
"""How much of a file its layout is told from."""
_LINES: Final = 60
_WIDEST: Final = 10_000
"""More columns than any table of tracks has; the readers do not look at them one by one."""
_NUMBER: Final = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$|^[-+]?inf(inity)?$", re.IGNORECASE)
_DECIMAL_COMMA: Final = re.compile(r"^[-+]?\d*,\d+([eE][-+]?\d+)?$")


@final
@dataclass(frozen=True)
class TextLayout:
    """How a text file is laid out: delimiter, decimal sign, heading, and the line where data begin (0-based)."""

    delimiter: str
    decimal_comma: bool
    names: tuple[str, ...]
    has_header: bool
    first_line: int
    sample: tuple[tuple[str, ...], ...]

    @property
    def whitespace(self) -> bool:
        """True when columns are separated by runs of blanks."""
        return self.delimiter == " "


def is_number(text: str, *, decimal_comma: bool = False) -> bool:
    """True when `text` is a number (of any size) written with a point, or with a comma where that is the custom."""
    text = text.strip().strip('"')
    return bool(_NUMBER.match(text.replace(",", ".") if decimal_comma else text))


def is_missing(text: str) -> bool:
    """True for the words that files use for 'no value'."""
    return text.strip().strip('"').lower() in MISSING


def split_line(line: str, delimiter: str) -> tuple[str, ...]:
    """The fields of one line."""
    if delimiter == " ":
        return tuple(line.split())
    try:
        return tuple(field.strip() for field in next(csv.reader(io.StringIO(line), delimiter=delimiter), []))
    except csv.Error:  # a field longer than the module likes
        return tuple(field.strip() for field in line.split(delimiter))


def find_layout(head: str) -> TextLayout | None:
    """Work out how a delimited text is laid out from its first lines; None when it has no consistent columns."""
    lines = head.split("\n")
    if len(lines) > 2 and len(head) >= HEAD_BYTES // 4:
        lines = lines[:-1]
    start, heading = 0, None
    while start < len(lines) and (not lines[start].strip() or lines[start].lstrip().startswith("#")):
        if lines[start].strip():
            heading = lines[start].lstrip().lstrip("#").strip()
        start += 1
    body = [line for line in lines[start : start + _LINES] if line.strip()]
    if not body:
        return None
    delimiter = _find_delimiter(body)
    if body[0].count(delimiter) > _WIDEST:
        return None
    rows = [split_line(line, delimiter) for line in body]
    numeric = [field for row in rows[1:] or rows for field in row]
    decimal_comma = (
        delimiter != ","
        and any(_DECIMAL_COMMA.match(field) for field in numeric)
        and not any("." in field and _NUMBER.match(field) for field in numeric)
    )
    first = rows[0]
    has_header = not all(is_number(f, decimal_comma=decimal_comma) or is_missing(f) for f in first)
    if has_header:
        names, start, rows = first, start + 1, rows[1:]
    elif heading is not None and len(split_line(heading, delimiter)) == len(first):
        names, has_header = split_line(heading, delimiter), True
    else:
        names = tuple(str(i + 1) for i in range(len(first)))
    if has_header and rows and all(len(row) == len(names) + 1 for row in rows):
        names = _widened(tuple(names), rows)
    return TextLayout(delimiter, decimal_comma, tuple(names), has_header, start, tuple(rows))


def _widened(names: tuple[str, ...], rows: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The heading of rows that have one field more: a delimiter at the end, or row names in front.

    Anything else (decimal commas between commas, say) is left as it is, and refused where it is read.
    """
    if not any(row[-1] for row in rows):
        return (*names, "")
    first = [row[0] for row in rows]
    counted = [str(int(first[0]) + i) for i in range(len(first))] if first[0].isdigit() else []
    return ("", *names) if first == counted or not any(is_number(f) for f in first) else names


def _find_delimiter(lines: list[str]) -> str:
    fitting = []
    for delimiter in ("\t", ";", "|", ","):
        counts = [len(split_line(line, delimiter)) for line in lines]
        typical = max(set(counts), key=counts.count)
        if typical > 1 and sum(abs(c - typical) <= 1 for c in counts) >= 0.9 * len(counts):
            fitting.append((counts[0] == typical, delimiter))
    # A sign that the heading has as often as the rows goes before one that only words in the rows contain.
    if fitting:
        return next((delimiter for heading, delimiter in fitting if heading), fitting[0][1])
    for delimiter in (";", ","):
        if all(delimiter in line for line in lines):
            return delimiter
    widths = {len(line.split()) for line in lines[1:] or lines}
    wide = max(widths)
    # the heading may lack a name for the names of the rows
    regular = len(widths) == 1 and wide > 1 and len(lines[0].split()) in (wide, wide - 1)
    return " " if regular else ","
