"""What training makes small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor


@final
@dataclass(frozen=True)
class HurstLoss:
    """Pinball loss of the quantiles, squared error of the mean, and a little of both for the scale.

    Attributes:
        quantiles: the levels, in the order of the network's output.
        squared: weight of the squared error of the mean.
        scale: weight of the pinball loss of the logarithm of the scale.
    """

    quantiles: tuple[float, ...]
    squared: float = 5.0
    scale: float = 0.05

    def __call__(self, outputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]) -> Tensor:
        """One number from (mean (n, T), quantiles (n, T, q), scale quantiles (n, q)) and (H (n, T), scale (n,))."""
        (mean, quantiles, scales), (hurst, scale) = outputs, targets
        return (
            pinball(hurst[..., None] - quantiles, self.quantiles)
            + self.squared * (mean - hurst).square().mean()
            + self.scale * pinball(scale[..., None] - scales, self.quantiles)
        )


@final
@dataclass(frozen=True)
class MeanAndQuantiles:
    """Squared error of the mean and pinball loss of the quantiles of one number.

    Attributes:
        quantiles: the levels, in the order of the network's output.
        squared: weight of the squared error of the mean.
    """

    quantiles: tuple[float, ...]
    squared: float = 5.0

    def __call__(self, outputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]) -> Tensor:
        """One number from (mean (…), quantiles (…, q)) and (truth (…),)."""
        (mean, quantiles), (truth,) = outputs, targets
        return self.squared * (mean - truth).square().mean() + pinball(truth[..., None] - quantiles, self.quantiles)


def pinball(miss: Tensor, levels: tuple[float, ...]) -> Tensor:
    """Mean pinball loss of quantiles that the truth misses by `miss` (…, q)."""
    level = torch.tensor(levels, dtype=miss.dtype)
    return torch.maximum(level * miss, (level - 1) * miss).mean()


@final
@dataclass(frozen=True)
class MeanSquared:
    """Squared error of the first output against the first target."""

    def __call__(self, outputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]) -> Tensor:
        """One number."""
        return (outputs[0] - targets[0]).square().mean()
