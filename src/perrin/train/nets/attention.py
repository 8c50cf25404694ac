"""A layer of attention over tokens, for networks over whole tracks and over windows."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor, nn
from torch.nn import functional


@final
class Attention(nn.Module):
    """Attention over all tokens, then a perceptron twice as wide, each beside the straight path.

    Written out: on few tokens `torch.nn.TransformerEncoderLayer` takes twice as long on a CPU, and the backward pass of
    the fused kernel ten times.

    Args:
        width: channels of a token.
        heads: how many look at once; they share the width.
        drop: what both branches pass before they join the straight path.
    """

    def __init__(self, width: int, heads: int, drop: nn.Module | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.norm, self.inner_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mixed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.drop = nn.Identity() if drop is None else drop

    def starting_as_identity(self) -> Attention:
        """Itself, with branches that add nothing before it has learnt."""
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.down.weight)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """(n, tokens, width), shape kept."""
        n, tokens, width = x.shape
        query, key, value = (
            part.reshape(n, tokens, self.heads, -1).transpose(1, 2) for part in self.mixed(self.norm(x)).chunk(3, dim=2)
        )
        weights = torch.softmax(query @ key.transpose(2, 3) * (self.heads / width) ** 0.5, dim=3).to(value.dtype)
        x = x + self.drop(self.out((weights @ value).transpose(1, 2).reshape(n, tokens, width)))
        inner: Tensor = self.drop(self.down(functional.gelu(self.up(self.inner_norm(x)))))
        return x + inner
