"""What the page asked for, as words of the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final

from perrin.errors import InputError

READING: Final = ("frame_interval", "pixel_size", "format", "columns", "column", "log", "increments")
"""Options of reading, as info, convert, analyze and test have them."""
ANALYSIS: Final = (
    "method", "window", "localization_error", "exposure", "drift", "alpha", "focal_depth", "lags", "min_length", "seed",
)  # fmt: skip
TEST: Final = ("method", "samples", "level")
_LONGEST: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def options(given: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """`--option=value` for everything that was given of `known`, flags as they are.

    The value is one word with its option, so that none can pass for an option of its own. Raises InputError for an
    option that is not known or a value that is no short line of text.
    """
    for name in given:
        if name not in known:
            raise InputError(f"there is no option {name!r} here")
    words = []
    for name in known:
        value = given.get(name)
        option = f"--{name.replace('_', '-')}"
        if value is None or value is False or value == "":
            continue
        if value is True:
            words.append(option)
            continue
        text = str(value).strip()
        if len(text) > _LONGEST or _CONTROL.search(text):
            raise InputError(f"{option} is no short line of text")
        words.append(f"{option}={text}")
    return words


def spoken(words: Sequence[str]) -> str:
    """A command as a person would type it."""
    parts = []
    for word in ("perrin", *words):
        option, equals, value = word.partition("=")
        if word.startswith("--") and equals and not value.startswith("-"):
            parts.append(f"{option} {shlex.quote(value)}")
        else:
            parts.append(shlex.quote(word))
    return " ".join(parts)
