"""Which method and window the data themselves suggest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from perrin.types import Json

_WINDOW: Final = 20
_SHORT: Final = 8
_LONG: Final = 200


def advise(described: Sequence[Json]) -> Json:
    """Method, window and sentences that say why, from what `perrin info --json` says of the files."""
    tracks = sum(d["tracks"] for d in described)
    if not tracks:
        return {"method": "exact", "window": _WINDOW, "sentences": ["There are no tracks to analyze."]}
    median = sum(d["lengths"]["median"] * d["tracks"] for d in described) / tracks
    longest = max(d["lengths"]["max"] for d in described)
    window = _window(median, longest)
    return {"method": "exact", "window": window, "sentences": [*_lengths(median, longest, window), *_rest(described)]}


def _window(median: float, longest: float) -> int:
    """20 positions, or about half a typical track where tracks are shorter than 40."""
    wish = _WINDOW if median >= 2 * _WINDOW else max(10, round(median / 2))
    return int(max(_SHORT, min(wish, longest)))


def _lengths(median: float, longest: float, window: int) -> list[str]:
    said = []
    if longest < _SHORT:
        said.append(
            f"No track has {_SHORT} positions, so no track can be analyzed alone. The distribution of D over all "
            "tracks can still be estimated."
        )
    elif median < _SHORT:
        said.append(
            f"Half of the tracks have {median:.0f} positions or fewer and are too short to be analyzed alone. They "
            "are included in the distribution over all tracks."
        )
    elif median < 2 * _WINDOW:
        said.append(
            f"A typical track has {median:.0f} positions. A window of {window} positions shows changes only roughly; "
            "the values per track are more precise."
        )
    else:
        said.append(
            f"A window of {window} positions is usual. A window of {4 * window} positions shows slow changes "
            "more precisely."
        )
    if median > _LONG:
        said.append("The tracks are long, so the test for a changing exponent has high power.")
    return said


def _rest(described: Sequence[Json]) -> list[str]:
    said = []
    units = {value for d in described for value in d["units"].values()}
    if "px" in units:
        said.append("The file does not state the pixel size. Lengths stay in pixels until you enter it.")
    if "frame" in units:
        said.append("The file does not state the frame interval. Times stay in frames until you enter it.")
    if all(d["localisation_errors"] for d in described):
        said.append("The file states the localization error of each position. perrin uses it.")
    else:
        said.append(
            "The localization error is estimated from all tracks together. If you know it, enter it: alpha of short "
            "tracks depends on it."
        )
    if any(_share(d, "tracks_with_gaps") > 0.2 for d in described):
        said.append("Many tracks have gaps. The method exact uses the true times and does not fill gaps.")
    if any(d["dimension"] == 1 and d["lengths"]["median"] > _LONG for d in described):
        said.append(
            "For a long series, coeurjolly and local-variations estimate the Hurst exponent H(t) without a "
            "fixed window."
        )
    return said


def _share(described: Any, key: str) -> float:
    share: float = described[key] / max(described["tracks"], 1)
    return share
