"""What a stream gives and a network takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, final

import numpy as np

from perrin.types import Json

Array = np.ndarray[Any, np.dtype[Any]]


@final
@dataclass(frozen=True, eq=False)
class Batch:
    """Inputs of a network, in its order, and what they should lead to; n tracks along the first axis of each."""

    inputs: tuple[Array, ...]
    targets: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.inputs[0])


class Stream(Protocol):
    """A source of batches. The batch of a step is a function of the step: that makes a run resumable."""

    def batch(self, step: int) -> Batch:
        """The batch of step `step`."""
        ...

    def measure(self, model: Path) -> Json:
        """What the finished network in an .onnx file is worth, on fresh data."""
        ...
