"""Progress of a benchmark: a bar on a terminal, nothing in a pipe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")


def steps(items: Iterable[Item], what: str, *, total: int | None = None) -> Iterable[Item]:
    """The items, with a bar on standard error that counts them; `total` where they do not tell their number."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, f"{what:<12}", total=total, console=console, disable=not console.is_terminal)
