"""From what was found at every time to numbers of the whole window."""

from __future__ import annotations

from typing import Final, final

import torch
from torch import nn

from perrin.learn.nets.dropout import Dropout
from perrin.learn.nets.net import WIDTH

POOLED: Final = WIDTH
"""Numbers of a window."""
_TINY: Final = 1e-8


def pooled() -> nn.Module:
    """From (k, WIDTH, 1, T) to (k, POOLED)."""
    return nn.Sequential(_Pool(), Dropout(0.2), nn.Linear(3 * WIDTH, POOLED), nn.GELU())


@final
class _Pool(nn.Module):
    """Mean, largest value and spread over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean(dim=3, keepdim=True)
        spread = ((x - mean).square().mean(dim=3) + _TINY).sqrt()
        return torch.cat([mean[..., 0], x.amax(dim=3), spread], dim=1).flatten(1)
