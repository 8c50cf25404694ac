"""Networks in files of the user, on machines where the user's files are not: shipped once, found under their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

_HERE: Final[dict[str, Path]] = {}


def read_user_files(names: Iterable[str]) -> dict[str, bytes]:
    """Files of the user by their names, to be shipped."""
    return {name: local_path(name).read_bytes() for name in names}


def write_user_files(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files that lie elsewhere under these names into `folder`, each by its SHA-256; `local_path` finds them."""
    for name, data in files.items():
        path = folder / f"{hashlib.sha256(data).hexdigest()}{Path(name).suffix}"
        if not path.exists():
            path.write_bytes(data)
        _HERE[name] = path


def local_path(name: str | Path) -> Path:
    """Where the file that somebody calls `name` lies on this machine."""
    return _HERE.get(str(name), Path(name))
