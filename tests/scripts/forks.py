"""Runs `perrin` in a process of its own for each call on standard input, without importing everything each time."""

import gc
import json
import os
import signal
import sys
from importlib import import_module

from perrin.cli import main

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

for name in ("cli.app", "estimate.exact", "estimate.tamsd", "report", "run", "tracks.formats"):
    import_module(f"perrin.{name}")
import_module("perrin.tracks.formats").readers()


def become(call: dict) -> None:
    """Turn this process into `perrin` called so; ends it."""
    signal.alarm(60)
    os.chdir(call["folder"])
    if call["largest_file"] is not None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (call["largest_file"], call["largest_file"]))
    for stream, name in ((1, call["out"]), (2, call["err"])):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    sys.argv = ["perrin", *call["words"]]
    try:
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        # At once: to clear all modules away takes longer than most calls.
        os._exit(ended.code)


if __name__ == "__main__":
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
