"""The formats perrin reads. Adding one is one file here, one line below, and one fixture under tests/fixtures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Any, Final

from perrin import plugins
from perrin.plugins import Registry, unfit
from perrin.tracks.table import Reader

READERS: Final[Sequence[str]] = (
    "trackmate_csv:TrackMateCsv",
    "trackmate_xml:TrackMateXml",
    "trackmate_tracks:TrackMateTracksXml",
    "mosaic:Mosaic",
    "mtrackj:MTrackJ",
    "icy:Icy",
    "isbi:Isbi",
    "spot_on:SpotOn",
    "evalspt:EvalSpt",
    "slimfast:Slimfast",
    "trxyt:Trxyt",
    "imaris:Imaris",
    "thunderstorm:ThunderStorm",
    "napari:NapariTracks",
    "minflux:Minflux",
    "utrack:UTrack",
    "anders:Anders",
    "matrix:MatrixMat",
    "geff:Geff",
    "andi1:Andi1",
    "andi2:Andi2",
    "perrin_parquet:PerrinParquet",
    "series:Series",
    "generic:GenericTable",
)


def _checked(name: str, found: Any) -> Reader:
    if not (isinstance(found, type) and issubclass(found, Reader)):
        raise unfit("it is not a class derived from perrin.tracks.Reader")
    made: Reader = found()
    if (getattr(made, "name", None), bool(getattr(made, "title", ""))) != (name, True):
        raise unfit(f"it has no title, or not the name {name!r}")
    return made


_ADDED: Final = Registry(plugins.READERS, {}, _checked)


@cache
def readers() -> tuple[Reader, ...]:
    """One instance of every reader: those that other packages add, then perrin's own, the most specific first."""
    made = []
    for entry in READERS:
        module, _, name = entry.partition(":")
        made.append(getattr(import_module(f"perrin.tracks.formats.{module}"), name)())
    own = {reader.name for reader in made}
    return (*(reader for name, reader in _ADDED.working() if name not in own), *made)
