"""Where results go: a folder on this disk, or an address that fsspec reaches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import final

from perrin.errors import InputError
from perrin.run.folder import RECORD, RESULTS, FinishedError, Output, OutputFolder
from perrin.run.plan import Plan
from perrin.run.result_chunks import ResultChunks
from perrin.run.storage import RemoteStorage, is_url

_PLAN = "plan.json"


def open_output(out: str | Path, *, force: bool = False, resume: bool = False) -> Output:
    """The output of a run; raises InputError where it may not be replaced or cannot be reached."""
    if not is_url(out):
        return OutputFolder(Path(out), force=force, resume=resume)
    protocol, _, path = str(out).partition("://")
    if protocol == "file":
        return OutputFolder(Path(path), force=force, resume=resume)
    return OutputAddress(str(out), force=force, resume=resume)


@final
class OutputAddress(Output):
    """The same as `OutputFolder` elsewhere (s3://, gs:// …): chunks wait under ADDRESS.partial.

    The result is put together here and copied; run.json goes last, so that a folder with it is whole. Nothing locks
    an address: two runs must not write the same one.
    """

    def __init__(self, target: str, *, force: bool = False, resume: bool = False) -> None:
        """Raises InputError when something is there that may not be replaced."""
        self.target = target.rstrip("/")
        self._there = RemoteStorage(self.target)
        self._there.check()
        self._partial = RemoteStorage(f"{self.target}.partial")
        self.input_storage = self._partial.subfolder("tracks")
        self.results = ResultChunks(self._partial.subfolder("chunks"))
        self.resumes = resume
        self._force = force
        self._begun = _PLAN in self._partial.names()
        self._check_target()
        self.work = Path(mkdtemp(prefix="perrin-"))
        self.draft, self.scratch = self.work / "result", self.work / "inputs"

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.work, ignore_errors=True)

    def _check_target(self) -> None:
        names = self._there.names()
        if not names:
            return
        if self.resumes and RECORD in names and not self._begun:
            raise FinishedError("is already complete", file=self.target, remedy="There is nothing to resume.")
        if not self._force and RECORD in names:
            raise InputError(
                "already exists", file=self.target, remedy="Choose another -o, or use --force to replace it."
            )
        if names - RESULTS:
            raise InputError(
                f"contains files that are not results of perrin ({min(names - RESULTS)})",
                file=self.target,
                remedy="It was not changed. Choose another -o.",
            )

    def begin(self, plan: Plan) -> list[int]:
        """Note the plan, and return the chunks that are still to be done; raises InputError as `OutputFolder` does."""
        resumes = self.resumes and self._begun
        if resumes and json.loads(self._partial.read(_PLAN)).get("plan") != plan.fingerprint:
            raise InputError(
                "was started with different input, options or version of perrin",
                file=self.target,
                remedy="Run the command without --resume to start again.",
            )
        if not resumes:
            self.results.storage.clear()
            self._partial.write(_PLAN, json.dumps({"plan": plan.fingerprint, "chunks": len(plan)}).encode())
        self._begun = True
        shutil.rmtree(self.draft, ignore_errors=True)
        self.draft.mkdir()
        return sorted(set(range(len(plan))) - self.results.finished())

    def finish(self) -> None:
        """Copy the result there, its record last, and take the chunks away."""
        self._there.remove(RECORD)
        files = sorted(self.draft.iterdir(), key=lambda path: path.name == RECORD)
        for path in files:
            self._there.upload(path)
        self._partial.clear()

    def discard(self) -> None:
        """Take away all that was made here, but not what an earlier run left to be resumed."""
        if not self._begun:
            self._partial.clear()
