"""What the page asked for, as words of the command line."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from perrin.errors import InputError
from perrin.tracks.reading import endings

READING: Final = ("frame_interval", "pixel_size", "format", "columns", "column", "log", "increments")
"""Options of reading, as info, convert, analyze and test have them."""
ANALYSIS: Final = (
    "method", "window", "localization_error", "exposure", "drift", "alpha", "focal_depth", "lags", "min_length", "seed",
)  # fmt: skip
TEST: Final = ("method", "samples", "level")
_LONGEST: Final = 1000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def options(values: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """`--option=value` for everything that was given of `known`, flags as they are.

    The value is one word with its option, so that none can pass for an option of its own. Raises InputError for an
    option that is not known or a value that is no short line of text.
    """
    for name in values:
        if name not in known:
            raise InputError(f"unknown option {name!r}")
    words = []
    for name in known:
        value = values.get(name)
        option = f"--{name.replace('_', '-')}"
        if value is None or value is False or value == "":
            continue
        if value is True:
            words.append(option)
            continue
        text = str(value).strip()
        if len(text) > _LONGEST or _CONTROL.search(text):
            raise InputError(f"{option} must be one short line of text")
        words.append(f"{option}={text}")
    return words


def analysis(
    files: Sequence[tuple[str, str, str]], reading: list[str], settings: list[str], out: str
) -> tuple[list[list[str]], list[str]]:
    """The commands that analyse files, and how a person would type them.

    Files are (name in the folder, name for a person, condition). With several conditions each file is converted first;
    its source is called as if all were analysed at once.
    """
    if len({condition for _, _, condition in files}) == 1:
        more = [*reading, *options({"condition": files[0][2]}, ("condition",)), *settings]
        run, typed = (["analyze", *names, "-o", out, *more] for names in list(zip(*files, strict=True))[:2])
        return [run], [as_typed(typed)]
    commands, said, converted = [], [], []
    taken = {name for name, _, _ in files}
    sources = endings([Path(person) for _, person, _ in files])
    for (name, person, condition), source in zip(files, sources, strict=True):
        numbered = (f"{Path(name).stem}-labeled{n or ''}.parquet" for n in count())
        place = next(free for free in numbered if free not in taken)
        taken.add(place)
        wishes = {"condition": condition, "source": "" if source == Path(name).name else source}
        label = options(wishes, ("condition", "source"))
        commands.append(["convert", name, place, "--force", *reading, *label])
        said.append(as_typed(["convert", person, place, *reading, *label]))
        converted.append(place)
    last = ["analyze", *converted, "-o", out, *settings]
    return [*commands, last], [*said, as_typed(last)]


def as_typed(words: Sequence[str]) -> str:
    """A command as a person would type it."""
    parts = []
    for word in ("perrin", *words):
        option, equals, value = word.partition("=")
        if word.startswith("--") and equals and not value.startswith("-"):
            parts.append(f"{option} {shlex.quote(value)}")
        else:
            parts.append(shlex.quote(word))
    return " ".join(parts)
