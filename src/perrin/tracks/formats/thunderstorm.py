"""ThunderSTORM's table of localisations, which contains no tracks and is refused."""

from __future__ import annotations

from typing import Final, final

from perrin.errors import InputError
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions, Table

_NEEDED: Final = frozenset(("frame", "x [nm]", "y [nm]"))
_TELLING: Final = ("uncertainty [nm]", "uncertainty_xy [nm]", "sigma [nm]", "sigma1 [nm]", "intensity [photon]")
_TRACKS: Final = ("track", "trackid", "trajectory", "particle", "molecule")


@final
class ThunderStorm(Reader):
    """`id,frame,x [nm],y [nm],sigma [nm],intensity [photon],…,uncertainty [nm]`: ids number the localisations.

    Ovesný et al., Bioinformatics 30, 2389 (2014).
    """

    name = "thunderstorm"
    title = "ThunderSTORM localizations"

    def sniff(self, source: Source) -> str | None:
        """ThunderSTORM's headings, and none for tracks."""
        names = source.layout.names if source.layout is not None else ()
        spoken = [name for name in _TELLING if name in names]
        tracked = any(name.lower().replace(" ", "").replace("_", "") in _TRACKS for name in names)
        return f"headings x [nm] and {spoken[0]}" if {*names} >= _NEEDED and spoken and not tracked else None

    def read(self, source: Source, options: ReadOptions) -> Table:  # noqa: ARG002
        """Raises InputError: localisations are no tracks."""
        raise InputError(
            "is a ThunderSTORM table of localizations, which contains no tracks (its ids are those of localizations)",
            file=source.path,
            remedy="Link the localizations first, for example with trackpy or TrackMate, and give the tracks. "
            "(If a column contains track ids, use --format table --columns track=NAME.)",
        )
