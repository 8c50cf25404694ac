"""The D-LSTM as published, for one value of H and one system of units: trained anew for every window.

perrin does not use it. `python -m benchmarks tandem` trains it once, to show what that costs.
"""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional

from perrin.train.nets.tandem import INCREMENTS


@final
class DLstmWindow(nn.Module):
    """LSTM(40, relu, sequences) – Flatten – Dense(1, relu) on increments as they are.

    Args:
        axes: of the tracks.
        units: of the LSTM.
    """

    inputs = ("increments",)
    outputs = ("D",)
    free = ((0,),)

    def __init__(self, axes: int = 2, units: int = 40) -> None:
        super().__init__()
        self.axes, self.units = axes, units
        self.seen, self.kept = nn.Linear(axes, 4 * units), nn.Linear(units, 4 * units, bias=False)
        self.dense = nn.Linear(INCREMENTS * units, 1)
        nn.init.xavier_uniform_(self.seen.weight)
        nn.init.orthogonal_(self.kept.weight)
        nn.init.zeros_(self.seen.bias)
        nn.init.ones_(self.dense.bias)  # a unit that is never on would never learn
        with torch.no_grad():
            self.seen.bias[units : 2 * units] = 1.0

    def examples(self) -> list[tuple[Tensor, ...]]:
        """Inputs of several sizes."""
        torch.manual_seed(0)
        return [(torch.randn(n, INCREMENTS, self.axes),) for n in (5, 1, 700)]

    def forward(self, increments: Tensor) -> tuple[Tensor]:
        """(n,) D from increments (n, 19, axes)."""
        seen = self.seen(increments)
        word = torch.zeros_like(seen[:, 0, : self.units])
        cell, words = word, []
        for step in range(INCREMENTS):
            add, forget, new, show = (seen[:, step] + self.kept(word)).chunk(4, dim=1)
            cell = torch.sigmoid(forget) * cell + torch.sigmoid(add) * functional.relu(new)
            word = torch.sigmoid(show) * functional.relu(cell)
            words.append(word)
        return (functional.relu(self.dense(torch.cat(words, dim=1)))[:, 0],)
