"""A benchmark on disk: NAME.json with the numbers and, where it draws any, figures as SVG."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from perrin.errors import InputError
from perrin.types import Json
from perrin.version import __version__

if TYPE_CHECKING:
    import plotly.graph_objects as go

WIDTH: Final = 960
"""Pixels; the height is each figure's own."""


def write_result(name: str, result: Json, folder: Path) -> Path:
    """Write `folder/name.json` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def surroundings() -> Json:
    """What numbers of speed depend on: perrin's version, the processor, Python and the array packages."""
    cpu = Path("/proc/cpuinfo")
    named = re.search(r"model name\s*:\s*(.+)", cpu.read_text(encoding="utf-8")) if cpu.exists() else None
    return {
        "perrin": __version__,
        "processor": named[1] if named else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "scipy", "polars")},
    }


def read_result(name: str, folder: Path) -> Json:
    """What `write_result` wrote. Raises InputError where there is nothing."""
    path = folder / f"{name}.json"
    if not path.exists():
        raise InputError("is not there", file=path, remedy=f"Run: python -m benchmarks {name}")
    result: Json = json.loads(path.read_text(encoding="utf-8"))
    return result


def cached(folder: Path, name: str, measure: Callable[[], Json]) -> Json:
    """A part of a long benchmark: what was measured before under this name, or what is measured now, and kept."""
    path = folder / f"{name}.json"
    if not path.exists():
        write_result(name, measure(), folder)
    return read_result(name, folder)


def forget(folder: Path) -> None:
    """Let all parts be measured anew the next time."""
    for path in folder.glob("*.json"):
        path.unlink()


def write_figure(stem: str, figure: go.Figure, folder: Path) -> Path:
    """Write `folder/stem.svg` and return its path; the same figure gives the same text.

    Raises InputError where kaleido, or the browser that it draws with, is not installed.
    """
    for number, trace in enumerate(figure.data):
        trace.uid = str(number)  # plotly would draw lots, here and for the id below
    try:
        svg = figure.to_image(format="svg", width=WIDTH).decode()
    except (ValueError, RuntimeError) as error:
        if not re.search("kaleido|chrome", str(error), re.IGNORECASE):
            raise
        raise InputError(
            "the figures could not be drawn, the numbers are written",
            remedy="Install Chromium and pip install -e '.[benchmarks]', then add --redraw to the command.",
        ) from error
    drawn = re.search(r'id="defs-(\w+)"', svg)
    path = folder / f"{stem}.svg"
    path.write_text((svg.replace(drawn[1], "figure") if drawn else svg) + "\n", encoding="utf-8")
    return path
