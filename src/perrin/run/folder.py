"""The output folder: everything is made in a hidden one beside it, and the result is renamed when it is whole."""

from __future__ import annotations

import json
import os
import shutil
import weakref
from abc import ABC, abstractmethod
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Self, final

import polars as pl

from perrin.errors import InputError
from perrin.problems import FILE_NAME as PROBLEMS
from perrin.result.formats import FORMATS
from perrin.run.plan import Plan
from perrin.run.result_chunks import ResultChunks
from perrin.run.storage import LocalStorage, Storage

RESULTS: Final = frozenset(name for kind in FORMATS for name in kind.file_names) | {
    "run.json",
    "report.html",
    PROBLEMS,
}
RECORD: Final = "run.json"
_CHUNKS: Final = "chunks"
_INPUT: Final = "tracks"
_DRAFT: Final = "result"
_SCRATCH: Final = "inputs"
_PLAN: Final = "plan.json"
_LOCK: Final = "lock"
_CLUTTER: Final = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
"""What operating systems put into folders by themselves."""


class FinishedError(InputError):
    """A run is to be resumed that has been finished: nothing is left to do, and nothing is wrong."""

    exit_code = 0


class Output(ABC):
    """Where a run goes: a result that comes into being whole or not at all, and what waits until then.

    Attributes:
        target: where the result will be.
        work: a folder on this disk, for what is being made.
        draft: in it, where the files of the result are made.
        scratch: in it, where files that lie elsewhere are copied to, to be read.
        input_storage: where the input waits in chunks.
        results: the finished chunks.
        resumes: whether an interrupted run is to be taken up.
    """

    target: Path | str
    work: Path
    draft: Path
    scratch: Path
    input_storage: Storage
    results: ResultChunks
    resumes: bool

    def __enter__(self) -> Self:
        return self

    @abstractmethod
    def __exit__(self, *_: object) -> None:
        """Let others write there."""

    @abstractmethod
    def begin(self, plan: Plan) -> list[int]:
        """Note the plan, and return the chunks that are still to be done.

        Raises InputError when a run is to be resumed that had another plan.
        """

    @abstractmethod
    def finish(self) -> None:
        """Give the result its place; raises InputError where that has been taken meanwhile."""

    @abstractmethod
    def discard(self) -> None:
        """Take away all that was made here, but not what an earlier run left to be resumed."""


@final
class OutputFolder(Output):
    """A folder. Finished chunks wait in a hidden one beside it; in a `with` block no other run can write the same."""

    def __init__(self, target: Path, *, force: bool = False, resume: bool = False) -> None:
        """Raises InputError when the folder exists and may not be replaced, cannot be made, or is being written."""
        self.target: Path = target
        self.work = target.parent / f".{target.name}.partial"
        self.draft = self.work / _DRAFT
        self.scratch = self.work / _SCRATCH
        self.input_storage = LocalStorage(self.work.absolute() / _INPUT)
        self.results = ResultChunks(LocalStorage(self.work.absolute() / _CHUNKS))
        self.resumes = resume
        self._force = force
        self._check_target()
        self._made = [path for path in (self.work, *self.work.parents) if not path.exists()]
        try:
            self.work.mkdir(parents=True, exist_ok=True)
            self._release = weakref.finalize(self, os.close, lock(self.work / _LOCK))
        except BlockingIOError:
            raise InputError(
                "is in use by another run of perrin", file=target, remedy="Wait until it ends, or choose another -o."
            ) from None
        except OSError as error:
            raise InputError(
                f"cannot be created ({error.strerror})",
                file=target,
                remedy="Choose a folder in which you have permission to write.",
            ) from error

    def __exit__(self, *_: object) -> None:
        self._release()

    def _check_target(self) -> None:
        target = self.target
        if target.name in ("", ".."):
            raise InputError(
                f"{target} is not a valid name for the output folder", remedy="Choose a name with -o NAME."
            )
        if target.is_symlink():
            raise InputError("is a symbolic link", file=target, remedy="Choose a folder that does not exist.")
        if not target.exists():
            return
        if self.resumes and self._finished():
            shutil.rmtree(self.work, ignore_errors=True)
            raise FinishedError("is already complete", file=target, remedy="There is nothing to resume.")
        if not self._force:
            raise InputError(
                "already exists",
                file=target,
                remedy="Choose another -o, use --force to replace it, or remove it first.",
            )
        if foreign := _foreign_content(target):
            raise InputError(
                f"contains files that are not results of perrin ({foreign})",
                file=target,
                remedy="It was not changed. Choose another -o.",
            )

    def _finished(self) -> bool:
        """Whether the target is what the run to be resumed has made."""
        record = self.target / RECORD
        if not record.exists():
            return False
        begun = read_fingerprint(self.work / _PLAN)
        return not self.work.exists() or (begun is not None and begun == read_fingerprint(record))

    def begin(self, plan: Plan) -> list[int]:
        """Note the plan, and return the chunks that are still to be done.

        Raises InputError when a run is to be resumed that had another plan.
        """
        note = self.work / _PLAN
        resumes = self.resumes and note.exists()
        if resumes and read_fingerprint(note) != plan.fingerprint:
            raise InputError(
                "was started with different input, options or version of perrin",
                file=self.target,
                remedy="Run the command without --resume to start again.",
            )
        self._clear(but=(_LOCK, _INPUT, _SCRATCH, _PLAN, _CHUNKS) if resumes else (_LOCK, _INPUT, _SCRATCH))
        if not resumes:
            if self.work not in self._made:
                self._made.insert(0, self.work)
            write_text(note, json.dumps({"plan": plan.fingerprint, "chunks": len(plan)}))
        self.draft.mkdir()
        return sorted(set(range(len(plan))) - self.results.finished())

    def finish(self) -> None:
        """Give the result its name; raises InputError where that has been taken meanwhile.

        At every moment either all chunks are there, or the result is.
        """
        self._check_target()
        old = self.target.parent / f".{self.target.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        if self.target.exists():
            self.target.rename(old)
        self.draft.rename(self.target)
        self._unlock()
        shutil.rmtree(self.work, ignore_errors=True)
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


def _foreign_content(folder: Path) -> str:
    """What in `folder` perrin has not written, in words; '' where there is nothing."""
    if not folder.is_dir():
        return "a file"
    names = {path.name for path in folder.iterdir()} - _CLUTTER
    if names - RESULTS:
        return min(names - RESULTS)
    return "" if RECORD in names or not names else f"no {RECORD}"


def read_fingerprint(note: Path) -> str | None:
    """The fingerprint in a note of a plan, or in a record; None where it cannot be read."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))["plan"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def lock(path: Path) -> int:
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
