"""What a network has learned, and how it becomes a file that runs without torch."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import torch
from torch import nn

from perrin.errors import InputError
from perrin.learn.contract import Features, Fitted, Portable
from perrin.types import FloatArray, Json

_PARITY: Final = 1e-4
"""Largest difference between torch and the file: a network of somebody's own may have weights of any size."""


@final
@dataclass(frozen=True, eq=False)
class FittedNet(Portable):
    """A trained network.

    Attributes:
        net: from steps (k, d, n - 1) to (k, classes or 1).
        classes: how many there are; 0 for alpha.
        middle: of alpha, which the network does not give.
        kind: what it is, for people.
        kinds: what its file is given: numbers, and "steps".
        shape: (d, n - 1) of the steps.
    """

    net: Any
    classes: int
    middle: float
    kind: str
    kinds: tuple[str, ...]
    shape: tuple[int, ...]

    def predict(self, features: Features) -> FloatArray:
        """(k,) alpha, or (k, classes) probabilities, of steps (k, d, n - 1)."""
        with torch.no_grad():
            parts = [self.answer(torch.as_tensor(features[i : i + 256])) for i in range(0, len(features), 256)]
        found = np.concatenate([part.numpy() for part in parts]).astype(np.float64)
        return found if self.classes else np.asarray(found[:, 0])

    def answer(self, steps: torch.Tensor) -> torch.Tensor:
        """(k, 1) alpha, or (k, classes) probabilities."""
        out: torch.Tensor = self.net(steps)
        return torch.softmax(out, dim=1) if self.classes else out + self.middle

    def graph(self, spread: Fitted | None, distance: Any) -> Any:
        """One ONNX graph of the network, that of its errors, and the distance."""
        try:
            import onnx

            from perrin.train.export import check_parity, export
        except ImportError:
            raise InputError(
                "writing a network needs the packages onnx and onnxscript",
                remedy="Install them with: pip install 'perrin[learn]'",
            ) from None
        assert spread is None or isinstance(spread, FittedNet)
        whole = _ExportedNet(self, spread, distance).eval()
        names = ["probabilities", "distance"] if self.classes else ["value", "spread", "distance"]
        samples = [torch.zeros(rows, whole.width) for rows in (3, 1, 7)]
        for sample in samples:
            sample[:, : whole.numbers] = whole.centre
            sample[:, whole.numbers :] = torch.randn(len(sample), whole.width - whole.numbers)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.onnx"
            export(whole, samples[:1], [[0]], ["features"], names, path)
            check_parity(whole, path, [[sample] for sample in samples], at_most=_PARITY)
            return onnx.load(path)

    def describe(self) -> Json:
        """What it looks at and its size."""
        return {
            "learner": self.kind, "kinds": list(self.kinds),
            "weights": sum(weight.numel() for weight in self.net.parameters()),
        }  # fmt: skip


class _ExportedNet(nn.Module):
    """From (k, numbers + d (n - 1)) to all that a file gives."""

    centre: torch.Tensor
    whitener: torch.Tensor

    def __init__(self, value: FittedNet, spread: FittedNet | None, novelty: Any) -> None:
        super().__init__()
        self.value, self.spread = value, spread
        self.nets = nn.ModuleList([each.net for each in (value, spread) if each is not None])
        self.numbers = len(novelty.center)
        self.width = self.numbers + int(np.prod(value.shape))
        for name, part in (("centre", novelty.center), ("whitener", novelty.to_border)):
            self.register_buffer(name, torch.as_tensor(part).float())

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        steps = features[:, self.numbers :].reshape(-1, *self.value.shape)
        white = (features[:, : self.numbers] - self.centre) @ self.whitener
        distance = white.square().mean(dim=1, keepdim=True)
        spread = () if self.spread is None else (self.spread.answer(steps),)
        return self.value.answer(steps), *spread, distance
