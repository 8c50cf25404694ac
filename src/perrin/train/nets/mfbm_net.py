"""`mfbm-net`: H(t) of multifractional Brownian motion from energies of differences at many lags.

What the network looks at is what the likelihood of a Gaussian path is made of: squared first and second
differences at twelve lags, averaged over windows of 4, 16 and 64 frames and over the whole track, all as logarithms.
Where H changes, it carries the path along, so it also sees how first differences go with X(t) log t (`carried`).
A missing frame takes its differences away, it is never filled in. Axes pass the same layers and are averaged: their
order cannot matter. One token stands for four frames; residual convolutions work on 4 and 8 frames, attention over
the whole track on 16; each token then speaks for its four frames one by one. What they say is weighed against H being
one number or a line (`families`).
"""

from __future__ import annotations

from typing import Final, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from perrin.train.nets.attention import Attention
from perrin.train.nets.convolution import as_images, convolution, doubling
from perrin.train.nets.families import ByFamily
from perrin.train.nets.hurst_gradient import FLOOR, around, hurst_gradient_features, in_pairs
from perrin.train.nets.hurst_gradient import n_features as carried_features
from perrin.train.nets.quantiles import QUANTILES, ordered

LAGS: Final = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
WINDOWS: Final = (4, 16, 64)
FRAMES: Final = 4
"""Frames of a token."""
_COARSEST: Final = 16
_WAVES: Final = 4


@final
class FixedFeatures(nn.Module):
    """What is fixed: (n·d, tokens, features) from scaled positions; nothing in here is learnt.

    Args:
        carried: whether to compare differences with what carries the path along.
    """

    def __init__(self, carried: bool) -> None:
        super().__init__()
        self.carried = carried
        self.size = 2 * len(LAGS) * len(WINDOWS) + len(WINDOWS) + 5 * FRAMES + 2 + 2 * len(LAGS) + 4 + 2 * _WAVES + 6
        if carried:
            self.size += carried_features(len(LAGS), len(WINDOWS))

    def forward(self, positions: Tensor, observed: Tensor, noise: Tensor) -> Tensor:
        """Features of each axis: positions (n, d, L), observed (n, 1, L), noise (n, d, 3), L a multiple of 16."""
        n, d, length = positions.shape
        x = positions.reshape(n * d, 1, length)
        seen = observed.expand(n, d, length).reshape(n * d, 1, length)
        differences, valid = _differences(x, seen, length)
        energy, counts = differences.square() * valid, valid
        parts = []
        pairs = in_pairs(energy), in_pairs(counts)
        for window in WINDOWS:
            total, share = (around(v, window, FRAMES) for v in pairs)
            parts += [_log_energy(total, share), share[:, :1]]
        whole = _log_energy(energy.mean(dim=2, keepdim=True), counts.mean(dim=2, keepdim=True))
        first, second = differences[:, :1], differences[:, len(LAGS) : len(LAGS) + 1]
        points = torch.cat([first, second, _log_square(first), _log_square(second)], dim=1)
        points = points * torch.cat([valid[:, :1], valid[:, len(LAGS) : len(LAGS) + 1]], dim=1).repeat(1, 2, 1)
        points = torch.cat([torch.asinh(points[:, :2]), points[:, 2:], seen], dim=1)
        place = torch.cat([torch.asinh(x), torch.log(x.abs() + 0.1)], dim=1) * seen
        tokens = length // FRAMES
        parts += [
            points.reshape(n * d, 5, tokens, FRAMES).transpose(2, 3).reshape(n * d, 5 * FRAMES, tokens),
            functional.avg_pool1d(place, FRAMES, FRAMES),
            whole.expand(-1, -1, tokens),
        ]
        parts.append(_times(observed, d))
        told = torch.cat([noise, functional.one_hot(torch.full((n, d), d - 1, device=x.device), 3)], dim=2)
        parts.append(told.reshape(n * d, 6, 1).expand(-1, -1, tokens))
        if self.carried:
            parts += hurst_gradient_features(
                x, seen, differences[:, : len(LAGS)], valid[:, : len(LAGS)], WINDOWS, FRAMES
            )
        return torch.cat(parts, dim=1).transpose(1, 2)


def _differences(x: Tensor, observed: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """First and second differences at all lags, centred, and where all their frames are observed."""
    reach = max(LAGS)
    x, observed = functional.pad(x, (reach, reach)), functional.pad(observed, (reach, reach))

    def at(signal: Tensor, shift: int) -> Tensor:
        return signal[:, :, reach + shift : reach + shift + length]

    values, valid = [], []
    for lag in LAGS:
        ahead, behind = (lag + 1) // 2, -(lag // 2)
        values.append(at(x, ahead) - at(x, behind))
        valid.append(at(observed, ahead) * at(observed, behind))
    for lag in LAGS:
        values.append(at(x, lag) - 2 * at(x, 0) + at(x, -lag))
        valid.append(at(observed, lag) * at(observed, 0) * at(observed, -lag))
    return torch.cat(values, dim=1), torch.cat(valid, dim=1)


def _log_energy(total: Tensor, share: Tensor) -> Tensor:
    """Half the logarithm of the mean square, zero where nothing was observed."""
    some = (share > 0).to(total.dtype)
    return 0.5 * torch.log(total / (share + (1 - some)) + FLOOR) * some


def _log_square(value: Tensor) -> Tensor:
    return 0.5 * torch.log(value.square() + 10 * FLOOR)


def _times(observed: Tensor, d: int) -> Tensor:
    """Where each token stands in time: logarithms of the times to both ends, and waves over the track."""
    n = observed.shape[0]
    frames = torch.cumsum(torch.ones_like(observed), dim=2)
    last = (frames * observed).amax(dim=2, keepdim=True)
    middle = functional.avg_pool1d(frames, FRAMES, FRAMES)
    left = torch.clamp(last - middle, min=0.0)
    share = torch.clamp(middle / last, max=1.0)
    angle = torch.pi * share
    waves = [f(k * angle) for k in range(1, _WAVES + 1) for f in (torch.sin, torch.cos)]
    known = torch.cat([torch.log(middle), torch.log(left + 1), torch.log(last).expand_as(middle), share, *waves], dim=1)
    return known[:, None].expand(n, d, -1, -1).reshape(n * d, known.shape[1], known.shape[2])


@final
class Residual(nn.Module):
    """Two convolutions over five tokens beside the straight path; starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (convolution(width, width, 5) for _ in range(2))
        self.first_norm, self.second_norm = nn.GroupNorm(8, width), nn.GroupNorm(8, width)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(n, width, 1, tokens), shape kept."""
        inner = self.first(functional.gelu(self.first_norm(x)))
        outer: Tensor = self.second(functional.gelu(self.second_norm(inner)))
        return x + outer


@final
class MfbmNetModule(nn.Module):
    """Mean and quantiles of H(t), and quantiles of the logarithm of the one-frame scale.

    Args:
        fine, middle, coarse: channels at 4, 8 and 16 frames a token.
        layers: attention layers.
        heads: attention heads.
        carried: whether it sees what carries the path along, not energies alone.
        families: whether it asks if H is constant or linear; without, anything is possible.
    """

    inputs = ("positions", "observed", "noise")
    free = ((0, 1, 2), (0, 1), (0, 1))
    """Axes of the inputs whose lengths differ from call to call."""

    def __init__(
        self, fine: int = 96, middle: int = 128, coarse: int = 160, layers: int = 4, heads: int = 5,
        carried: bool = True, families: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.features = FixedFeatures(carried)
        self.stem = nn.Sequential(nn.Linear(self.features.size, 2 * fine), nn.GELU(), nn.Linear(2 * fine, fine))
        self.fine_in = nn.Sequential(Residual(fine), Residual(fine))
        self.to_middle = convolution(fine, middle, 2, stride=2)
        self.middle_in = nn.Sequential(Residual(middle), Residual(middle))
        self.to_coarse = convolution(middle, coarse, 2, stride=2)
        self.coarse = nn.Sequential(*(Attention(coarse, heads).starting_as_identity() for _ in range(layers)))
        self.from_coarse = doubling(coarse, middle)
        self.middle_out = Residual(middle)
        self.from_middle = doubling(middle, fine)
        self.fine_out = nn.Sequential(Residual(fine), Residual(fine))
        self.norm = nn.GroupNorm(8, fine)
        self.head = convolution(fine, FRAMES * (1 + len(QUANTILES)), 1)
        self.scale = nn.Linear(fine, len(QUANTILES))
        self.families = ByFamily(fine, coarse) if families else None

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what it returns."""
        always = ("hurst", "hurst_quantiles", "log_scale_quantiles")
        return always if self.families is None else (*always, "chances", "curves")

    @staticmethod
    def examples() -> list[tuple[Tensor, Tensor, Tensor]]:
        """Inputs of several sizes, to export with and to compare with."""
        torch.manual_seed(0)
        sizes = ((5, 2, 97), (1, 1, 32), (2, 1, 512), (1, 3, 301))
        return [
            (torch.randn(n, d, t).cumsum(2), (torch.rand(n, t) > 0.1).float(), torch.zeros(n, d, 3))
            for n, d, t in sizes
        ]

    def forward(self, positions: Tensor, observed: Tensor, noise: Tensor) -> tuple[Tensor, ...]:
        """What is known of H(t) and of the scale.

        Args:
            positions: (n, d, T) from the first on, in units of the typical step, zero where missing.
            observed: (n, T) 1 where observed, else 0.
            noise: (n, d, 3) is the localisation error of the axis known; is it zero; log of it where not zero.

        Returns:
            (n, T) mean of H; (n, T, 7) its quantiles; (n, 7) quantiles of log(scale / typical step); with
            `families` also (n, 3) chances of its kinds and (n, 2, T) mean of H if it is constant, if it is linear.
        """
        n, d, frames = positions.shape
        length = (frames + _COARSEST - 1) // _COARSEST * _COARSEST
        positions, observed = (
            functional.pad(v, (0, _COARSEST - 1))[..., :length] for v in (positions, observed[:, None])
        )
        seen = self.features(positions, observed, noise)
        fine = self.stem(seen).reshape(n, d, length // FRAMES, -1).mean(dim=1).transpose(1, 2)
        fine = self.fine_in(as_images(fine))
        middle = self.middle_in(self.to_middle(fine))
        coarse = self.coarse(self.to_coarse(middle)[:, :, 0].transpose(1, 2)).transpose(1, 2)
        middle = self.middle_out(middle + self.from_coarse(as_images(coarse)))
        fine = functional.gelu(self.norm(self.fine_out(fine + self.from_middle(middle))))
        told = self.head(fine).float().reshape(n, -1, FRAMES, length // FRAMES)
        told = told.transpose(2, 3).reshape(n, -1, length)[:, :, :frames].transpose(1, 2)
        pooled = _pooled(fine[:, :, 0], observed, FRAMES)
        scale = ordered(self.scale(pooled.to(self.scale.weight.dtype)).float())
        mean, bands = torch.sigmoid(told[..., 0]), ordered(told[..., 1:])
        if self.families is None:
            return mean, torch.sigmoid(bands), scale
        mean, bands, chances, curves = self.families(pooled, _pooled(coarse, observed, _COARSEST), mean, bands)
        return mean, torch.sigmoid(bands), scale, chances, curves


def _pooled(tokens: Tensor, observed: Tensor, frames: int) -> Tensor:
    """(n, channels) mean of (n, channels, tokens), each weighing as much as was observed of its frames."""
    share = functional.avg_pool1d(observed, frames, frames)
    return (tokens.float() * share).sum(dim=2) / share.sum(dim=2)
