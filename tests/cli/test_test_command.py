"""`perrin test`: what it writes, what it says, how it ends."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.helpers.walks import write

QUICK = ("--samples", "60", "--workers", "1")


def walks(n: int, positions: int) -> list[str]:
    rng = np.random.default_rng(5)
    rows = []
    for track in range(n):
        place = np.cumsum(rng.standard_normal((positions, 2)), axis=0)
        rows += [f"{track},{frame},{x:.6f},{y:.6f}" for frame, (x, y) in enumerate(place)]
    return rows


@pytest.fixture
def tracks(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv", walks(3, 70), heading="track,frame,x (µm),y (µm)")


def test_what_is_written(perrin, tracks: Path, tmp_path: Path) -> None:
    result = perrin("test", "a.csv", "-o", "out", "--frame-interval", "0.1", "--seed", "4", *QUICK)
    assert (result.code, result.err) == (0, "")
    assert "3 of 3 tracks tested" in result.out
    out = tmp_path / "out"
    assert {p.name for p in out.iterdir()} == {"tests.parquet", "bands.parquet", "run.json", "report.html"}
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv", "out"}
    assert pl.read_parquet(out / "tests.parquet")["p"].null_count() == 0
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("perrin test a.csv -o out")
    assert record["summary"]["tested"] == 3
    assert record["test"]["samples"] == 60
    assert record["seed"] == 4
    assert record["counts"]["tracks_by_status"] == {"ok": 3}
    assert len(record["inputs"][0]["sha256"]) == 64
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count('data-figure="') == 3
    assert "Reproduce" in page


@pytest.mark.slow
def test_an_older_result_is_replaced_only_when_asked(perrin, tracks: Path) -> None:
    call = ("test", "a.csv", "-o", "out", "--no-report", *QUICK)
    assert perrin(*call).code == 0
    again = perrin(*call)
    assert again.code == 2
    assert "--force" in again.err
    assert perrin(*call, "--force").code == 0


def test_nothing_to_test(perrin, tmp_path: Path) -> None:
    rows = walks(2, 12)
    write(tmp_path / "short.csv", rows[:3] + rows[4:], heading="track,frame,x,y")
    result = perrin("test", "short.csv", "-o", "out", *QUICK)
    assert result.code == 3
    assert "2 too_short" in result.err
    assert (tmp_path / "out" / "report.html").exists()
    counts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["counts"]
    assert (counts["gappy_tracks"], counts["irregular_tracks"]) == (1, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [(("--level", "2"), "level"), (("--samples", "3"), "samples"), (("--method", "nothing"), "unknown method"),
     (("--workers", "0"), "--workers")],
)  # fmt: skip
def test_calls_that_make_no_sense(perrin, tracks: Path, tmp_path: Path, words, said) -> None:
    result = perrin("test", "a.csv", "-o", "out", *words)
    assert result.code == 2
    assert said in result.err
    assert result.err.count("\n") == 1
    assert {p.name for p in tmp_path.iterdir()} == {"a.csv"}
