"""H(t) as a mixture over what kind of function it is: a constant, a straight line, or anything else.

By the law of total expectation E[H(t)] is the sum over kinds of their chance times E[H(t) | kind], and given that H is
a line, E[H(t)] is one too: two numbers, which the whole track tells. A network that answers frame by frame leaves
wiggles in them that are noise; here it only has to find out that H is a line.
"""

from __future__ import annotations

from typing import Final, final

import torch
from torch import Tensor, nn

KINDS: Final = ("constant", "linear", "other")
_SAME: Final = 1e-3
"""Functions that differ by less are one."""
_DEGREES: Final = 9
_ROUGH: Final = (1, 2, 4)
"""What remains of the first answer without so many of its Legendre polynomials."""
_CAUTION: Final = 3.0
"""Before training H may be anything: the logarithm of the odds."""
_GENTLE: Final = 0.1
"""One unit of what the layer tells moves logits by so much."""
_NODES: Final = 3
"""Widths of a band are told at the start, the middle and the end."""


def kinds(hurst: Tensor) -> Tensor:
    """(n,) the number in KINDS of (n, T) Hurst functions."""
    share = torch.linspace(0, 1, hurst.shape[1])
    chord = hurst[:, :1] + (hurst[:, -1:] - hurst[:, :1]) * share
    flat = hurst.amax(dim=1) - hurst.amin(dim=1) < _SAME
    straight = (hurst - chord).abs().amax(dim=1) < _SAME
    return torch.where(flat, 0, torch.where(straight, 1, 2))


@final
class ByFamily(nn.Module):
    """Reads a first answer and what it was made of, and answers once more: kind by kind.

    Args:
        fine, coarse: channels of the tokens it reads.
        width: of its hidden layers.
    """

    def __init__(self, fine: int, coarse: int, width: int = 64) -> None:
        super().__init__()
        numbers = fine + coarse + _DEGREES + len(_ROUGH) + 2
        self.read = nn.Sequential(
            nn.LayerNorm(numbers), nn.Linear(numbers, width), nn.GELU(), nn.Linear(width, width), nn.GELU()
        )
        self.parts = [len(KINDS), 3, 2, 2 * 2 * _NODES]
        self.tell = nn.Linear(width, sum(self.parts))
        nn.init.zeros_(self.tell.weight)
        nn.init.zeros_(self.tell.bias)
        with torch.no_grad():
            self.tell.bias[len(KINDS) - 1] = _CAUTION

    def forward(
        self, fine: Tensor, coarse: Tensor, hurst: Tensor, bands: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The answer by kinds.

        Args:
            fine: (n, channels) tokens of four frames, averaged over the track.
            coarse: (n, channels) tokens of sixteen.
            hurst: (n, T) first answer, E[H(t) | other].
            bands: (n, T, 7) its quantiles, as logits.

        Returns:
            (n, T) mean of H; (n, T, 7) its quantiles, as logits; (n, 3) chances of KINDS; (n, 2, T) E[H(t)] if
            it is constant, and if it is linear.
        """
        place, length = _places(hurst)
        polynomials = _legendre(place)
        shape = (hurst @ polynomials.T) * (2 * torch.arange(_DEGREES) + 1) / length
        numbers = torch.cat([fine, coarse, _described(hurst, bands, shape, polynomials)], dim=1)
        chance, moved, shift, stretch = torch.split(self.tell(self.read(numbers)), self.parts, dim=1)
        chance = torch.softmax(chance, dim=1)
        levels = torch.stack([shape[:, 0], shape[:, 0] - shape[:, 1], shape[:, 0] + shape[:, 1]], dim=1)
        level, start, end = torch.sigmoid(_logit(levels) + _GENTLE * moved).chunk(3, dim=1)
        share = (place + 1) / 2
        curves = torch.stack([level.expand_as(hurst), start + (end - start) * share], dim=1)
        wide = torch.exp(_GENTLE * stretch.reshape(-1, 2, 2, _NODES) @ _hats(place))
        simple = (_logit(curves) + _GENTLE * shift[:, :, None])[..., None] + _spread(bands, wide)
        both, other = chance[:, :2, None], chance[:, 2:]
        mean = (both * curves).sum(dim=1) + other * hurst
        quantiles = (both[..., None] * simple).sum(dim=1) + other[..., None] * bands
        return mean, quantiles, chance, curves


def _places(hurst: Tensor) -> tuple[Tensor, Tensor]:
    """(T,) middles of the frames between -1 and 1, and their number."""
    frames = torch.cumsum(torch.ones_like(hurst[0]), dim=0)
    length = frames[-1]
    return (2 * frames - 1) / length - 1, length


def _legendre(place: Tensor) -> Tensor:
    """(degrees, T) Legendre polynomials."""
    found = [torch.ones_like(place), place]
    for k in range(1, _DEGREES - 1):
        found.append(((2 * k + 1) * place * found[k] - k * found[k - 1]) / (k + 1))
    return torch.stack(found)


def _described(hurst: Tensor, bands: Tensor, shape: Tensor, polynomials: Tensor) -> Tensor:
    """The first answer in numbers of about one: its shape, what smooth functions leave of it, width, length."""
    left = [(hurst - shape[:, :k] @ polynomials[:k]).square().mean(dim=1, keepdim=True) for k in _ROUGH]
    width = (torch.sigmoid(bands[..., -1]) - torch.sigmoid(bands[..., 0])).mean(dim=1, keepdim=True)
    length = torch.ones_like(hurst).sum(dim=1, keepdim=True)
    return torch.cat(
        [5 * shape, 0.5 * torch.log(torch.cat(left, dim=1) + 1e-7), torch.log(width + 1e-3), torch.log(length)], dim=1
    )


def _spread(bands: Tensor, wide: Tensor) -> Tensor:
    """(n, 2, T, 7) quantiles beside the median: those of the first answer, wider by (n, 2, 2, T) below and above."""
    usual = (bands - bands[..., 3:4]).mean(dim=1)[:, None, None]
    below, above = wide[:, :, 0, :, None], wide[:, :, 1, :, None]
    return torch.cat([usual[..., :4] * below, usual[..., 4:] * above], dim=3)


def _hats(place: Tensor) -> Tensor:
    """(3, T) weights of start, middle and end, linear between them."""
    return torch.stack([torch.relu(-place), 1 - place.abs(), torch.relu(place)])


def _logit(hurst: Tensor) -> Tensor:
    inside = hurst.clamp(0.005, 0.995)
    return torch.log(inside / (1 - inside))
