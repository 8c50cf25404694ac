"""Dropout by random bytes: the number that `torch.nn.Dropout` draws for each element costs a CPU as much as a layer."""

from __future__ import annotations

from typing import Final, final

import torch
from torch import nn

_BYTES: Final = 256


@final
class Dropout(nn.Module):
    """Sets `share` of the elements to zero in training (to a 256th) and enlarges the rest to the same mean."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self.dropped = round(share * _BYTES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Shape kept; elements may lie in any order in memory, without holes."""
        if not self.training:
            return x
        words = torch.empty(-(-x.numel() // 8), dtype=torch.int64).random_(-(2**63), None)
        kept = words.view(torch.uint8).as_strided(x.shape, x.stride()) >= self.dropped
        return x * kept * (_BYTES / (_BYTES - self.dropped))
