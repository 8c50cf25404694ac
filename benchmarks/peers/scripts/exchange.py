"""What the scripts of all peers share: arrays in, the peer's calls timed, arrays and seconds out.

A script is run by the peer's own interpreter as `python SCRIPT TASK IN.npz OUT.npz`. Nothing here knows perrin. Seconds
are of processor time, so that what else runs on the machine does not count; with one thread that is time on a clock.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from importlib.metadata import version
from statistics import median
from time import process_time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class PeerTask(NamedTuple):
    """`call(i)`, for i below `calls`, is the i-th call of the peer; each treats `items` items."""

    call: Callable[[int], Mapping[str, ArrayLike]]
    calls: int
    items: int = 1


def answer(package: str, tasks: Mapping[str, Callable[..., PeerTask]]) -> None:
    """Do the task that the command line names and write what it returns; called at the end of every script."""
    task, source, target = sys.argv[1:]
    with np.load(source, allow_pickle=False) as stored:
        given: dict[str, Any] = {name: stored[name] for name in stored.files}
    repeats = int(given.pop("repeats"))
    job = tasks[task](**given)
    seconds = []
    rows: list[Mapping[str, ArrayLike]] = []
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("default")
        job.call(0)  # compilation and caches
        for _ in range(repeats):
            start = process_time()
            rows = [job.call(i) for i in range(job.calls)]
            seconds.append(process_time() - start)
    values = {name: np.stack([np.asarray(row[name]) for row in rows]) for name in rows[0]}
    np.savez(
        target,
        _seconds_per_item=median(seconds) / (job.calls * job.items),
        _version=version(package),
        _warnings=np.array(sorted({str(w.message) for w in said}), dtype=np.str_),
        **values,  # type: ignore[arg-type]
    )
