"""`perrin` with small chunks, each taking its time, so that a run can be interrupted between and within them.

PAUSE is the time after each result of a core, DASK_PAUSE that of a cluster, in s; STREAM says that every file is large
enough to be read piece by piece; CLOCK sets the clock back by that many seconds a call.
"""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import perrin.run.chunks
import perrin.run.inputs
import perrin.tracks.stream.pieces
from perrin.cli import main
from perrin.run.cluster import DaskCluster
from perrin.run.local import Cores

# A shell starts background jobs, and so perhaps the tests, with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
perrin.run.chunks.CHUNK_POINTS = int(os.environ["CHUNK_POINTS"])


if "STREAM" in os.environ:
    perrin.run.inputs.IN_MEMORY = {"text": 1, "parquet": 1}  # type: ignore[misc]
    perrin.tracks.stream.pieces.PIECE = 100  # type: ignore[misc]
if "CLOCK" in os.environ:
    start, calls = time.time(), iter(range(10**9))
    time.time = lambda: start - float(os.environ["CLOCK"]) * next(calls)  # type: ignore[assignment]


def map_slowly(*args: Any, plainly: Any = Cores.map) -> Iterator[Any]:
    """The results of Cores.map, with a pause after each."""
    for result in plainly(*args):
        yield result
        time.sleep(float(os.environ["PAUSE"]))


def answer_slowly(*args: Any, plainly: Any = DaskCluster.map) -> Iterator[Any]:
    """The results of a cluster, with a pause after each, so that tasks stay to be done."""
    for result in plainly(*args):
        yield result
        time.sleep(float(os.environ.get("DASK_PAUSE", "0")))


DaskCluster.map = answer_slowly  # type: ignore[method-assign]
Cores.map = map_slowly  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
