"""How far a long command has come."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perrin.run.analysis import Progress


@contextmanager
def progress_bar(what: str = "tracks") -> Iterator[Progress | None]:
    """A bar with tracks (or MB) per second and the time left on a terminal, nothing in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )  # fmt: skip

    counted = MofNCompleteColumn() if what == "tracks" else DownloadColumn()
    columns = (
        TextColumn("{task.description}"), BarColumn(), counted, TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None, rate="")

        def show(done: int, total: int) -> None:
            speed = bar.tasks[task].finished_speed or bar.tasks[task].speed
            rate = "" if not speed else f"{speed:,.0f}/s" if what == "tracks" else f"{speed / 1e6:,.0f} MB/s"
            bar.update(task, completed=done, total=total, rate=rate)

        yield show
