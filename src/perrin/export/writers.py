"""The formats perrin writes. Adding one is one file beside this, and one line below."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from perrin import plugins
from perrin.errors import InputError
from perrin.export.writer import Writer
from perrin.plugins import Registry, unfit

_OWN: Final[Mapping[str, str]] = {
    "parquet": "perrin.export.parquet_csv:PARQUET",
    "csv": "perrin.export.parquet_csv:CSV",
    "trackmate": "perrin.export.trackmate:TRACKMATE",
    "napari": "perrin.export.napari:NAPARI",
    "napari-array": "perrin.export.napari:NAPARI_ARRAY",
    "geff": "perrin.export.geff:GEFF",
}


def _checked(name: str, found: Any) -> Writer:
    del name
    if not isinstance(found, Writer):
        raise unfit("it is not a perrin.export.Writer")
    return found


WRITERS: Final = Registry(plugins.WRITERS, _OWN, _checked)


def choose_writer(path: Path, name: str | None) -> str:
    """The format to write `path` in: the one named, or the one of its ending; raises InputError for neither."""
    if name is not None:
        if name not in WRITERS:
            raise InputError(f"unknown output format {name!r}", remedy=f"Choose one of: {', '.join(WRITERS)}.")
        return name
    endings = {known.ending: key for key, known in reversed(list(WRITERS.working())) if known.ending}
    if path.suffix not in endings:
        raise InputError(
            f"cannot write {path.suffix or 'a file without an extension'}",
            file=path,
            remedy=f"Use one of the extensions {', '.join(reversed(endings))}, or give the format: "
            f"--to {'|'.join(WRITERS)}.",
        )
    return endings[path.suffix]
