"""Convolutions over time: windows are images of height one with channels last, which a CPU convolves twice as fast."""

from __future__ import annotations

import torch
from torch import nn


def convolution(channels: int, filters: int, size: int, *, stride: int = 1, dilation: int = 1) -> nn.Conv2d:
    """From (k, channels, 1, T) to (k, filters, 1, about T / stride); beyond the ends there is nothing."""
    padding = (size - 1) // 2 * dilation
    layer = nn.Conv2d(
        channels, filters, (1, size), stride=(1, stride), padding=(0, padding), dilation=(1, dilation)
    )  # fmt: skip
    return layer.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def doubling(channels: int, filters: int) -> nn.ConvTranspose2d:
    """From (k, channels, 1, T) to (k, filters, 1, 2 T)."""
    layer = nn.ConvTranspose2d(channels, filters, (1, 2), stride=(1, 2))
    return layer.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def as_images(x: torch.Tensor) -> torch.Tensor:
    """From (k, channels, T) to (k, channels, 1, T), channels last in memory."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)
