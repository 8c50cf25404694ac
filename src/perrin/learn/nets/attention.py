"""`attention-net`: convolutions over steps, then two layers of attention."""

from __future__ import annotations

from typing import final

import torch
from torch import nn

from perrin.learn.nets.net import WIDTH, Net
from perrin.learn.nets.pool import POOLED, pooled


def attention_net() -> Net:
    """Convolutions and attention over steps."""
    return Net("a network of convolutions and attention over steps", _body, POOLED)


def _body(d: int, steps: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv1d(d, WIDTH, 5, stride=2, padding=2), nn.GELU(), nn.Conv1d(WIDTH, WIDTH, 5, padding=2), nn.GELU(),
        _Attention((steps + 1) // 2), pooled(),
    )  # fmt: skip


@final
class _Attention(nn.Module):
    """Two layers of attention over places that know where they are."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.place = nn.Parameter(0.02 * torch.randn(1, places, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, 4, 2 * WIDTH, dropout=0.1, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen: torch.Tensor = self.layers(x.transpose(1, 2) + self.place)
        return seen.transpose(1, 2)
