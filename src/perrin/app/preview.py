"""The first lines of a file as text, for a person to see what the columns are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LINES: Final = 8
_BYTES: Final = 20_000
_WIDE: Final = 200


def first_lines(path: Path) -> list[str]:
    """At most 8 lines, cut where they are long; none of a file that is no text."""
    if path.is_dir():
        return []
    with path.open("rb") as file:
        head = file.read(_BYTES)
    if b"\0" in head[:4000]:
        return []
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        text = head[: error.start].decode("utf-8") if error.start > len(head) - 4 else head.decode("latin-1")
    lines = text.splitlines()[:LINES]
    return [line if len(line) <= _WIDE else f"{line[:_WIDE]}…" for line in lines]
