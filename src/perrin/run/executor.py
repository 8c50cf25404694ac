"""`Executor`: who carries out the tasks of a run. What comes out never depends on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from typing import Any, Protocol, Self, TypeVar, runtime_checkable

from perrin.run.storage import Storage

S = TypeVar("S")
X = TypeVar("X")
T = TypeVar("T")
Task = Callable[[S, X, int], T]
"""From what all tasks share, what this one is about, and its number, to a result. A function of a module."""


@runtime_checkable
class CarriesFiles(Protocol):
    """What tasks share, where they read files that may lie with the user alone."""

    def files(self) -> dict[str, bytes]:
        """Their contents by name; where the work is done, `perrin.weights.local_path` finds them."""


class Executor(ABC):
    """Workers that carry out tasks. In a `with` block they are started at the first need, and end with it.

    An implementation promises: every item is done once or more, its result is given once; a task that is done
    twice (its worker died, or was thought dead) leaves what it left the first time; what is shared travels once to
    each worker, or as cheaply; items are taken one by one, as workers come free; a task's own exception is raised
    here; the loss of a worker raises PerrinError that says what to do, where it cannot be made good.
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    @abstractmethod
    def map(self, task: Task[S, X, T], shared: S, items: Iterable[tuple[int, X]]) -> Generator[tuple[int, T]]:
        """(number, result) of the task for each of the numbered items, in whatever order they finish."""

    def check(self, where: Storage) -> None:
        """Raise InputError where workers cannot reach a place that tasks read and write. Here, they always can."""
        del where

    @abstractmethod
    def close(self) -> None:
        """End the workers, at once where something is still running."""
