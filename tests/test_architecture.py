"""What the house promises about itself, checked on its own source."""

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from perrin.version import __version__

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "perrin"
FILES = sorted([*SOURCE.rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")])
NAMES = [str(path.relative_to(SOURCE if path.is_relative_to(SOURCE) else ROOT)) for path in FILES]
HEAVY = {
    "plotly", "matplotlib", "jinja2", "typer", "click", "rich", "scipy", "torch", "onnxruntime", "pandas", "pyarrow",
    "dask", "distributed", "sklearn", "hypothesis", "lxml",
}  # fmt: skip


def loaded(statement: str) -> set[str]:
    """The modules in a fresh interpreter after `statement`."""
    code = f"{statement}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "statement",
    [
        "import perrin, perrin.cli",
        "import perrin; perrin.__all__; dir(perrin)",
        "from perrin.estimate import METHODS",
        "import benchmarks",
    ],
)
def test_importing_loads_nothing_heavy(statement: str) -> None:
    assert not loaded(statement) & HEAVY


def test_the_package_and_the_command_load_neither_numpy_nor_polars() -> None:
    assert not loaded("import perrin, perrin.cli, benchmarks") & {"numpy", "polars"}


def test_reading_tracks_loads_no_plots_and_no_command_line() -> None:
    assert not loaded("import perrin; perrin.read; perrin.Tracks") & (HEAVY - {"lxml"})


def test_asking_for_help_loads_no_science() -> None:
    assert not loaded("import perrin.cli.app") & {"numpy", "scipy", "polars", "plotly", "jinja2", "hypothesis"}


@pytest.mark.slow
def test_a_run_and_its_report_load_no_tables_of_distributions() -> None:
    """They take longer to load than all else that a command or a worker needs; who uses them asks for them."""
    assert not loaded("import perrin.run, perrin.hurst_test, perrin.report") & {"scipy.stats", "scipy.signal"}


def test_imports_run_downwards() -> None:
    linter = shutil.which("lint-imports", path=str(Path(sys.executable).parent)) or shutil.which("lint-imports")
    assert linter, "import-linter is one of the development dependencies"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    """What stands in every file."""
    return {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in zip(NAMES, FILES, strict=True)}


def of_kind(tree: ast.Module, *kinds: type[ast.AST]) -> list[Any]:
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def test_files_are_short() -> None:
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in zip(NAMES, FILES, strict=True)}
    assert not {name: count for name, count in lines.items() if count > 400}


def test_functions_are_short(trees: dict[str, ast.Module]) -> None:
    kinds = ast.FunctionDef, ast.AsyncFunctionDef
    assert not [
        (name, node.name)
        for name, tree in trees.items()
        for node in of_kind(tree, *kinds)
        if node.end_lineno - node.lineno + 1 > 60
    ]


def test_everything_public_is_explained(trees: dict[str, ast.Module]) -> None:
    assert not [name for name, tree in trees.items() if not ast.get_docstring(tree)]
    assert not [
        (name, what) for name, tree in trees.items() for what, node in public(tree) if not ast.get_docstring(node)
    ]


def public(tree: ast.AST, prefix: str = "") -> list[tuple[str, ast.FunctionDef | ast.ClassDef]]:
    """Functions, classes and their methods whose names do not begin with an underscore."""
    found = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append((prefix + node.name, node))
            found += public(node, f"{prefix}{node.name}.") if isinstance(node, ast.ClassDef) else []
    return found


@pytest.mark.slow
def test_nothing_is_executed_that_was_read(trees: dict[str, ast.Module]) -> None:
    for name, tree in trees.items():
        imported = {alias.name.partition(".")[0] for node in of_kind(tree, ast.Import) for alias in node.names}
        imported |= {(node.module or "").partition(".")[0] for node in of_kind(tree, ast.ImportFrom)}
        assert not imported & {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml"}, name
        calls = of_kind(tree, ast.Call)
        called = {ast.unparse(node.func) for node in calls}
        assert not called & {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}, name
        assert not [node.lineno for node in calls if _unsafe(node)], name


def _unsafe(call: ast.Call) -> bool:
    return any(w.arg in ("allow_pickle", "shell") and ast.unparse(w.value) != "False" for w in call.keywords)


def tracked() -> list[Path]:
    """The text files that git knows."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return []
    return [path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    private = re.compile(rb"(?<![\w.])/(?:home|work|Users|root)/\w|[A-Z]:\\\\?Users\\")
    found = [str(path.relative_to(ROOT)) for path in tracked() if private.search(path.read_bytes())]
    assert not found


@pytest.mark.slow
def test_the_version_stands_in_one_place(perrin) -> None:
    places = [
        name
        for name, path in zip(NAMES, FILES, strict=True)
        if re.search(r"(?<![\d.])0\.\d+\.\d+\b", path.read_text("utf-8"))
    ]
    assert places == ["version.py"]
    assert __version__ in (SOURCE / "version.py").read_text()
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text()
    told = perrin("cite", "tamsd").out
    assert told.startswith(f"perrin {__version__}\n")


def test_nothing_of_the_benchmarks_is_in_the_wheel() -> None:
    """hatchling takes the folders of `packages` whole, and what is forced in."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel == {
        "packages": ["src/perrin"], "force-include": {"examples/bulk_water.csv": "perrin/examples/bulk_water.csv"}
    }  # fmt: skip
    named = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*") if re.search("bench|peer", path.stem)}
    assert {name for name in named if "__pycache__" not in name} == {"cli/bench.py"}  # says where they went


def test_the_package_is_typed() -> None:
    assert (SOURCE / "py.typed").exists()
