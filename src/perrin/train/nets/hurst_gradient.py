"""What a changing Hurst exponent does to a path besides changing its steps: it carries the path along.

X(t) = B(t, H(t)) has the increment dH/dt ∂B/∂H beside that of a constant H. Given X(t), the best guess of ∂B/∂H is
X(t) log t, which has 27 to 95 % of its variance (least where H is small); fast excursions count less, so those from
means over 16 and 64 frames stand beside it. Three such pulls are compared with first differences: how the two go
together, which tells sign and size of dH/dt, and whether differences are larger where the pull is, which tells rough
changes of H. Energies alone could not tell such changes from chance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

FLOOR: Final = 1e-4
"""Energies are told apart from zero down to this part of the typical step's square."""
_AROUND: Final = (16, 64)
_TERMS: Final = 1 + len(_AROUND)


def n_features(lags: int, windows: int) -> int:
    """How many numbers `hurst_gradient_features` gives."""
    return (windows + 1) * (_TERMS * (lags + 1) + lags)


def hurst_gradient_features(
    x: Tensor, observed: Tensor, differences: Tensor, valid: Tensor, windows: tuple[int, ...], stride: int
) -> list[Tensor]:
    """Over windows and the whole track, how differences go with the pulls: (k, features, tokens) in parts.

    Args:
        x: (k, 1, L) positions from the first on, in typical steps; zero where missing.
        observed: (k, 1, L) 1 where observed, else 0.
        differences: (k, lags, L) centred first differences.
        valid: (k, lags, L) where both of their frames were observed.
        windows: their lengths, even.
        stride: frames of a token, even.
    """
    both = valid * observed
    energy = differences.square() * both
    parts = []
    for number, pull in enumerate(_gradient_terms(x, observed)):
        squared = pull.square()
        sums = [differences * pull * both, energy, squared * both, squared]
        if number == 0:
            sums += [energy * squared, both]
        sums = [in_pairs(v) for v in sums]
        for mean in (_over(window, stride) for window in (*windows, None)):
            together, own, its, size, *rough = (mean(v) for v in sums)
            parts += [together * torch.rsqrt((own + FLOOR) * (its + FLOOR)), 0.5 * torch.log(size + FLOOR)]
            if rough:
                product, share = rough
                parts.append(0.5 * torch.log((product * share + FLOOR) / (own * its + FLOOR)))
    return parts


def _gradient_terms(x: Tensor, observed: Tensor) -> list[Tensor]:
    """What carries the path along, (k, 1, L) each, zero where it was not observed."""
    pulls = [x * torch.log(torch.cumsum(torch.ones_like(observed), dim=2)) * observed]
    for frames in _AROUND:
        total, share = (functional.avg_pool1d(v, frames + 1, 1, frames // 2) for v in (x * observed, observed))
        pulls.append((x - total / (share + FLOOR)) * observed)
    return pulls


def in_pairs(v: Tensor) -> Tensor:
    """(k, c, L / 2) means of frames two by two: `around` then has half as much to add up."""
    return functional.avg_pool1d(v, 2, 2)


def around(pairs: Tensor, window: int, stride: int) -> Tensor:
    """(k, c, tokens) means over a window of so many frames around every token; beyond the ends all is zero."""
    return functional.avg_pool1d(pairs, window // 2, stride // 2, (window - stride) // 4)


def _over(window: int | None, stride: int) -> Callable[[Tensor], Tensor]:
    """Means of pairs around every token; over the whole track where there is no window."""
    if window is None:
        return lambda v: v.mean(dim=2, keepdim=True).expand(-1, -1, 2 * v.shape[2] // stride)
    return lambda v: around(v, window, stride)
