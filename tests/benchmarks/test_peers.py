"""The driver of the peers, with a package invented for the purpose, run by this interpreter."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import peers
from perrin.errors import InputError

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "benchmarks" / "peers" / "requirements"
SCRIPT = """
import os, sys, time, warnings
import numpy as np
from exchange import Job, answer

calls = []

def double(numbers):
    def call(i):
        calls.append(i)
        warnings.warn("doubling is rough")
        return {"double": 2 * numbers[i], "calls": len(calls), "threads": os.environ["OMP_NUM_THREADS"]}
    return Job(call, len(numbers))

def work(seconds, items=1):
    def call(_):
        busy = time.process_time() + (float(seconds) if calls else 10 * float(seconds))
        while time.process_time() < busy:
            pass
        calls.append(0)
        return {"perrin": any("perrin" in name for name in sys.modules)}
    return Job(call, 2, int(items))

def fail():
    raise ValueError("no such luck")

answer("numpy", {"double": double, "work": work, "fail": fail})
"""


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the environment `.venv-peers-here`, which is this interpreter."""
    python = tmp_path / ".venv-peers-here" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    script = tmp_path / "run_numbers.py"
    script.write_text(SCRIPT)
    monkeypatch.setattr(peers, "PEERS", {"numbers": peers.Peer("here", script)})
    return tmp_path


def test_arrays_go_and_come_back(environments: Path) -> None:
    result = peers.run("numbers", "double", {"numbers": np.arange(6.0).reshape(3, 2)}, environments=environments)
    np.testing.assert_array_equal(result.values["double"], 2 * np.arange(6.0).reshape(3, 2))
    assert result.values["calls"].tolist() == [2, 3, 4], "one call warms up, then one call an item"
    assert result.values["threads"].tolist() == ["1", "1", "1"]
    assert result.version == np.__version__
    assert result.warnings == ("doubling is rough",)


def test_every_repeat_makes_all_calls(environments: Path) -> None:
    result = peers.run("numbers", "double", {"numbers": np.ones(2)}, repeats=3, environments=environments)
    assert result.values["calls"].tolist() == [6, 7]


def test_seconds_are_those_of_warm_calls_per_item(environments: Path) -> None:
    result = peers.run("numbers", "work", {"seconds": 0.03, "items": 5}, repeats=3, environments=environments)
    assert 0.03 / 5 <= result.seconds_per_item < 5 * 0.03 / 5  # the cold call takes ten times as long
    assert not result.values["perrin"].any()


def test_failures_are_told_in_a_line(environments: Path) -> None:
    with pytest.raises(peers.PeerError, match=r"^numbers \(fail\) failed: ValueError: no such luck$"):
        peers.run("numbers", "fail", {}, environments=environments)
    with pytest.raises(peers.PeerError, match=r"^numbers \(work\) took longer than 0\.5 s$"):
        peers.run("numbers", "work", {"seconds": 9.0}, timeout=0.5, environments=environments)


def test_a_missing_environment_names_the_remedy(environments: Path) -> None:
    with pytest.raises(InputError, match=r"bin/python: the environment of numbers is not there\. Build it: make peers"):
        peers.run("numbers", "double", {"numbers": [1]}, environments=environments / "elsewhere")


def test_every_peer_has_its_script_its_environment_and_its_pin() -> None:
    for name, peer in peers.PEERS.items():
        pins = (REQUIREMENTS / f"{peer.environment}.txt").read_text(encoding="utf-8")
        assert re.search(rf"^{name.replace('-', '[-_]')}==", pins, re.MULTILINE | re.IGNORECASE), name
        last = ast.parse(peer.script.read_text(encoding="utf-8")).body[-1]
        assert isinstance(last, ast.Expr)
        assert isinstance(last.value, ast.Call)
        assert ast.unparse(last.value.func) == "answer"
        assert ast.literal_eval(last.value.args[0]).replace("_", "-") == name
    listed = {peer.script.name for peer in peers.PEERS.values()}
    assert {path.name for path in peers.SCRIPTS.glob("run_*.py")} == listed


def test_make_builds_every_environment() -> None:
    names = {peer.environment for peer in peers.PEERS.values()}
    rule = re.search(r"^peers: \$\(foreach name,([\w ]+),", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert rule is not None
    assert set(rule[1].split()) == names == {path.stem for path in REQUIREMENTS.glob("*.txt")}
