"""`attention-net`: convolutions over steps, then two layers of attention."""

from __future__ import annotations

from typing import Final, final

import torch
from torch import nn

from perrin.learn.nets.dropout import Dropout
from perrin.learn.nets.net import WIDTH, Net
from perrin.learn.nets.pool import POOLED, pooled
from perrin.train.nets.attention import Attention
from perrin.train.nets.convolution import as_images, convolution

_HEADS: Final = 4


def attention_net() -> Net:
    """Convolutions and attention over steps."""
    return Net("a network of convolutions and attention over steps", _body, POOLED)


def _body(d: int, steps: int) -> nn.Module:
    return nn.Sequential(
        _Images(), convolution(d, WIDTH, 5, stride=2), nn.GELU(), convolution(WIDTH, WIDTH, 5), nn.GELU(),
        _Attention((steps + 1) // 2), pooled(),
    )  # fmt: skip


@final
class _Images(nn.Module):
    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        return as_images(steps)


@final
class _Attention(nn.Module):
    """Two layers of attention over places that know where they are."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.place = nn.Parameter(0.02 * torch.randn(1, places, WIDTH))
        self.layers = nn.Sequential(*(Attention(WIDTH, _HEADS, Dropout(0.1)) for _ in range(2)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(k, WIDTH, 1, places), shape kept."""
        seen: torch.Tensor = self.layers(x[:, :, 0].transpose(1, 2) + self.place)
        return seen.transpose(1, 2)[:, :, None]
