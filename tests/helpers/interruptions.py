"""The whole command in a process of its own, with small chunks, to be interfered with from outside."""

import time
from pathlib import Path

from tests.helpers.forked import PATIENCE, SCRIPTS, Process, forks

SCRIPT = SCRIPTS / "slowly.py"
POINTS = "60"


def command(table: Path | str, out: Path | str, *words: str, pause: float = 0.0, more: dict[str, str] | None = None,
            verb: str = "analyze", cwd: Path | str = ".", start_new_session: bool = False) -> Process:  # fmt: skip
    """`perrin analyze TABLE -o OUT`, `pause` seconds after each result."""
    call = [verb, str(table), "-o", str(out), "--no-report", *words]
    surroundings = {"CHUNK_POINTS": POINTS, "PAUSE": str(pause), **(more or {})}
    return forks().start(
        call, Path(cwd).absolute(), script=SCRIPT, surroundings=surroundings, session=start_new_session
    )


def completed(process: Process) -> None:
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


def await_chunk(process: Process, out: Path, index: int) -> None:
    """Wait until a chunk is finished, or the process has ended."""
    chunk = partial(out) / "chunks" / f"{index:06d}.json"
    limit = time.monotonic() + PATIENCE
    while not chunk.exists() and process.poll() is None and time.monotonic() < limit:
        time.sleep(0.005)
