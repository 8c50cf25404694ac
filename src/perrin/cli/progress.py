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
def progress_bar() -> Iterator[Progress | None]:
    """A bar with tracks per second and the time left on a terminal, nothing in a pipe.

    Where the environment says PERRIN_PROGRESS=json, lines {"phase": …} and {"done": n, "total": m} on standard error.
    """
    if os.environ.get("PERRIN_PROGRESS") == "json":
        _line(phase="estimating")
        yield lambda done, total: _line(done=done, total=total)
        _line(phase="finishing")
        return
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("tracks", total=None, rate="")

        def show(done: int, total: int) -> None:
            speed = bar.tasks[task].finished_speed or bar.tasks[task].speed
            bar.update(task, completed=done, total=total, rate=f"{speed:,.0f}/s" if speed else "")

        yield show


def _line(**told: object) -> None:
    print(json.dumps(told), file=sys.stderr, flush=True)
