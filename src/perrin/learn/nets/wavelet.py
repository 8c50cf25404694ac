"""`wavelet-net`: residual convolutions over scalograms, pooled over time at the end.

Each scale comes as three kinds of channels: how its energy is spread over time, how much there is in all, and (what the
modulus loses) which way the particle went.
"""

from __future__ import annotations

from typing import Final, final

import numpy as np
import torch
from torch import nn

from perrin.features.wavelet import DEFAULT, FilterBank
from perrin.learn.nets.dropout import Dropout
from perrin.learn.nets.net import WIDTH, Net
from perrin.learn.nets.pool import POOLED, pooled
from perrin.train.nets.convolution import as_images, convolution

_LEAST_SHARE: Final = 1e-2
"""Share of the mean energy below which there is rest."""
_TINY: Final = 1e-12


def wavelet_net() -> Net:
    """Convolutions over scalograms of the default bank."""
    return Net("a convolutional network over scalograms", _body, POOLED, rate=4e-3)


def _body(d: int, steps: int) -> nn.Module:
    scalogram = Scalogram(DEFAULT, d, steps + 1)
    return nn.Sequential(
        scalogram, nn.BatchNorm2d(scalogram.channels), convolution(scalogram.channels, WIDTH, 4, stride=2),
        *(_Residual(dilation) for dilation in (1, 2, 4, 8)), nn.GroupNorm(8, WIDTH), nn.GELU(), pooled(),
    )  # fmt: skip


@final
class Scalogram(nn.Module):
    """Scalograms of steps: log shares and log levels of |W|², axes together, and W of each axis.

    The transform is a linear layer of fixed weights. W of complex families is given by its imaginary part, which is odd
    and so sees steps; W is in units of its root mean square along the window.
    """

    def __init__(self, bank: FilterBank, d: int, frames: int) -> None:
        super().__init__()
        self.axes, self.frames = d, frames
        self.maps = len(bank.families) * len(bank.scales)
        self.channels = self.maps * (2 + d)
        response = bank.transform_of_steps(np.eye(frames - 1))
        flat = response.reshape(frames - 1, -1)
        for name, part in (("real", flat.real), ("imaginary", flat.imag)):
            self.register_buffer(name, torch.as_tensor(part.copy()).float(), persistent=False)
        odd = (np.abs(response.imag).max(axis=(0, 3), keepdims=True) > 0) & np.ones(response.shape, dtype=bool)
        self.register_buffer("odd", torch.as_tensor(odd.reshape(frames - 1, -1)[0]), persistent=False)

    real: torch.Tensor
    imaginary: torch.Tensor
    odd: torch.Tensor

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        """From (k, d, T - 1) to (k, channels, 1, T)."""
        real, imaginary = steps @ self.real, steps @ self.imaginary
        power = (real.square() + imaginary.square()).sum(dim=1).reshape(-1, self.maps, self.frames)
        level = power.mean(dim=2, keepdim=True).clamp_min(_TINY)
        signed = torch.where(self.odd, imaginary, real).reshape(-1, self.axes, self.maps, self.frames)
        signed = signed / (signed.square().mean(dim=(1, 3), keepdim=True).sqrt() + 1e-6)
        share, whole = torch.log(power / level + _LEAST_SHARE), torch.log(level).expand_as(power)
        return as_images(torch.cat([share, whole, signed.flatten(1, 2)], dim=1))


@final
class _Residual(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.GroupNorm(8, WIDTH), nn.GELU(), convolution(WIDTH, WIDTH, 5, dilation=dilation),
            nn.GroupNorm(8, WIDTH), nn.GELU(), Dropout(0.1), convolution(WIDTH, WIDTH, 1),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        changed: torch.Tensor = self.change(x)
        return x + changed
