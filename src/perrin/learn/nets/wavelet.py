"""`wavelet-net`: residual convolutions over scalograms, pooled over time at the end.

Each scale comes as three kinds of channels: how its energy is spread over time, how much there is in all, and (what the
modulus loses) which way the particle went.
"""

from __future__ import annotations

from typing import Final, final

import numpy as np
import torch
from torch import nn

from perrin.learn.nets.net import WIDTH, Net
from perrin.learn.nets.pool import POOLED, pooled
from perrin.represent.wavelet import DEFAULT, FilterBank

_LEAST_SHARE: Final = 1e-2
"""Share of the mean energy below which there is rest."""
_TINY: Final = 1e-9


def wavelet_net() -> Net:
    """Convolutions over scalograms of the default bank."""
    return Net(_body, POOLED, rate=4e-3)


def _body(d: int, steps: int) -> nn.Module:
    scalogram = Scalogram(DEFAULT, d, steps + 1)
    return nn.Sequential(
        scalogram, nn.BatchNorm1d(scalogram.channels), nn.Conv1d(scalogram.channels, WIDTH, 4, stride=2, padding=1),
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
        self.frames = frames
        self.maps = len(bank.families) * len(bank.scales)
        self.channels = self.maps * (2 + d)
        # The transform of a unit pulse at each frame is a row of the matrix that transforms everything.
        response = bank.transform(np.eye(frames))
        flat = response.reshape(frames, -1)
        self.real, self.imaginary = (torch.as_tensor(part.copy()).float() for part in (flat.real, flat.imag))
        odd = (np.abs(response.imag).max(axis=(0, 3), keepdims=True) > 0) & np.ones(response.shape, dtype=bool)
        self.odd = torch.as_tensor(odd.reshape(frames, -1)[0])

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        """From (k, d, T - 1) to (k, channels, T)."""
        places = nn.functional.pad(torch.cumsum(steps, dim=2), (1, 0))
        places = places - places.mean(dim=2, keepdim=True)
        with torch.autocast("cpu", enabled=False):  # cancellation at small scales needs single precision
            real, imaginary = places.float() @ self.real, places.float() @ self.imaginary
        power = (real.square() + imaginary.square()).sum(dim=1).reshape(len(steps), self.maps, self.frames)
        level = power.mean(dim=2, keepdim=True) + _TINY
        shape = (len(steps), -1, self.maps, self.frames)
        signed = torch.where(self.odd, imaginary, real).reshape(shape)
        signed = signed / (signed.square().mean(dim=(1, 3), keepdim=True).sqrt() + 1e-6)
        return torch.cat(
            [torch.log(power / level + _LEAST_SHARE), torch.log(level).expand_as(power), signed.flatten(1, 2)], dim=1
        )


@final
class _Residual(nn.Module):
    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.GroupNorm(8, WIDTH), nn.GELU(), nn.Conv1d(WIDTH, WIDTH, 5, padding=2 * dilation, dilation=dilation),
            nn.GroupNorm(8, WIDTH), nn.GELU(), nn.Dropout(0.1), nn.Conv1d(WIDTH, WIDTH, 1),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        changed: torch.Tensor = self.change(x)
        return x + changed
