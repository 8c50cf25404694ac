"""Why rows of a file were left out, in words."""

from __future__ import annotations

from typing import Final

_WORDS: Final = {
    "untracked": "rows that belong to no track (the tracking software did not assign them)",
    "position_missing": "rows without a position: a coordinate is empty or not a number",
    "time_missing": "rows without a time or frame number",
    "error_missing": "rows whose localization error is empty, negative or not a number",
    "filtered_out": "spots of tracks that the tracking software filtered out",
    "other_dimension": "positions of tracks with a different number of dimensions than the chosen one",
    "duplicate_row": "rows that repeat another row exactly (one of each is kept)",
    "conflicting_row": "rows with a second, different position of a track at the same time (these tracks are not used)",
}


def in_words(reason: str) -> str:
    """The reason as a person would say it."""
    return _WORDS.get(reason, reason.replace("_", " "))
