"""The formats perrin writes. Adding one is one file beside this, and one line below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Final, NamedTuple

from perrin.errors import InputError
from perrin.export.export_table import ExportTable


class Writer(NamedTuple):
    """Where the function `write(sheet, path)` is, the ending it is chosen by, and what it writes."""

    function: str
    ending: str
    title: str


WRITERS: Final[Mapping[str, Writer]] = {
    "parquet": Writer("parquet_csv:write_parquet", ".parquet", "perrin's own Parquet format, which stores everything"),
    "csv": Writer(
        "parquet_csv:write_csv", ".csv", "CSV with units in the column headings, safe to open in a spreadsheet"
    ),
    "trackmate": Writer("trackmate:write", "", "CSV of spots that TrackMate's CSV importer reads"),
    "napari": Writer("napari:write", "", "CSV of napari tracks with properties"),
    "napari-array": Writer("napari:write_array", ".npy", "NumPy array of napari tracks: id, t, (z), y, x"),
    "geff": Writer("geff:write", ".geff", "GEFF (Zarr folder) with node properties"),
}


def writer(name: str) -> Callable[[ExportTable, Path], None]:
    """The function that writes format `name`."""
    module, _, function = WRITERS[name].function.partition(":")
    found: Callable[[ExportTable, Path], None] = getattr(import_module(f"perrin.export.{module}"), function)
    return found


def choose_writer(path: Path, name: str | None) -> str:
    """The format to write `path` in: the one named, or the one of its ending; raises InputError for neither."""
    if name is not None:
        if name not in WRITERS:
            raise InputError(f"unknown output format {name!r}", remedy=f"Choose one of: {', '.join(WRITERS)}.")
        return name
    found = next((key for key, known in WRITERS.items() if known.ending and path.suffix == known.ending), None)
    if found is None:
        endings = ", ".join(known.ending for known in WRITERS.values() if known.ending)
        raise InputError(
            f"cannot write {path.suffix or 'a file without an extension'}",
            file=path,
            remedy=f"Use one of the extensions {endings}, or give the format: --to {'|'.join(WRITERS)}.",
        )
    return found
