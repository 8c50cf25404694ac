"""What is built from the source: complete, and enough to do the main job in an empty environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest

from tests.helpers.pages import ROOT

pytestmark = pytest.mark.slow

NEEDED = re.compile(r"([\w.-]+)[^;]*(?:;(.*))?")
"""A requirement: its name, and the condition under which it is one."""


def build(source: Path, target: Path, *kinds: str) -> Path:
    """Build wheel or sdist of a folder of source."""
    kind = [word for name in kinds for word in ("-t", name)]
    subprocess.run([sys.executable, "-m", "hatchling", "build", *kind, "-d", str(target)], cwd=source, check=True)
    return target


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("built"), "sdist", "wheel")


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def required(name: str) -> Iterator[Distribution]:
    """The packages that one needs, and those that these need: without extras, as the metadata say."""
    from packaging.markers import Marker

    for line in distribution(name).requires or ():
        needed, condition = NEEDED.fullmatch(line).groups()
        if condition is None or Marker(condition).evaluate({"extra": ""}):
            yield distribution(needed)
            yield from required(needed)


def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    held = names(next(built.glob("*.whl")))
    tracked = subprocess.run(
        ["git", "ls-files", "src/perrin"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    package = {path.removeprefix("src/") for path in tracked}
    info = {name for name in held if ".dist-info/" in name}
    assert held - info == package | {"perrin/examples/bulk_water.csv"}
    assert {"LICENSE", "METADATA", "entry_points.txt"} <= {Path(name).name for name in info}


def test_the_sdist_makes_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    for name in ("README.md", "LICENSE", "CONTRIBUTING.md", "CITATION.cff", "tests/conftest.py", "docs/index.md"):
        assert (unpacked / name).exists(), name
    again = build(unpacked, tmp_path / "built", "wheel")
    assert names(next(again.glob("*.whl"))) == names(next(built.glob("*.whl")))


def test_the_main_job_runs_where_only_the_wheel_and_its_requirements_are(built: Path, tmp_path: Path) -> None:
    home = tmp_path / "empty"
    venv.create(home, with_pip=False)
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(next(built.glob("*.whl")))], check=True)
    (site,) = home.glob("**/site-packages")
    link_all(required("perrin"), site)

    command = python.with_name("perrin")
    out = tmp_path / "out"
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [str(command), "analyze", str(ROOT / "examples" / "bulk_water.csv"), "-o", str(out), "--workers", "1"],
        cwd=tmp_path, env=clean, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "median" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "points.parquet", "tracks.parquet", "population.parquet", "run.json", "report.html"
    }  # fmt: skip


def link_all(packages: Iterator[Distribution], site: Path) -> None:
    """Show packages of this environment in another one, each as a link."""
    for package in packages:
        for file in package.files or ():
            top = site / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not top.exists():
                top.symlink_to(Path(str(package.locate_file(file.parts[0]))))
