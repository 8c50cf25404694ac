"""Reads each file named on standard input in a process of its own, under limits, and tells what came of it.

The answer is one line of JSON: what happened (tracks, refused, or a fault), CPU seconds, and MB above those that the
process had before. Network, processes and unpickling are faults, whatever comes after them.
"""

import gc
import json
import os
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ[_name] = "1"

import perrin  # noqa: E402
from perrin.errors import InputError  # noqa: E402

for _name in ("h5py", "zarr", "scipy.io", "scipy.sparse.csgraph", "lxml.etree", "perrin.tracks.assemble"):
    import_module(_name)
import_module("perrin.tracks.formats").readers()

FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
             "pickle.find_class", "urllib.Request")  # fmt: skip
LARGEST = 4 << 30


def watch(event: str, _: Any) -> None:
    """Ends the process at anything that reading a file must never do."""
    if event in FORBIDDEN:
        answer("fault", f"did {event}")
        os._exit(0)


def answer(outcome: str, text: str, **more: Any) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = {"outcome": outcome, "text": text, "seconds": used.ru_utime + used.ru_stime, "mb": peak() - BEFORE, **more}
    os.write(OUT, (json.dumps(found) + "\n").encode())


def peak() -> float:
    """The largest resident size of this process so far, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def read(call: dict[str, Any]) -> None:
    """Read one file and say what came of it."""
    try:
        tracks = perrin.read(call["path"], **call["options"])
    except InputError as error:
        answer("refused", str(error))
    except MemoryError:
        answer("fault", "out of memory")
    except BaseException as error:
        answer("fault", f"{type(error).__name__}: {error}"[:500])
    else:
        entry = tracks.provenance[0]
        counted = tracks.n_points + sum(entry.ignored.values())
        answer(
            "tracks", repr(tracks), points=tracks.n_points, ignored=dict(entry.ignored), notes=list(entry.notes),
            ids=tracks.info["track"].to_list()[:10], flaws=tracks.info["flaw"].drop_nulls().to_list()[:5],
            lost=entry.rows - counted,
        )  # fmt: skip


if __name__ == "__main__":
    gc.freeze()
    for line in sys.stdin:
        call = json.loads(line)
        inlet, OUT = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(inlet)
            # The high-water mark starts anew with what the process has now.
            Path("/proc/self/clear_refs").write_text("5")
            BEFORE = peak()
            resource.setrlimit(resource.RLIMIT_CPU, (call["seconds"], call["seconds"] + 1))
            resource.setrlimit(resource.RLIMIT_AS, (LARGEST, LARGEST))
            sys.addaudithook(watch)
            read(call)
            os._exit(0)
        os.close(OUT)
        deadline = time.monotonic() + 20 * call["seconds"] + 10
        ended = 0
        while not ended and time.monotonic() < deadline:
            ended, state = os.waitpid(child, os.WNOHANG)
            time.sleep(0.002)
        if not ended:
            os.kill(child, 9)
            os.waitpid(child, 0)
        with os.fdopen(inlet) as pipe:
            said = pipe.readline()
        if not said:
            said = json.dumps({"outcome": "fault", "text": "hung, or died" if not ended else f"died ({state})"}) + "\n"
        sys.stdout.write(said)
        sys.stdout.flush()
