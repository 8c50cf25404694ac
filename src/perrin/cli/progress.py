"""How far a long command has come: a bar for a person, lines of JSON for the app that started the command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perrin.run.analysis import Progress


@contextmanager
def progress_bar(what: str = "tracks") -> Iterator[Progress | None]:
    """A bar with tracks (or MB) per second and the time left on a terminal, nothing in a pipe.

    Where the environment says PERRIN_PROGRESS=json, lines {"phase": …} and {"done": n, "total": m} on standard error.
    """
    if os.environ.get("PERRIN_PROGRESS") == "json":
        _line(phase="estimating" if what == "tracks" else what)
        yield lambda done, total: _line(done=done, total=total)
        if what == "tracks":
            _line(phase="finishing")
        return
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


def _line(**fields: object) -> None:
    print(json.dumps(fields), file=sys.stderr, flush=True)
