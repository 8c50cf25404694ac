"""From what was found at every time to numbers of the whole window."""

from __future__ import annotations

from typing import Final, final

import torch
from torch import nn

from perrin.learn.nets.net import WIDTH

POOLED: Final = WIDTH
"""Numbers of a window."""


def pooled() -> nn.Module:
    """From (k, WIDTH, T) to (k, POOLED)."""
    return nn.Sequential(_Pool(), nn.Dropout(0.2), nn.Linear(3 * WIDTH, POOLED), nn.GELU())


@final
class _Pool(nn.Module):
    """Mean, largest value and spread over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean(dim=2), x.amax(dim=2), x.std(dim=2)], dim=1)
