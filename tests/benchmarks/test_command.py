"""`python -m benchmarks`: what it lists, what it refuses, and that every benchmark it names is one."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import BENCHMARKS
from benchmarks.__main__ import RESULTS, app
from perrin.errors import InputError

ROOT = Path(__file__).parents[2]


def refusal(*words: str) -> InputError:
    error = CliRunner().invoke(app, words).exception
    assert isinstance(error, InputError)
    return error


def test_benchmarks_are_listed() -> None:
    told = CliRunner().invoke(app)
    assert told.exit_code == 0
    assert told.stdout == "".join(f"{name}: {text}\n" for name, (_, text) in BENCHMARKS.items())


def test_what_there_is_not_is_refused_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "magic"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("perrin: there is no benchmark 'magic'. There are: real, ")
    assert done.stderr.count("\n") == 1


def test_an_option_that_a_benchmark_has_not_is_refused(tmp_path: Path) -> None:
    assert str(refusal("gaps", "--minutes", "3", "-o", str(tmp_path))).startswith("--minutes says nothing to this")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", BENCHMARKS)
def test_every_name_stands_for_a_module_that_runs(name: str) -> None:
    found = find_spec(BENCHMARKS[name][0])
    assert found is not None
    tree = ast.parse(Path(found.origin).read_text(encoding="utf-8"))
    assert "run" in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_results_are_those_of_benchmarks_there_are() -> None:
    for path in (ROOT / RESULTS).iterdir():
        assert path.suffix in (".json", ".svg")
        assert any(path.stem == name or path.stem.startswith(f"{name}-") for name in BENCHMARKS), path.name
