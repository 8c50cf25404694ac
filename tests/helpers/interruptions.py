"""The whole command in a process of its own, with small chunks, to be interfered with from outside."""

import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "scripts" / "slowly.py"
POINTS = "60"
PATIENCE = 300
"""Seconds that a command may take on a busy machine."""


def command(table: Path, out: Path | str, *words: str, pause: float = 0.0, more: dict[str, str] | None = None,
            verb: str = "analyze", **how):  # fmt: skip
    """`perrin analyze TABLE -o OUT`, `pause` seconds after each result."""
    call = [sys.executable, str(SCRIPT), verb, str(table), "-o", str(out), "--no-report", *words]
    surroundings = {**os.environ, "CHUNK_POINTS": POINTS, "PAUSE": str(pause), **(more or {})}
    return subprocess.Popen(call, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how)


def completed(process: subprocess.Popen) -> None:
    """Wait for a command that must succeed without a word on standard error."""
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert err == ""


def parquet(out: Path) -> dict[str, bytes]:
    """The tables in a folder of results."""
    return {path.name: path.read_bytes() for path in out.glob("*.parquet")}


def partial(out: Path) -> Path:
    """Where a run into `out` keeps what waits."""
    return out.parent / f".{out.name}.partial"


def waiting(out: Path) -> list[str]:
    """The finished chunks."""
    chunks = partial(out) / "chunks"
    return sorted(path.stem for path in chunks.glob("*.json")) if chunks.exists() else []


def await_chunk(process: subprocess.Popen, out: Path, index: int) -> None:
    """Wait until a chunk is finished, or the process has ended."""
    chunk = partial(out) / "chunks" / f"{index:06d}.json"
    limit = time.monotonic() + PATIENCE
    while not chunk.exists() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)
