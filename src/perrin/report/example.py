"""The example that comes with perrin: real beads in water."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from perrin.errors import InputError

NAME: Final = "bulk_water.csv"


def example_file() -> Path:
    """Where the example lies: in the package, or in the source tree it was installed from."""
    packaged = Path(str(files("perrin"))) / "examples" / NAME
    source = Path(str(files("perrin"))).parents[1] / "examples" / NAME
    for path in (packaged, source):
        if path.is_file():
            return path
    raise InputError("the example is not installed", remedy="Install perrin again.")
