"""`perrin test` goes on where it was interrupted, as `perrin analyze` does."""

import random
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from perrin.tracks import Tracks
from tests.helpers.interruptions import PATIENCE, await_chunk, command, completed, parquet, partial, waiting

CHUNKS = 9
QUICK = ("--samples", "40")


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    rng = np.random.default_rng(3)
    tracks = Tracks.from_arrays([np.cumsum(rng.standard_normal((33, 2)), axis=0) for _ in range(2 * CHUNKS)])
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    tracks.to_polars().drop("source", "t").sort("frame", "track").write_csv(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, table) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    completed(decided(table, out, "--workers", "2"))
    return parquet(out)


def decided(table: Path, out: Path, *words: str, **how):
    return command(table, out, *QUICK, *words, verb="test", **how)


@pytest.mark.slow
@pytest.mark.parametrize("blow", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_ended_from_outside_and_taken_up(tmp_path, table, undisturbed, blow: str) -> None:
    out = tmp_path / "out"
    process = decided(table, out, "--workers", "1", pause=0.1)
    await_chunk(process, out, random.Random(blow).randrange(CHUNKS - 3))
    time.sleep(0.05)
    process.send_signal(getattr(signal, blow))
    _, err = process.communicate(timeout=PATIENCE)
    if blow != "SIGKILL":
        assert err == "perrin: stopped; run the same command with --resume to continue\n"
        assert process.returncode == {"SIGINT": 130, "SIGTERM": 143}[blow]
    finished = waiting(out)
    assert 0 < len(finished) < CHUNKS
    completed(decided(table, out, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed
    assert {p.name for p in tmp_path.iterdir()} == {"out"}


@pytest.mark.slow
def test_a_damaged_chunk_is_done_again_and_another_run_is_not_taken_up(tmp_path, table, undisturbed) -> None:
    out = tmp_path / "out"
    process = decided(table, out, "--workers", "1", pause=0.1)
    await_chunk(process, out, 3)
    process.kill()
    process.communicate(timeout=PATIENCE)
    process = command(table, out, "--samples", "50", "--workers", "1", "--resume", verb="test")
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "was started with different input, options or version of perrin" in err
    spoilt = partial(out) / "chunks" / "000001.tests.parquet"
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"?")
    (partial(out) / "chunks" / "000002.bands.parquet").unlink()
    completed(decided(table, out, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed
