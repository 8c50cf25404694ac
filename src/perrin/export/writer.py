"""`Writer`: one format that perrin writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from perrin.export.export_table import ExportTable


@final
@dataclass(frozen=True)
class Writer:
    """How a table of points becomes a file.

    Attributes:
        write: writes an `ExportTable` to a path; it raises InputError where the format cannot hold it.
        title: what it writes, in a few words.
        ending: of the names of files by which it is chosen; empty where it must be named.
    """

    write: Callable[[ExportTable, Path], None]
    title: str
    ending: str = ""
