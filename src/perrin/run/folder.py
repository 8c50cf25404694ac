"""The output folder: everything is made under a temporary name beside it and renamed when it is whole."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self, final

import polars as pl

from perrin.errors import InputError
from perrin.result import Estimates, concatenate_estimates, read_estimates
from perrin.run.plan import Plan

_CHUNKS: Final = "chunks"
_PLAN: Final = "plan.json"
_LOCK: Final = "lock"
_RESULTS: Final = frozenset(f"{name}.parquet" for name in ("points", "tracks", "population", "tests", "bands")) | {
    "run.json",
    "report.html",
}
_CLUTTER: Final = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""What operating systems put into folders by themselves."""


@final
class OutputFolder:
    """A folder that comes into being whole or not at all.

    Finished chunks wait in a hidden folder beside it, so an interrupted run can be resumed. In a `with` block no
    other run can write the same folder.
    """

    def __init__(self, target: Path, *, force: bool = False, resume: bool = False) -> None:
        """Raises InputError when the folder exists and may not be replaced, cannot be made, or is being written."""
        self.target = target
        self.work = target.parent / f".{target.name}.partial"
        self._force, self._resume = force, resume
        self._check_target()
        self._made = [path for path in (self.work, *self.work.parents) if not path.exists()]
        try:
            (self.work / _CHUNKS).mkdir(parents=True, exist_ok=True)
            self._release = weakref.finalize(self, os.close, _lock(self.work / _LOCK))
        except BlockingIOError:
            raise InputError(
                "is being written by another run of perrin", file=target, remedy="Wait for it, or give another -o."
            ) from None
        except OSError as error:
            raise InputError(
                f"cannot be made ({error.strerror})", file=target, remedy="Choose a folder you may write to."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._release()

    def _check_target(self) -> None:
        target = self.target
        if target.name in ("", ".."):
            raise InputError(f"{target} is no name for an output folder", remedy="Give one with -o NAME.")
        if target.is_symlink():
            raise InputError("is a symbolic link", file=target, remedy="Give a folder that does not exist yet.")
        if not target.exists():
            return
        if self._resume and (target / "run.json").exists() and not self.work.exists():
            raise InputError("is finished already", file=target, remedy="Nothing is left to resume.")
        if not self._force:
            raise InputError(
                "exists already", file=target, remedy="Give another -o, or --force to replace it, or remove it first."
            )
        if foreign := _foreign(target):
            raise InputError(
                f"holds other things than a result of perrin ({foreign})",
                file=target,
                remedy="It is left alone; give another -o.",
            )

    def begin(self, plan: Plan) -> list[int]:
        """Note the plan, and return the chunks that are still to be done.

        Raises InputError when a run is to be resumed that had another plan.
        """
        note = self.work / _PLAN
        resumes = self._resume and note.exists()
        if resumes and _noted(note) != plan.fingerprint:
            raise InputError(
                "was begun with other input, options or version of perrin",
                file=self.target,
                remedy="Run without --resume to begin anew.",
            )
        self._clear(but=(_LOCK, _PLAN, _CHUNKS) if resumes else (_LOCK,))
        if not resumes:
            if self.work not in self._made:
                self._made.insert(0, self.work)
            (self.work / _CHUNKS).mkdir()
            write_text(note, json.dumps({"fingerprint": plan.fingerprint, "chunks": len(plan)}))
        return [i for i in range(len(plan)) if not self._chunk(i).exists()]

    def keep(self, index: int, estimates: Estimates) -> None:
        """Store the result of one chunk; it is there whole or not at all. Raises OSError where the disk is full."""
        final_name = self._chunk(index)
        draft = final_name.with_name(final_name.name + ".draft")
        draft.mkdir(exist_ok=True)
        with disk_errors():
            estimates.write(draft)
        draft.rename(final_name)

    def collect(self, plan: Plan) -> Estimates:
        """The results of all chunks, in the order of the plan."""
        return concatenate_estimates([read_estimates(self._chunk(i)) for i in range(len(plan))])

    def finish(self) -> None:
        """Give the folder its name; raises InputError where that has been taken meanwhile."""
        self._check_target()
        # The plan goes first: without it, chunks that are half removed are never taken up again.
        (self.work / _PLAN).unlink(missing_ok=True)
        shutil.rmtree(self.work / _CHUNKS)
        self._unlock()
        old = self.target.parent / f".{self.target.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        if self.target.exists():
            self.target.rename(old)
        self.work.rename(self.target)
        shutil.rmtree(old, ignore_errors=True)

    def discard(self) -> None:
        """Take away all that was made here, but not what an earlier run left to be resumed."""
        self._unlock()
        if self.work in self._made:
            shutil.rmtree(self.work, ignore_errors=True)
        with suppress(OSError):
            for parent in self._made:
                if parent != self.work:
                    parent.rmdir()

    def _clear(self, *, but: Container[str]) -> None:
        for path in self.work.iterdir():
            if path.name not in but:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _unlock(self) -> None:
        self._release()
        (self.work / _LOCK).unlink(missing_ok=True)

    def _chunk(self, index: int) -> Path:
        return self.work / _CHUNKS / f"{index:06d}"


def _foreign(folder: Path) -> str:
    """What in `folder` perrin has not written, in words; '' where there is nothing."""
    if not folder.is_dir():
        return "a file"
    names = {path.name for path in folder.iterdir()} - _CLUTTER
    if names - _RESULTS:
        return min(names - _RESULTS)
    return "" if "run.json" in names or not names else "no run.json"


def _noted(note: Path) -> object:
    """The fingerprint in a note of a plan; None where it cannot be read."""
    try:
        return json.loads(note.read_text(encoding="utf-8"))["fingerprint"]
    except (ValueError, KeyError, TypeError):
        return None


def _lock(path: Path) -> int:
    """Descriptor of a file that nobody else can lock while it is open; raises BlockingIOError where it is locked."""
    held = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        import fcntl
    except ImportError:
        return held
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        raise
    except OSError:
        pass  # some network disks have no locks
    return held


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the exceptions by which polars tells of a full disk into OSError."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        raise OSError(str(error).rsplit(": ", 1)[-1]) from error


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
