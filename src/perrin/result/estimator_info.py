"""What a method is: its name, what it can do, and where it comes from; results carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, final

from perrin.types import Json


@final
@dataclass(frozen=True)
class EstimatorInfo:
    """What a method can do and where it comes from.

    Attributes:
        name: by which it is called and stands in results: short, in lower case.
        title: a heading.
        summary: what it computes, in a few sentences; the report shows it.
        limits: where it must not be trusted.
        citations: of what it is made from, one sentence each.
        dimensions: axes that tracks may have.
        shortest_track: positions a track needs, unless set otherwise.
        gaps: whether tracks may have gaps.
        uncertainty: whether its values come with intervals.
    """

    name: str
    title: str
    summary: str
    limits: str
    citations: tuple[str, ...]
    dimensions: tuple[int, ...] = (1, 2, 3)
    shortest_track: int = 8
    gaps: bool = True
    uncertainty: bool = True

    def as_json(self) -> Json:
        """As plain values."""
        return asdict(self) | {"citations": list(self.citations), "dimensions": list(self.dimensions)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """What `as_json` gave."""
        words = dict(said)
        return cls(**words | {name: tuple(words[name]) for name in ("citations", "dimensions")})
