"""`perrin` as a fixture: each call is a process of its own, whose exit code and output are the result."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@dataclass
class Result:
    """What a call of `perrin` left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def server() -> Iterator[subprocess.Popen]:
    command = [sys.executable, str(Path(__file__).with_name("forks.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def perrin(server: subprocess.Popen, tmp_path: Path, tmp_path_factory) -> Callable[..., Result]:
    """A function that calls `perrin` in the folder tmp_path, with the largest size a file may have."""
    streams = tmp_path_factory.mktemp("streams")

    def call(*words: object, largest_file: int | None = None) -> Result:
        out, err = streams / "out", streams / "err"
        asked = {"words": [str(w) for w in words], "folder": str(tmp_path), "out": str(out), "err": str(err)}
        server.stdin.write(json.dumps(asked | {"largest_file": largest_file}) + "\n")
        server.stdin.flush()
        code = int(server.stdout.readline())
        return Result(code, out.read_text(encoding="utf-8"), err.read_text(encoding="utf-8"))

    return call


@pytest.fixture
def analyze(perrin, tmp_path: Path):
    """A function that runs `perrin analyze`, expects success, and returns the folder."""

    def run(*words: object, out: str = "out") -> Path:
        result = perrin("analyze", *words, "-o", out)
        assert result.code == 0, result.err
        assert result.err == "", "something was said on stderr"
        return tmp_path / out

    return run
