"""`mfbm-cnn`: the network of Szarek et al. (2022), which looks at all pairs of positions as at an image.

Four T×T matrices, log(1+|xi-xj|), log(1+(xi-xj)²), log(1+|xi xj|), log(1+(xi xj)²), each divided by its largest entry
and standardised by numbers from 1,024 simulated signals, pass an Inception-ResNet encoder; the largest value along
one axis turns images into sequences, which a decoder of transposed convolutions, with the encoder's stages added on
the way (U-Net), brings back to T values of H. The paper does not print its widths: here they are configuration.

Encoder: Szegedy, Ioffe, Vanhoucke & Alemi, AAAI 31, 4278 (2017); skips: Ronneberger, Fischer & Brox, MICCAI (2015).
"""

from __future__ import annotations

from typing import Any, Final, final

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS: Final = 4
_STRIDE: Final = 16
_SIGNALS: Final = 1024


def pair_matrices(x: Tensor) -> Tensor:
    """(n, 4, T, T) matrices of the signals (n, T), each in units of its largest entry."""
    differences, products = x[:, :, None] - x[:, None, :], x[:, :, None] * x[:, None, :]
    matrices = torch.stack([differences.abs(), differences.square(), products.abs(), products.square()], dim=1).log1p()
    return matrices / matrices.amax(dim=(2, 3), keepdim=True).clamp(min=1e-12)


def _conv(inside: int, outside: int, kernel: tuple[int, int] | int, stride: int = 1) -> nn.Sequential:
    sizes = (kernel, kernel) if isinstance(kernel, int) else kernel
    pad = (sizes[0] // 2, sizes[1] // 2)
    return nn.Sequential(nn.Conv2d(inside, outside, sizes, stride, pad, bias=False), nn.BatchNorm2d(outside), nn.ReLU())


@final
class Inception(nn.Module):
    """Parallel convolutions, joined by a 1×1 convolution and added to what came in (blocks A, B and C)."""

    def __init__(self, width: int, branches: tuple[tuple[tuple[int, int], ...], ...]) -> None:
        super().__init__()
        inner = width // 4
        self.branches = nn.ModuleList(
            nn.Sequential(_conv(width, inner, 1), *(_conv(inner, inner, kernel) for kernel in kernels))
            for kernels in branches
        )
        self.join = nn.Conv2d(inner * len(branches), width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, a, b), shape kept."""
        joined: Tensor = self.join(torch.cat([branch(x) for branch in self.branches], dim=1))
        return functional.relu(x + joined)


_A: Final = ((), ((3, 3),), ((3, 3), (3, 3)))
_B: Final = ((), ((1, 7), (7, 1)))
_C: Final = ((), ((1, 3), (3, 1)))


@final
class Decoder(nn.Module):
    """One step of the decoder: twice as many times, the encoder's stage added, and an inception block in 1-D."""

    def __init__(self, inside: int, outside: int, skip: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose1d(inside, outside, 2, stride=2)
        self.skip = nn.Conv1d(skip, outside, 1)
        self.near, self.far = (
            nn.Sequential(nn.Conv1d(outside, outside // 2, kernel, padding=kernel // 2), nn.ReLU()) for kernel in (3, 7)
        )
        self.join = nn.Conv1d(outside, outside, 1)
        self.norm = nn.BatchNorm1d(outside)

    def forward(self, x: Tensor, stage: Tensor) -> Tensor:
        """(n, inside, t) and the encoder's (n, skip, 2t, 2t) to (n, outside, 2t)."""
        y = functional.relu(self.norm(self.up(x) + self.skip(stage.amax(dim=3))))
        joined: Tensor = self.join(torch.cat([self.near(y), self.far(y)], dim=1))
        return functional.relu(y + joined)


@final
class MfbmCnnModule(nn.Module):
    """H(t) from the signal.

    Args:
        widths: channels at 2, 4, 8 and 16 frames.
        blocks: how many blocks A, B and C.
    """

    inputs = ("signal",)
    outputs = ("hurst",)
    free = ((0, 1),)

    def __init__(
        self, widths: tuple[int, int, int, int] = (32, 64, 128, 256), blocks: tuple[int, int, int] = (5, 10, 5)
    ) -> None:
        super().__init__()
        two, four, eight, sixteen = widths
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(CHANNELS, 1, 1))
        self.register_buffer("deviation", torch.ones(CHANNELS, 1, 1))
        self.stem = _conv(CHANNELS, two, 3, stride=2)
        self.to_a = _conv(two, four, 3, stride=2)
        self.a = nn.Sequential(*(Inception(four, _A) for _ in range(blocks[0])))
        self.to_b = _conv(four, eight, 3, stride=2)
        self.b = nn.Sequential(*(Inception(eight, _B) for _ in range(blocks[1])))
        self.to_c = _conv(eight, sixteen, 3, stride=2)
        self.c = nn.Sequential(*(Inception(sixteen, _C) for _ in range(blocks[2])))
        self.up_eight, self.up_four = Decoder(sixteen, eight, eight), Decoder(eight, four, four)
        self.up_two = Decoder(four, two, two)
        self.up_one = nn.ConvTranspose1d(two, two, 2, stride=2)
        self.head = nn.Conv1d(two, 1, 5, padding=2)

    def calibrate(self, stream: Any) -> None:
        """Mean and deviation of the matrices' entries over 1,024 signals of the stream."""
        sums, squares, count, step = torch.zeros(CHANNELS), torch.zeros(CHANNELS), 0, 0
        while count < _SIGNALS:
            signals = torch.from_numpy(stream.batch(step).inputs[0])
            for signal in signals:
                matrices = pair_matrices(signal[None])[0]
                sums += matrices.mean(dim=(1, 2))
                squares += matrices.square().mean(dim=(1, 2))
            count, step = count + len(signals), step + 1
        mean = sums / count
        self.mean.copy_(mean[:, None, None])
        self.deviation.copy_((squares / count - mean.square()).sqrt()[:, None, None])

    @staticmethod
    def examples() -> list[tuple[Tensor]]:
        """Inputs of several sizes, to export with and to compare with."""
        torch.manual_seed(0)
        return [(torch.randn(n, t).cumsum(1),) for n, t in ((2, 131), (1, 256), (3, 64))]

    def forward(self, signal: Tensor) -> tuple[Tensor]:
        """(n, T) H from the signals (n, T)."""
        frames = signal.shape[1]
        length = (frames + _STRIDE - 1) // _STRIDE * _STRIDE
        padded = functional.pad(signal[:, None], (0, _STRIDE - 1), mode="replicate")[:, 0, :length]
        two = self.stem((pair_matrices(padded) - self.mean) / self.deviation)
        four = self.a(self.to_a(two))
        eight = self.b(self.to_b(four))
        last = self.c(self.to_c(eight)).amax(dim=3)
        seen = self.up_two(self.up_four(self.up_eight(last, eight), four), two)
        hurst = torch.sigmoid(self.head(functional.relu(self.up_one(seen))).float())
        return (hurst[:, 0, :frames],)
