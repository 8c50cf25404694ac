"""`python -m benchmarks faults`: the command killed (SIGKILL) at 200 random moments and taken up, tables compared.

Every chain begins a run, kills it at a moment drawn evenly from the time that an undisturbed run takes (four of five
times from what is left of it once the run has begun to write), takes it up with --resume, kills it again, and so on
until a run comes to its end. One or two workers; input read at once or piece by piece. In the end the tables must be
those of the undisturbed run to the byte, with nothing left beside them. Chains that are finished are not run again
where the benchmark was interrupted.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from benchmarks.progress import steps
from benchmarks.record import cached, forget, surroundings
from perrin.simulate import Measurement, simulate_fbm
from perrin.types import Json

KILLS: Final = 200
TRACKS: Final = 2_000
LENGTH: Final = 100
CHAINS: Final = Path("checkpoints") / "bench-faults"
_LATER: Final = 0.8
WAYS: Final = (("1", False), ("2", False), ("1", True), ("2", True))
"""Workers, and whether the input is read piece by piece."""
_PIECEWISE: Final = (
    "import perrin.run.inputs as i; i.IN_MEMORY = {'text': 1, 'parquet': 1}; from perrin.cli import main; "
    "main() if __name__ == '__main__' else None"
)
_PARTS: Final = (
    ("result", "while the result was put together"),
    ("chunks", "while tracks were estimated"),
    ("tracks", "while the input was put into chunks"),
)


def run(data: Path) -> Json:
    """Kill and take up; `data` is not needed."""
    del data
    with TemporaryDirectory() as folder:
        here = Path(folder)
        table = here / "tracks.csv"
        simulate_fbm(TRACKS, LENGTH, D=0.5, dt=0.1, measurement=Measurement(sigma=0.05), seed=1).write(table)
        whole = [_undisturbed(here, table, way) for way in WAYS]
        chains: list[Json] = []
        for number in steps(list(range(KILLS)), "kills"):
            while sum(chain["kills"] for chain in chains) <= number:
                which = len(chains)
                at = which % len(WAYS)
                rng = np.random.default_rng([0, which])
                chains.append(cached(CHAINS, f"{which:04d}", partial(_chain, here, table, WAYS[at], *whole[at], rng)))
    moments = Counter(moment for chain in chains for moment in chain["moments"])
    kills = sum(chain["kills"] for chain in chains)
    forget(CHAINS)
    return {
        "asked": f"at least {KILLS} random moments; what was finished is kept, --resume completes, nothing is lost, "
        "nothing is counted twice",
        "kills": kills,
        "runs that came to their end": len(chains),
        "tables equal to the byte": sum(chain["equal"] for chain in chains),
        "something left beside them": sum(chain["left"] for chain in chains),
        "finished chunks lost": sum(chain["lost"] for chain in chains),
        "killed": dict(moments),
        "seconds of an undisturbed run": [round(seconds, 1) for _, seconds in whole],
        "tracks": TRACKS, "points": TRACKS * LENGTH,
        "met": kills >= KILLS and all(chain["equal"] and not chain["left"] and not chain["lost"] for chain in chains),
        "surroundings": surroundings(),
    }  # fmt: skip


def _start(table: Path, out: Path, way: tuple[str, bool], *more: str) -> subprocess.Popen[bytes]:
    workers, piecewise = way
    program = ["-c", _PIECEWISE] if piecewise else ["-m", "perrin"]
    words = ["analyze", str(table), "-o", str(out), "--method", "tamsd", "--no-report", "--workers", workers, *more]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, *program, *words], **quiet)  # noqa: S603


def _undisturbed(here: Path, table: Path, way: tuple[str, bool]) -> tuple[dict[str, bytes], float]:
    """The tables, and how long they take."""
    out = here / "whole"
    start = time.perf_counter()
    if _start(table, out, way, "--force").wait():
        raise RuntimeError("the undisturbed run failed")
    return _tables(out), time.perf_counter() - start


def _chain(
    here: Path, table: Path, way: tuple[str, bool], whole: dict[str, bytes], seconds: float, rng: np.random.Generator
) -> Json:
    out = here / "killed"
    beside = here / ".killed.partial"
    kills, lost, moments, before = 0, 0, [], set[str]()
    while True:
        begun = time.perf_counter()
        process = _start(table, out, way, "--resume", "--force")
        if rng.random() < _LATER:
            while not beside.exists() and process.poll() is None:
                time.sleep(0.01)
        try:
            process.wait(timeout=float(rng.uniform(0, max(seconds - (time.perf_counter() - begun), 0.2))))
            if process.returncode:
                raise RuntimeError(f"a run that was taken up ended with {process.returncode}")
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
            moments.append(_moment(beside, out))
            now = {path.name for path in beside.glob("chunks/*.json")}
            lost += len(before - now) if not (out / "run.json").exists() else 0
            before = now
    equal, left = _tables(out) == whole, beside.exists()
    tracks = json.loads((out / "run.json").read_text(encoding="utf-8"))["counts"]["tracks"]
    for path in out.iterdir():
        path.unlink()
    out.rmdir()
    return {"kills": kills, "moments": moments, "equal": equal and tracks == TRACKS, "left": left, "lost": lost}


def _moment(partial: Path, out: Path) -> str:
    """What the run was about when it was killed."""
    if out.exists():
        return "once the result had its name"
    found = next((said for name, said in _PARTS if (partial / name).exists() and _any(partial / name)), None)
    return found or "before anything was written"


def _any(folder: Path) -> bool:
    return any(folder.iterdir())


def _tables(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.parquet")}
