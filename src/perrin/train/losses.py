"""What training makes small."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import torch
from torch import Tensor
from torch.nn import functional

from perrin.train.nets.families import kinds

_IMPOSSIBLE: Final = 1e-6
"""A chance of less costs no more, so that it costs something finite."""


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
class HurstByFamily:
    """As `HurstLoss`, and how well kinds of Hurst functions are told apart, and their curves where they apply.

    Attributes:
        quantiles, squared, scale: of `HurstLoss`.
        chances: weight of the cross-entropy of the kinds.
        curves: weight of the squared error of the curve of a kind on tracks of that kind.
    """

    quantiles: tuple[float, ...]
    squared: float = 5.0
    scale: float = 0.05
    chances: float = 0.02
    curves: float = 1.0

    def __call__(self, outputs: tuple[Tensor, ...], targets: tuple[Tensor, ...]) -> Tensor:
        """One number from outputs of `HurstLoss`, chances (n, 3) and curves (n, 2, T), and (H (n, T), scale (n,))."""
        *usual, chances, curves = outputs
        hurst = targets[0]
        kind = kinds(hurst)
        missed = (curves - hurst[:, None]).square().mean(dim=2) * (kind[:, None] == torch.arange(curves.shape[1]))
        return (
            HurstLoss(self.quantiles, self.squared, self.scale)(tuple(usual), targets)
            + self.chances * functional.nll_loss(torch.log(chances.clamp(min=_IMPOSSIBLE)), kind)
            + self.curves * missed.sum(dim=1).mean()
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
