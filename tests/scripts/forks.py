"""Becomes `perrin` (or another module, or a script) again and again, without importing everything each time.

Calls come over the socket whose number is the first argument, each a line of JSON with the ends of three pipes: for
standard output, for standard error, and for the exit code. The answer is the number of the new process.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
from importlib import import_module
from typing import NoReturn

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

PATIENCE = 900
"""Seconds after which a process is ended that nobody has ended."""
LOADED = (
    "perrin.cli.app", "perrin.estimate.exact.estimator", "perrin.estimate.local.coeurjolly",
    "perrin.estimate.local.tamsd", "perrin.figures.paper", "perrin.hurst_test", "perrin.report", "perrin.run",
    "perrin.simulate", "perrin.tracks.formats", "scipy.signal", "scipy.stats",
)  # fmt: skip


def become(call: dict, out: int, err: int) -> NoReturn:
    """Turn this process into what was asked for."""
    if call["session"]:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.alarm(PATIENCE)
    os.cpu_count = lambda: call["cores"]
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["surroundings"])
    if call["largest_file"] is not None:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (call["largest_file"], call["largest_file"]))
    for number, stream in enumerate((os.open(os.devnull, os.O_RDONLY), out, err)):
        os.dup2(stream, number)
    os.closerange(3, max(out, err) + 20)
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
    try:
        run(call)
    except SystemExit as ended:
        leave(ended.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        leave(1)
    leave(0)


def run(call: dict) -> None:
    """The script or the module as the main one: workers are spawned from what it says it is."""
    sys.argv = [call["script"] or call["module"], *call["words"]]
    if call["script"]:
        runpy.run_path(call["script"], run_name="__main__")
    else:
        runpy.run_module(call["module"], run_name="__main__", alter_sys=True)


def leave(code: object) -> NoReturn:
    """End at once: to clear all modules away takes longer than most calls."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def serve(calls: socket.socket) -> None:
    """Answer calls, and tell the exit codes of processes that have ended, until nobody calls any more."""
    running: dict[int, int] = {}
    while True:
        if select.select([calls], [], [], 0.005 if running else None)[0]:
            line, pipes, _, _ = socket.recv_fds(calls, 1 << 20, 3)
            if not line:
                return
            call = json.loads(line)
            for module in call["loaded"]:
                import_module(module)
            child = os.fork()
            if child == 0:
                become(call, *pipes[:2])
            for pipe in pipes[:2]:
                os.close(pipe)
            running[child] = pipes[2]
            calls.sendall(f"{child}\n".encode())
        for child in tuple(running):
            ended, state = os.waitpid(child, os.WNOHANG)
            if ended:
                with os.fdopen(running.pop(child), "w") as told:
                    told.write(str(os.waitstatus_to_exitcode(state)))


if __name__ == "__main__":
    for name in LOADED:
        import_module(name)
    import_module("perrin.tracks.formats").readers()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as link:
        serve(link)
