"""Quantiles as networks give them: seven levels that cannot cross."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

QUANTILES: Final = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def ordered(raw: Tensor) -> Tensor:
    """(…, 7) rising values from free ones: the median, and positive steps away from it."""
    middle = len(QUANTILES) // 2
    steps = functional.softplus(raw - 1.0)
    center = raw[..., middle : middle + 1]
    above = center + torch.cumsum(steps[..., middle + 1 :], dim=-1)
    below = center - torch.flip(torch.cumsum(torch.flip(steps[..., :middle], (-1,)), dim=-1), (-1,))
    return torch.cat([below, center, above], dim=-1)
