"""Why rows of a file were left out, in words."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    "untracked": "rows that belong to no track (the tracking software left them unassigned)",
    "position_missing": "rows without a position: a coordinate is empty or not a number",
    "time_missing": "rows without a time or frame number",
    "error_missing": "rows whose localisation error is empty, negative or not a number",
    "filtered_out": "spots of tracks that were filtered out in the tracking software",
    "other_dimension": "positions of tracks with another number of dimensions than the one chosen",
    "duplicate_row": "rows that repeat another row exactly (one of each is kept)",
    "conflicting_row": "rows that give a second, different position of a track at one time (such tracks are not used)",
}


def in_words(reason: str) -> str:
    """The reason as a person would say it."""
    return _WORDS.get(reason, reason.replace("_", " "))
