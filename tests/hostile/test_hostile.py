"""Hostile and broken files: one clear line or a counted exclusion, in bounded time and memory, and nothing executed."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.hostile_files import CASES, CUT, MB, Case

SECONDS_PER_MB = 2
MB_AT_LEAST = 200
TIMES_THE_SIZE = 10

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


@pytest.fixture(scope="module")
def judge() -> Iterator[Callable[[Path, Case], dict[str, Any]]]:
    command = [sys.executable, str(Path(__file__).parents[1] / "scripts" / "judge.py")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(path: Path, case: Case) -> dict[str, Any]:
            seconds = max(2, int(SECONDS_PER_MB * size(path, case) / MB))
            call = {"path": str(path), "options": dict(case.options), "seconds": seconds}
            process.stdin.write(json.dumps(call) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


def size(path: Path, case: Case) -> int:
    """Bytes of the file once unzipped."""
    files = [p for p in path.rglob("*") if p.is_file()] if path.is_dir() else [path]
    return max(case.unzipped, sum(p.stat().st_size for p in files if p.is_file() and not p.is_char_device()))


def check(found: dict[str, Any], path: Path, case: Case) -> None:
    assert found["outcome"] in ("tracks", "refused"), found
    assert found["mb"] <= MB_AT_LEAST + TIMES_THE_SIZE * size(path, case) / MB, found
    if found["outcome"] == "refused":
        assert "\n" not in found["text"]
        assert len(found["text"]) < 1500
        assert str(path) in found["text"]
    else:
        assert found["lost"] == 0, f"{found['lost']} rows are neither points nor counted: {found}"


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_hostile(case: Case, judge: Callable[[Path, Case], dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / case.file
    case.make(path)
    found = judge(path, case)
    check(found, path, case)
    if case.refused is not None:
        assert found["outcome"] == "refused", found
        assert case.refused in found["text"]
        return
    assert found["outcome"] == "tracks", found
    assert found["points"] == case.points
    assert found["ignored"] == (case.ignored or {})
    if case.ids is not None:
        assert found["ids"] == [*case.ids]
    if case.noted is not None:
        assert any(case.noted in note for note in found["notes"])
    if case.flawed is not None:
        assert any(case.flawed in flaw for flaw in found["flaws"])


@pytest.mark.parametrize("case", CUT, ids=lambda c: c.name)
def test_files_that_were_cut_off(case: Case, judge: Callable[[Path, Case], dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / case.file
    case.make(path)
    check(judge(path, case), path, case)
