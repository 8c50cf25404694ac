"""`perrin` with small chunks, each taking its time, so that a run can be interrupted between and within them."""

import os
import signal
import time
from collections.abc import Iterator
from typing import Any

import perrin.run.analysis
import perrin.run.plan
from perrin.cli import main
from perrin.run.local import run_chunks

# A shell starts background jobs, and so perhaps the tests, with SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
perrin.run.plan.CHUNK_POINTS = int(os.environ["CHUNK_POINTS"])


def run_slowly(*args: Any, **options: Any) -> Iterator[Any]:
    """The chunks of run_chunks, with a pause after each."""
    for result in run_chunks(*args, **options):
        yield result
        time.sleep(float(os.environ["PAUSE"]))


perrin.run.analysis.run_chunks = run_slowly

if __name__ == "__main__":
    main()
