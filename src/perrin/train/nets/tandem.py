"""`h-lstm` and `d-lstm`: H of a window, and its scale given H, from the products of its increments.

Increments of fractional Brownian motion are Gaussian, so all that a window can tell of its law is in the products of
its increments, summed over axes. The LSTM reads, increment after increment, its products with itself and with all
before it: whatever the dimension, one sequence; whatever the orientation, the same numbers. Axes with a larger
localisation error count less, and the network is told how many axes that leaves.
"""

from __future__ import annotations

from typing import Final, final

import torch
from torch import Tensor, nn
from torch.nn import functional

from perrin.train.nets.quantiles import QUANTILES, ordered

INCREMENTS: Final = 19
TOLD: Final = 3
"""Numbers that are told of a window: is its localisation error known; exposure; is a drift allowed for."""
_CONTEXT: Final = 8
_LEAST_MOTION: Final = 0.1
"""Part of the steps' variance that motion keeps, at least, when axes are weighed."""
_FLOOR: Final = 1e-4


@final
class Products(nn.Module):
    """What is fixed: what the LSTM reads of a window; nothing in here is learnt."""

    size: Final = INCREMENTS + 2 + _CONTEXT
    later: Tensor
    inside: Tensor

    def __init__(self) -> None:
        super().__init__()
        place, lag = torch.arange(INCREMENTS)[:, None], torch.arange(INCREMENTS)[None, :]
        earlier = place - lag
        self.register_buffer("later", (place * INCREMENTS + earlier.clamp(min=0)).reshape(-1), persistent=False)
        self.register_buffer("inside", (earlier >= 0).float(), persistent=False)

    def forward(self, increments: Tensor, log_steps: Tensor, noise: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """(n, 19, size) for the LSTM, and (n, 8) what holds for the whole window."""
        n = increments.shape[0]
        error = noise.square()
        motion = (1 - 2 * error.mean(dim=1, keepdim=True)).clamp(min=_LEAST_MOTION)
        weight = (motion + 2 * error).pow(-2)
        weight = weight / weight.sum(dim=1, keepdim=True)
        axes = 1 / weight.square().sum(dim=1, keepdim=True)
        size = (weight * error).sum(dim=1, keepdim=True)
        known, none = told[:, :1], told[:, :1] * (size == 0).float()
        log_size = 0.5 * torch.log(torch.where(size == 0, torch.ones_like(size), size))
        context = torch.cat([known, none, log_size, 4 * size.sqrt(), 1 / axes, torch.log(axes), told[:, 1:]], dim=1)
        products = (increments * weight[:, None, :]) @ increments.transpose(1, 2)
        lagged = products.reshape(n, INCREMENTS * INCREMENTS)[:, self.later].reshape(n, INCREMENTS, INCREMENTS)
        lagged = lagged * self.inside
        seen = [lagged, torch.log(lagged[:, :, :1] + _FLOOR), log_steps[:, :, None]]
        return torch.cat([*seen, context[:, None].expand(n, INCREMENTS, _CONTEXT)], dim=2), context


@final
class WindowEncoder(nn.Module):
    """Two LSTMs over a window; their last word, and the mean of all."""

    def __init__(self, first: int, second: int) -> None:
        super().__init__()
        self.products = Products()
        self.first = nn.LSTM(Products.size, first, batch_first=True)
        self.second = nn.LSTM(first, second, batch_first=True)
        self.size = 2 * second + _CONTEXT

    def forward(self, increments: Tensor, log_steps: Tensor, noise: Tensor, told: Tensor) -> Tensor:
        """(n, size)."""
        seen, context = self.products(increments, log_steps, noise, told)
        words = self.second(self.first(seen)[0])[0]
        return torch.cat([words[:, -1], words.mean(dim=1), context.to(words.dtype)], dim=1)


def windows(*sizes: tuple[int, int]) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    """Inputs of several numbers of windows and axes, to export with and to compare with."""
    torch.manual_seed(0)
    return [
        (
            torch.randn(n, INCREMENTS, d), torch.log(torch.randint(1, 4, (n, INCREMENTS)).float()),
            0.5 * torch.rand(n, d), torch.rand(n, TOLD).round(),
        )
        for n, d in sizes
    ]  # fmt: skip


@final
class HLstm(nn.Module):
    """Mean and quantiles of H at the middle of a window.

    Args:
        first, second: units of the two LSTMs.
        width: units of the layer after them.
    """

    inputs = ("increments", "log_steps", "noise", "told")
    outputs = ("hurst", "hurst_quantiles")
    free = ((0, 2), (0,), (0, 1), (0,))
    """Axes of the inputs whose lengths differ from call to call."""

    def __init__(self, first: int = 96, second: int = 64, width: int = 64) -> None:
        super().__init__()
        self.reader = WindowEncoder(first, second)
        self.head = nn.Sequential(
            nn.Linear(self.reader.size, width), nn.GELU(), nn.Linear(width, 1 + len(QUANTILES))
        )  # fmt: skip

    @staticmethod
    def examples() -> list[tuple[Tensor, ...]]:
        """Inputs of several sizes."""
        return [*windows((5, 2), (1, 1), (33, 3), (700, 2))]

    def forward(self, increments: Tensor, log_steps: Tensor, noise: Tensor, told: Tensor) -> tuple[Tensor, Tensor]:
        """What is known of H.

        Args:
            increments: (n, 19, d) divided by the root of their frames, in units of their root mean square.
            log_steps: (n, 19) logarithm of their frames.
            noise: (n, d) localisation error of each axis in the same unit; 0 where there is none or it is unknown.
            told: (n, 3) is the error known; exposure as a part of the frame; is a steady drift allowed for.

        Returns:
            (n,) mean of H; (n, 7) its quantiles.
        """
        found = self.head(self.reader(increments, log_steps, noise, told)).float()
        return torch.sigmoid(found[:, 0]), torch.sigmoid(ordered(found[:, 1:]))


@final
class DLstm(nn.Module):
    """Mean and quantiles of log s² at the middle of a window, for any values of H.

    s² is the variance of a step of one frame, per axis. H enters after the LSTMs, so that many values cost little.

    Args:
        first, second: units of the two LSTMs.
        width: units of the layers after them.
    """

    inputs = ("increments", "log_steps", "noise", "told", "hurst")
    outputs = ("log_s2", "log_s2_quantiles")
    free = ((0, 2), (0,), (0, 1), (0,), (0, 1))

    def __init__(self, first: int = 64, second: int = 64, width: int = 64) -> None:
        super().__init__()
        self.reader = WindowEncoder(first, second)
        self.seen, self.asked = nn.Linear(self.reader.size, width), nn.Linear(3, width)
        self.head = nn.Sequential(
            nn.GELU(), nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1 + len(QUANTILES))
        )  # fmt: skip

    @staticmethod
    def examples() -> list[tuple[Tensor, ...]]:
        """Inputs of several sizes."""
        sizes = ((5, 2), (1, 1), (33, 3), (700, 2))
        return [
            (*window, torch.rand(len(window[0]), k)) for window, k in zip(windows(*sizes), (3, 1, 8, 2), strict=True)
        ]

    def forward(
        self, increments: Tensor, log_steps: Tensor, noise: Tensor, told: Tensor, hurst: Tensor
    ) -> tuple[Tensor, Tensor]:
        """What is known of log s², in the square of the increments' unit.

        Args:
            increments: as `HLstm` takes them; so are the next three.
            log_steps: of their frames.
            noise: localisation error.
            told: what is known besides.
            hurst: (n, k) values of H.

        Returns:
            (n, k) mean of log s² given each H; (n, k, 7) its quantiles.
        """
        window = self.seen(self.reader(increments, log_steps, noise, told))
        asked = torch.stack([hurst, hurst.square(), 1 / (hurst + 0.1)], dim=2)
        found = self.head(window[:, None, :] + self.asked(asked)).float()
        return found[..., 0], ordered(found[..., 1:])


@final
class HLstmPaper(nn.Module):
    """The H-LSTM as published, with quantiles that read its last layer and leave it alone.

    LSTM(64) – dropout .2 – LSTM(32) – dropout .2 – Dense(16, relu) – Dense(1, sigmoid), each axis of the increments
    divided by its range. Weights begin as in Keras, with which it was published. After training a window is read
    forwards and backwards, and both once more with its first axis reflected: all four are equally likely, and the mean
    is taken: 0.6 % less error for nothing learnt.

    Args:
        axes: of the tracks; each dimension has a network of its own.
    """

    inputs = ("increments",)
    outputs = ("hurst", "hurst_quantiles")
    free = ((0,),)

    def __init__(self, axes: int = 2) -> None:
        super().__init__()
        self.axes = axes
        self.first = nn.LSTM(axes, 64, batch_first=True)
        self.second = nn.LSTM(64, 32, batch_first=True)
        self.dense, self.mean = nn.Linear(32, 16), nn.Linear(16, 1)
        self.quantiles = nn.Linear(16, len(QUANTILES))
        for lstm in (self.first, self.second):
            _as_keras(lstm)
        for dense in (self.dense, self.mean):
            nn.init.xavier_uniform_(dense.weight)
            nn.init.zeros_(dense.bias)

    def examples(self) -> list[tuple[Tensor, ...]]:
        """Inputs of several sizes."""
        torch.manual_seed(0)
        return [(torch.randn(n, INCREMENTS, self.axes),) for n in (5, 1, 700)]

    def forward(self, increments: Tensor) -> tuple[Tensor, Tensor]:
        """(n,) H and (n, 7) quantiles from increments (n, 19, axes) in any unit."""
        span = increments.amax(dim=1, keepdim=True) - increments.amin(dim=1, keepdim=True)
        seen = increments / span
        if self.training:
            return self._read(seen)
        mirror = torch.ones(self.axes)
        mirror[0] = -1.0
        alike = [seen, -torch.flip(seen, (1,)), mirror * seen, -mirror * torch.flip(seen, (1,))]
        means, quantiles = zip(*(self._read(window) for window in alike), strict=True)
        return torch.stack(means).mean(dim=0), torch.stack(quantiles).mean(dim=0)

    def _read(self, increments: Tensor) -> tuple[Tensor, Tensor]:
        words = functional.dropout(self.first(increments)[0], 0.2, self.training)
        words = functional.dropout(self.second(words)[0][:, -1], 0.2, self.training)
        last = functional.relu(self.dense(words))
        return torch.sigmoid(self.mean(last)[:, 0]), torch.sigmoid(ordered(self.quantiles(last.detach())))


def _as_keras(lstm: nn.LSTM) -> None:
    """One bias a gate instead of two, that of the forget gate 1; orthogonal from step to step."""
    weights = dict(lstm.named_parameters())
    nn.init.xavier_uniform_(weights["weight_ih_l0"])
    nn.init.orthogonal_(weights["weight_hh_l0"])
    for name in ("bias_ih_l0", "bias_hh_l0"):
        nn.init.zeros_(weights[name])
    with torch.no_grad():
        weights["bias_ih_l0"][lstm.hidden_size : 2 * lstm.hidden_size] = 1.0
    weights["bias_hh_l0"].requires_grad_(False)
