"""The output folder: everything is made under a temporary name beside it and renamed when it is whole."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Final, final

from perrin.errors import InputError
from perrin.result import Estimates, concatenate_estimates, read_estimates
from perrin.run.plan import Plan

_CHUNKS: Final = "chunks"
_PLAN: Final = "plan.json"


@final
class OutputFolder:
    """A folder that comes into being whole or not at all.

    Finished chunks wait in a hidden folder beside it, so an interrupted run can be resumed.
    """

    def __init__(self, target: Path, *, force: bool = False, resume: bool = False) -> None:
        """Raises InputError when the folder exists and may not be replaced, or cannot be made."""
        self.target = target
        self.work = target.parent / f".{target.name}.partial"
        self._force = force
        if not target.name:
            raise InputError(f"{target} is no name for an output folder", remedy="Give one with -o NAME.")
        if target.exists() and resume and self._finished():
            raise InputError("is finished already", file=target, remedy="Nothing is left to resume.")
        if (target.exists() or target.is_symlink()) and not force and not (resume and self.work.exists()):
            raise InputError(
                "exists already", file=target, remedy="Give another -o, or --force to replace it, or remove it first."
            )
        if force and target.exists() and not self._ours():
            raise InputError(
                "holds other things than a result of perrin", file=target, remedy="Give another -o; it is left alone."
            )
        self.resumed = resume and self.work.exists()
        try:
            if self.work.exists() and not resume:
                shutil.rmtree(self.work)
            (self.work / _CHUNKS).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"cannot be made ({error.strerror})", file=target, remedy="Choose a folder you may write to."
            ) from error

    def _finished(self) -> bool:
        return (self.target / "run.json").exists() and not self.work.exists()

    def _ours(self) -> bool:
        return self.target.is_dir() and ((self.target / "run.json").exists() or not any(self.target.iterdir()))

    def begin(self, plan: Plan) -> list[int]:
        """Note the plan, and return the chunks that are still to be done.

        Raises InputError when the folder holds chunks of another plan.
        """
        note = self.work / _PLAN
        if note.exists():
            if json.loads(note.read_text())["fingerprint"] != plan.fingerprint:
                raise InputError(
                    "was begun with other input, options or version of perrin",
                    file=self.target,
                    remedy="Run without --resume to begin anew.",
                )
        else:
            write_text(note, json.dumps({"fingerprint": plan.fingerprint, "chunks": len(plan)}))
        return [i for i in range(len(plan)) if not self._chunk(i).exists()]

    def keep(self, index: int, estimates: Estimates) -> None:
        """Store the result of one chunk; it is there whole or not at all."""
        final_name = self._chunk(index)
        draft = final_name.with_name(final_name.name + ".draft")
        draft.mkdir(exist_ok=True)
        estimates.write(draft)
        draft.rename(final_name)

    def collect(self, plan: Plan) -> Estimates:
        """The results of all chunks, in the order of the plan."""
        return concatenate_estimates([read_estimates(self._chunk(i)) for i in range(len(plan))])

    def finish(self) -> None:
        """Give the folder its name."""
        shutil.rmtree(self.work / _CHUNKS)
        (self.work / _PLAN).unlink(missing_ok=True)
        if self.target.exists():
            old = self.target.parent / f".{self.target.name}.old"
            self.target.rename(old)
            self.work.rename(self.target)
            shutil.rmtree(old)
        else:
            self.work.rename(self.target)

    def discard(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.work, ignore_errors=True)

    def _chunk(self, index: int) -> Path:
        return self.work / _CHUNKS / f"{index:06d}"


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and rename it."""
    draft = path.with_name(path.name + ".draft")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)
