"""Progress of a benchmark: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def steps(items: Sequence[Item], what: str) -> Iterable[Item]:
    """The items, with a bar on standard error that counts them."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, f"{what:<12}", console=console, disable=not console.is_terminal)
