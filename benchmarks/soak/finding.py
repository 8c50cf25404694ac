"""`Finding`: something that must not be, and how exceptions and warnings become one."""

from __future__ import annotations

import re
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

_LONGEST: Final = 300


@final
@dataclass(frozen=True, order=True)
class Finding:
    """What was found in a world.

    Attributes:
        check: what does not hold.
        where: the place in perrin, or method and column; findings of one check and place are of one kind.
        said: the error, or the numbers.
    """

    check: str
    where: str
    said: str

    @property
    def kind(self) -> str:
        """Check and place."""
        return f"{self.check}: {self.where}"


@contextmanager
def watched(found: list[Finding], stage: str) -> Iterator[None]:
    """What is raised in this block, and each warning, is put into `found`; nothing is let out."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            yield
        except Exception as error:
            found.append(Finding("traceback", f"{type(error).__name__} in {_innermost(error)}", _line(stage, error)))
    places = {(_place(w.filename), w.category.__name__): str(w.message) for w in heard}
    found += [Finding("warning", f"{kind} in {place}", _line(stage, said)) for (place, kind), said in places.items()]


def without_numbers(text: str) -> str:
    """The text with # for each number, so that findings of one kind read alike."""
    return re.sub(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", "#", text)[:_LONGEST]


def _innermost(error: Exception) -> str:
    """The last function of perrin that the error came through, or the last of all."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "/perrin/" in Path(frame.filename).as_posix()]
    last = (own or frames)[-1]
    return f"{_place(last.filename)}:{last.name}"


def _place(filename: str) -> str:
    """The file from its package on."""
    path = Path(filename).as_posix()
    return re.split(r".*/(?:src|site-packages)/|.*/lib/python[\d.]+/", path)[-1]


def _line(stage: str, said: object) -> str:
    return f"{stage}: {' '.join(str(said).split())}"[:_LONGEST]
