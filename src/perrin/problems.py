"""Side results that could not be made: the main result is kept, and every failure is told with a remedy.

The population, the report, a figure, a test of the fit stand beside the tables of an analysis. None of them may take
the tables along when it fails.
"""

from __future__ import annotations

import platform
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, TypeVar, final

from perrin.version import __version__

if TYPE_CHECKING:
    from perrin.types import Json

FILE_NAME: Final = "problems.txt"
"""The file of details in a folder of results."""
REPORT_IT: Final = f"The tables are complete. Please report this and send {FILE_NAME}."
_MORE_MEMORY: Final = "The tables are complete. Analyze fewer tracks at a time, or use a computer with more memory."
_LONGEST: Final = 200
_LIBRARIES: Final = ("numpy", "scipy", "polars", "onnxruntime", "plotly", "matplotlib")

T = TypeVar("T")


@final
@dataclass(frozen=True)
class Problem:
    """One side result that could not be made.

    Attributes:
        what: the side result, as it stands in a sentence: `the population`.
        cause: why, in one line.
        remedy: what the user can do.
        details: the traceback.
    """

    what: str
    cause: str
    remedy: str = REPORT_IT
    details: str = ""

    @classmethod
    def of(cls, what: str, error: BaseException, remedy: str = REPORT_IT) -> Problem:
        """The problem that an exception is."""
        if isinstance(error, MemoryError):
            return cls(what, "out of memory", _MORE_MEMORY if remedy == REPORT_IT else remedy, trace_of(error))
        return cls(what, cause_of(error), remedy, trace_of(error))

    def __str__(self) -> str:
        return f"{self.what} could not be made ({self.cause}). {self.remedy}"

    @property
    def sentence(self) -> str:
        """The same, to begin a line with."""
        text = str(self)
        return text[:1].upper() + text[1:]

    def as_json(self) -> Json:
        """For run.json."""
        return {"what": self.what, "cause": self.cause, "remedy": self.remedy}


@final
@dataclass(eq=False)
class Problems:
    """The problems of a run, in the order in which they came up."""

    found: list[Problem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.found)

    def add(self, problem: Problem) -> None:
        """Take one in."""
        self.found.append(problem)

    def attempt(
        self,
        what: str,
        make: Callable[[], T],
        otherwise: Callable[[Problem], T],
        *,
        remedy: str = REPORT_IT,
        unless: Callable[[BaseException], bool] = lambda _: False,
    ) -> T:
        """What `make` returns; where it raises, the problem is noted and `otherwise` says what stands in its place.

        Args:
            what: the side result, as it stands in a sentence.
            make: makes it.
            otherwise: what to go on with.
            remedy: what the user can do.
            unless: which exceptions concern the whole run and are raised on; Ctrl-C always is.
        """
        try:
            return make()
        except BaseException as error:
            if unless(error) or not unforeseen(error):
                raise
            problem = Problem.of(what, error, remedy)
        self.add(problem)
        return otherwise(problem)

    def as_json(self) -> list[Json]:
        """For run.json."""
        return [problem.as_json() for problem in self]

    def details(self, command: str) -> str:
        """The text of the file of details."""
        return details(command, [f"{problem.sentence}\n{problem.details}" for problem in self])

    def warn(self) -> None:
        """Tell them as warnings of Python, where nothing else shows them."""
        for problem in self:
            warnings.warn(problem.sentence, RuntimeWarning, stacklevel=3)


def unforeseen(error: BaseException) -> bool:
    """Whether this is a failure and nobody's wish; a panic of polars derives from BaseException alone."""
    return not isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit)


def cause_of(error: BaseException) -> str:
    """An exception in one short line."""
    text = " ".join(str(error).split())[:_LONGEST]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def trace_of(error: BaseException) -> str:
    """Its traceback, with that of the worker it comes from."""
    return "".join(traceback.format_exception(error))


def details(command: str, traces: Sequence[str]) -> str:
    """What a developer must know, as text that a user can send: no data, no variables."""
    libraries = ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES)
    return "\n".join([
        f"perrin {__version__}, Python {platform.python_version()} on {platform.platform()}",
        libraries,
        f"command: {command}",
        "",
        *traces,
    ])  # fmt: skip


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing" if name not in sys.modules else "unknown"
