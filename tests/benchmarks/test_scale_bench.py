"""The benchmarks of scale: straight lines, process trees, parts that are kept."""

import os
from pathlib import Path

import pytest

from benchmarks import faults, scale
from benchmarks.record import cached, forget


def test_a_straight_line_is_found() -> None:
    """A pass over a sample takes longer up to its size: that is no part of the line."""
    rows = []
    for n in scale.TRACKS:
        sampled = min(n, 10_000) * 1e-3
        parts = {"read": 0.5, "population": 0.8 * sampled, "report": 0.2 * sampled}
        rows.append({"tracks": n, "seconds": 2.0 + 5e-4 * n + sampled, "parts": parts})
    line = scale._line(rows)
    assert line["seconds bounded by samples, at most"] == 10.0
    assert line["seconds at the start"] == pytest.approx(2.0)
    assert line["tracks a second"] == 2000
    assert line["largest relative distance"] < 1e-3


def test_the_peak_of_a_process_is_seen() -> None:
    assert os.getpid() in scale._family(os.getpid())
    assert scale._high_water(os.getpid()) > 10_000
    assert scale._high_water(2**22 + 1) == 0


def test_parts_of_a_long_benchmark_are_measured_once(tmp_path: Path) -> None:
    calls = iter(range(5))
    for _ in range(2):
        assert cached(tmp_path / "parts", "one", lambda: {"n": next(calls)}) == {"n": 0}
    forget(tmp_path / "parts")
    assert cached(tmp_path / "parts", "one", lambda: {"n": next(calls)}) == {"n": 1}


def test_what_a_run_was_about_when_it_was_killed(tmp_path: Path) -> None:
    partial, out = tmp_path / ".out.partial", tmp_path / "out"
    assert faults._moment(partial, out) == "before anything was written"
    (partial / "tracks").mkdir(parents=True)
    (partial / "tracks" / "a").touch()
    assert "input" in faults._moment(partial, out)
    (partial / "chunks").mkdir()
    (partial / "chunks" / "a").touch()
    assert "estimated" in faults._moment(partial, out)
    out.mkdir()
    assert "its name" in faults._moment(partial, out)
