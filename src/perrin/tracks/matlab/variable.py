"""What the header of a MATLAB variable tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Variable:
    """Name, class (`double`, `struct`, `cell` …), shape, and the names of the fields of a struct."""

    name: str
    kind: str
    shape: tuple[int, ...]
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({'×'.join(map(str, self.shape))} {self.kind})"

    @property
    def numeric(self) -> bool:
        """True for plain matrices of numbers."""
        return self.kind in ("double", "single", "logical") or self.kind.startswith(("int", "uint"))
