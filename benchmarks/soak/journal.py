"""Finished worlds on disk, a line each, so that a run that is broken off goes on where it was."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self, final

import perrin
from perrin.types import Json

FOLDER: Final = Path("checkpoints") / "soak"


@final
@dataclass(frozen=True)
class Journal:
    """The worlds that were examined with the source as it is now: with another one, they count for nothing."""

    path: Path

    @classmethod
    def of(cls, small: bool, folder: Path = FOLDER) -> Self:
        """The journal of small worlds or of the others."""
        return cls(folder / f"{'small' if small else 'worlds'}-{_source()[:12]}.jsonl")

    def read(self) -> dict[int, Json]:
        """The records by seed. A line that was being written when the run ended is left out."""
        if not self.path.exists():
            return {}
        found = {}
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                record: Json = json.loads(line)
            except ValueError:
                continue
            found[record["seed"]] = record
        return found

    def add(self, record: Json) -> None:
        """Write down one world."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{json.dumps(record, ensure_ascii=False)}")

    def forget(self) -> None:
        """Let all worlds be examined anew."""
        self.path.unlink(missing_ok=True)


def _source() -> str:
    """SHA-256 of perrin and of the soak."""
    digest = hashlib.sha256()
    for folder in (Path(perrin.__file__).parent, Path(__file__).parent):
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()
