"""`perrin` with small chunks, each taking its time, so that a run can be interrupted between and within them."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import perrin.run.plan
from perrin.cli import main
from perrin.run.local import Cores

# A shell starts background jobs, and so perhaps the tests, with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
perrin.run.plan.CHUNK_POINTS = int(os.environ["CHUNK_POINTS"])


def map_slowly(*args: Any, plainly: Any = Cores.map) -> Iterator[Any]:
    """The results of Cores.map, with a pause after each."""
    for result in plainly(*args):
        yield result
        time.sleep(float(os.environ["PAUSE"]))


Cores.map = map_slowly  # type: ignore[method-assign]

if __name__ == "__main__":
    main()
