"""A folder for the files of a run, on this disk or wherever fsspec reaches; a file is there whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from perrin.errors import InputError, PerrinError

_DRAFT = ".draft"


class Storage(ABC):
    """Where files are kept by name. It travels to other processes; each opens it by itself."""

    @abstractmethod
    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under `name`, whole or not at all; what is there is replaced. Raises OSError."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """What was kept under `name`; raises FileNotFoundError where there is nothing."""

    @abstractmethod
    def names(self) -> set[str]:
        """The names of all that is kept."""

    @abstractmethod
    def remove(self, name: str) -> None:
        """Take a file away, where there is one."""

    @abstractmethod
    def subfolder(self, name: str) -> Storage:
        """A place of its own inside this one."""

    @abstractmethod
    def clear(self) -> None:
        """Take everything away, the place itself too."""

    @abstractmethod
    def __str__(self) -> str:
        """Where it is."""


@final
@dataclass(frozen=True)
class LocalStorage(Storage):
    """A folder on a disk; it comes into being with its first file."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def write(self, name: str, data: bytes) -> None:
        """Keep `data` under a name of its own first, then rename: two writers do not meet, and a kill leaves none."""
        self.path.mkdir(exist_ok=True)
        draft = self.path / f"{name}.{os.getpid()}-{threading.get_ident()}{_DRAFT}"
        try:
            draft.write_bytes(data)
            draft.replace(self.path / name)
        except OSError:
            draft.unlink(missing_ok=True)
            raise

    def read(self, name: str) -> bytes:
        """The bytes of a file."""
        return (self.path / name).read_bytes()

    def names(self) -> set[str]:
        """Names of the files, without drafts that a killed process left."""
        if not self.path.is_dir():
            return set()
        return {entry.name for entry in os.scandir(self.path) if not entry.name.endswith(_DRAFT)}

    def remove(self, name: str) -> None:
        """Unlink a file."""
        (self.path / name).unlink(missing_ok=True)

    def subfolder(self, name: str) -> LocalStorage:
        """A folder in this one."""
        return LocalStorage(self.path / name)

    def clear(self) -> None:
        """Remove the folder."""
        if self.path.exists():
            shutil.rmtree(self.path)


@final
@dataclass(frozen=True)
class RemoteStorage(Storage):
    """A folder that fsspec reaches by its URL (s3://, gs://, abfs:// …), where a put is whole or not at all."""

    url: str

    def __str__(self) -> str:
        return self.url

    @cached_property
    def _root(self) -> tuple[Any, str]:
        return filesystem(self.url)

    def __getstate__(self) -> dict[str, str]:
        return {"url": self.url}

    def write(self, name: str, data: bytes) -> None:
        """Put a file."""
        disk, root = self._root
        with service_errors(self.url):
            _in_folder(disk, root, lambda: disk.pipe_file(f"{root}/{name}", data))

    def read(self, name: str) -> bytes:
        """Get a file."""
        disk, root = self._root
        with service_errors(self.url):
            data: bytes = disk.cat_file(f"{root}/{name}")
        return data

    def upload(self, file: Path) -> None:
        """Copy a file there under its own name."""
        disk, root = self._root
        with service_errors(self.url):
            _in_folder(disk, root, lambda: disk.put_file(str(file), f"{root}/{file.name}"))

    def names(self) -> set[str]:
        """Names of the files."""
        disk, root = self._root
        with service_errors(self.url):
            disk.invalidate_cache()
            found = disk.ls(root, detail=False) if disk.exists(root) else []
        return {entry.rstrip("/").rsplit("/", 1)[-1] for entry in found}

    def remove(self, name: str) -> None:
        """Remove a file."""
        disk, root = self._root
        with service_errors(self.url):
            if disk.exists(f"{root}/{name}"):
                disk.rm_file(f"{root}/{name}")

    def subfolder(self, name: str) -> RemoteStorage:
        """A folder in this one."""
        return RemoteStorage(f"{self.url.rstrip('/')}/{name}")

    def clear(self) -> None:
        """Remove the folder and all in it."""
        disk, root = self._root
        with service_errors(self.url):
            if disk.exists(root):
                disk.rm(root, recursive=True)

    def check(self) -> None:
        """Raise InputError where nothing can be kept there: it cannot be reached, or its bucket does not exist."""
        disk, root = self._root
        bucket = root.partition("/")[0]
        try:
            with service_errors(self.url):
                there = not bucket or disk.exists(bucket)
        except OSError as error:
            raise unreachable(self.url, error) from error
        if not there:
            raise InputError(
                f"{bucket!r} does not exist", file=self.url, remedy="Create that bucket first, or correct its name."
            )


def _in_folder(disk: Any, root: str, write: Callable[[], None]) -> None:
    """Write, and make the folder first where files need one. Object stores do not, and would make a bucket."""
    try:
        write()
    except FileNotFoundError:
        disk.makedirs(root, exist_ok=True)
        write()


@contextmanager
def service_errors(url: str) -> Iterator[None]:
    """Turn what a service says in exceptions of its own into OSError."""
    try:
        yield
    except (OSError, PerrinError):
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise OSError(errno.ENOTCONN, said, url) from error


def unreachable(url: str, error: OSError) -> InputError:
    """What to say where the first thing that is asked of an address fails."""
    return InputError(
        f"cannot be reached ({error.strerror or error})",
        file=url,
        remedy="Check the address, the network and your credentials.",
    )


def is_url(text: str | os.PathLike[str]) -> bool:
    """Whether this names something elsewhere, by a protocol."""
    return "://" in str(text)


def filesystem(url: str) -> tuple[Any, str]:
    """fsspec's file system of a URL, and the path in it.

    Raises InputError where fsspec, or what it needs for this protocol, is not installed.
    """
    try:
        import fsspec

        disk, path = fsspec.core.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(
            f"cannot be reached ({error})",
            file=url,
            remedy="Install what is missing: pip install 'perrin[dask]', and the package that fsspec "
            "needs (s3fs for s3://, gcsfs for gs://).",
        ) from error
    return disk, path.rstrip("/")


def open_storage(where: str | os.PathLike[str]) -> Storage:
    """The place at a path or URL."""
    return RemoteStorage(str(where)) if is_url(where) else LocalStorage(Path(where))


def exists(where: str) -> bool:
    """Whether there is a file at a path or URL."""
    if not is_url(where):
        return Path(where).exists()
    disk, path = filesystem(where)
    try:
        with service_errors(where):
            return bool(disk.exists(path))
    except OSError as error:
        raise unreachable(where, error) from error
