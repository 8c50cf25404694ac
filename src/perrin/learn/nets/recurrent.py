"""`recurrent-net`: three layers of gated recurrent units of 64 over steps, a baseline of Wang, Zhang & Huang (2025)."""

from __future__ import annotations

from typing import final

import torch
from torch import nn

from perrin.learn.nets.net import WIDTH, Net


def recurrent_net() -> Net:
    """Gated recurrent units over steps."""
    return Net("a network of gated recurrent units over steps", lambda d, _: _Recurrent(d), WIDTH)


@final
class _Recurrent(nn.Module):
    """What three layers of gated recurrent units hold at the end."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.units = nn.GRU(d, WIDTH, num_layers=3, batch_first=True, dropout=0.1)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        held: torch.Tensor = self.units(steps.transpose(1, 2))[0]
        return held[:, -1]
