"""Files for the page: those it sends, streamed to disk under names that can do no harm, and those of this machine."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO, Final

from perrin.errors import InputError

LARGEST: Final = 2_000_000_000
"""Bytes of one file, unless the user sets another limit."""
_PIECE: Final = 1 << 20
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
_LONGEST: Final = 120


class TooLargeError(InputError):
    """The file is larger than what the app takes."""


def safe_name(name: str) -> str:
    """The last part of a name, without anything that a shell, a disk or an option could take for its own."""
    last = re.split(r"[/\\]", name)[-1]
    plain = _UNSAFE.sub("_", last).strip().lstrip(".-") or "tracks"
    if len(plain) > _LONGEST:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[: _LONGEST - 20]}{dot}{ending[:16]}" if dot else plain[:_LONGEST]
    return plain


def free_path(folder: Path, name: str) -> Path:
    """A path in `folder` that is not taken, called `name` or `name-2` and so on."""
    path, count = folder / name, 1
    while path.exists():
        count += 1
        path = folder / f"{Path(name).stem}-{count}{Path(name).suffix}"
    return path


def link_into(path: Path, folder: Path, reserved: Sequence[str]) -> Path:
    """Where commands that run in `folder` find a file of this machine.

    A relative path gets a link at the same place in the folder, so that a command there names it as it was named here;
    a whole path, one that goes up, or one that begins with a reserved name is taken as it is, in full.
    """
    if path.is_absolute() or ".." in path.parts or path.parts[0] in reserved:
        return Path(os.path.abspath(path))  # `resolve` would follow links to other names
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        place.symlink_to(path.resolve(), target_is_directory=path.is_dir())
    except OSError:  # Windows without the right to make links
        shutil.copytree(path, place) if path.is_dir() else shutil.copyfile(path, place)
    return place


def receive(stream: BinaryIO | BufferedIOBase, length: int, folder: Path, name: str, limit: int = LARGEST) -> Path:
    """Write `length` bytes of `stream` to a new file; nothing of it stays where the sender stops half way.

    Raises TooLargeError before anything is read, and InputError where the stream ends early.
    """
    if length > limit:
        raise TooLargeError(
            f"is {length / 1e6:,.0f} MB large, but the app accepts at most {limit / 1e6:,.0f} MB",
            file=safe_name(name),
            remedy="Open the file from the disk: perrin app FILE, or set --largest-upload.",
        )
    if length == 0:
        raise InputError("is empty", file=safe_name(name), remedy="Export the tracks again.")
    path = free_path(folder, safe_name(name))
    try:
        with path.open("xb") as file:
            left = length
            while left:
                piece = stream.read(min(_PIECE, left))
                if not piece:
                    raise InputError("was not received completely", file=path.name, remedy="Open the file again.")
                file.write(piece)
                left -= len(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
