"""What other packages add to perrin, through entry points; one that is broken is named and skipped."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, Generic, TypeVar, final

from perrin.errors import InputError, PluginWarning
from perrin.problems import cause_of

ESTIMATORS: Final = "perrin.estimators"
READERS: Final = "perrin.readers"
WRITERS: Final = "perrin.writers"
FIGURES: Final = "perrin.figures"

T = TypeVar("T")


@final
class Registry(Generic[T]):
    """Things of one kind by name, perrin's own before those of other packages; each is loaded when asked for.

    A package cannot replace what is perrin's own, nor what another package has added before it.
    """

    def __init__(self, group: str, own: Mapping[str, str], checked: Callable[[str, Any], T]) -> None:
        """What `own` names as "module:attribute", and the entry points of `group`.

        `checked` makes the thing of a name and of what was loaded, and raises TypeError saying what is wrong with it.
        """
        self._group, self._own, self._checked = group, own, checked
        self._loaded: dict[str, T] = {}
        self._broken: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        return iter([*self._own, *(name for name in _entries(self._group) if name not in self._own)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in _entries(self._group)

    def __getitem__(self, name: str) -> T:
        """The thing called `name`; raises InputError where its package is broken, KeyError where there is none."""
        if name not in self._loaded:
            if name not in self._broken:
                self._load(name)
            if name in self._broken:
                raise InputError(self._broken[name], remedy="Update that package, or remove it.")
        return self._loaded[name]

    def working(self) -> Iterator[tuple[str, T]]:
        """Every name and its thing; what is broken is told once, as a PluginWarning, and skipped."""
        for name in self:
            if name not in self._loaded and name not in self._broken:
                self._load(name)
                if name in self._broken:
                    warnings.warn(f"skipped: {self._broken[name]}", PluginWarning, stacklevel=2)
            if name in self._loaded:
                yield name, self._loaded[name]

    def _load(self, name: str) -> None:
        if name in self._own:
            module, _, attribute = self._own[name].partition(":")
            self._loaded[name] = self._checked(name, getattr(import_module(module), attribute))
            return
        entry = _entries(self._group)[name]
        try:
            self._loaded[name] = self._checked(name, entry.load())
        except (Exception, SystemExit) as error:  # whatever a package of somebody else raises
            cause = str(error) if isinstance(error, _UnfitError) else cause_of(error)
            self._broken[name] = f"{name!r} of the package {_package(entry)} ({self._group}) cannot be used: {cause}"


class _UnfitError(TypeError):
    """What was loaded is not what it should be."""


def unfit(reason: str) -> TypeError:
    """The error to raise where what an entry point names is not what it should be."""
    return _UnfitError(reason)


@cache
def _entries(group: str) -> Mapping[str, EntryPoint]:
    """The entry points of a group by name, the first of each."""
    try:
        found = list(entry_points(group=group))
    except Exception as error:  # a package whose metadata cannot be read
        warnings.warn(
            f"no package adds anything: their metadata cannot be read ({cause_of(error)})", PluginWarning, stacklevel=2
        )
        return {}
    first: dict[str, EntryPoint] = {}
    for entry in sorted(found, key=lambda e: (e.name, _package(e))):
        first.setdefault(entry.name, entry)
    return first


def _package(entry: EntryPoint) -> str:
    return "of unknown name" if entry.dist is None else entry.dist.name
