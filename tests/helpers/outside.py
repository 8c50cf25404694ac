"""Packages that add something to perrin, installed into a folder as pip would do it: modules and their metadata."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.pages import ROOT

_RECIPE = re.compile(r'^```python title="([\w/.]+)"\n(.*?)^```', re.MULTILINE | re.DOTALL)
_PROJECT = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGE = ROOT / "docs" / "extending.md"


def install(folder: Path, name: str, modules: Mapping[str, str], entries: Mapping[str, Mapping[str, str]]) -> None:
    """A package whose modules are files of `folder`, with entry points by group."""
    for path, text in modules.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    about = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", "utf-8")
    lines = [f"[{group}]\n" + "".join(f"{n} = {at}\n" for n, at in some.items()) for group, some in entries.items()]
    (about / "entry_points.txt").write_text("\n".join(lines), "utf-8")


def install_recipes(folder: Path) -> None:
    """The package of docs/extending.md, as that page has it."""
    text = PAGE.read_text("utf-8")
    (project,) = _PROJECT.findall(text)
    about = tomllib.loads(project)["project"]
    modules = dict(_RECIPE.findall(text)) | {"my_spt/__init__.py": ""}
    install(folder, about["name"], modules, about["entry-points"])


def python(folder: Path, *words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A new interpreter in which the packages of `folder` are installed."""
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )  # fmt: skip
