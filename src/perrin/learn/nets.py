"""Networks that learn from windows themselves: over scalograms, over steps in turn, over steps with attention.

They need torch (the `learn` extra) and are for comparison (`perrin bench wavelets`): up to 10,000 windows, trees over
numbers are better. All see the steps of a window in units of their root mean square, in a random direction each time.

- `wavelet-net`: log-scalograms (computed in the network, axes together) → convolutions over time, pooled at the end.
- `recurrent-net`: three layers of gated recurrent units of 64, as Wang, Zhang & Huang (2025) compare with.
- `attention-net`: convolutions, then two layers of attention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

import numpy as np
import torch
from torch import nn

from perrin.estimate.learned import Windows
from perrin.learn.contract import Fitted, Learner, Seen
from perrin.represent.wavelet import DEFAULT, FilterBank
from perrin.types import FloatArray

_BATCH: Final = 64
_RATE: Final = 2e-3
_ROUNDS: Final = 40
_STEPS: Final = (400, 4_000)
"""Fewest and most steps of training; between them, every window is seen 40 times."""
_WIDTH: Final = 64


@final
@dataclass(frozen=True)
class Net(Learner):
    """A network of one of three kinds.

    Attributes:
        kind: wavelet, recurrent or attention.
        bank: of the scalograms.
    """

    kind: str
    bank: FilterBank = DEFAULT

    name: ClassVar[str] = "net"
    title: ClassVar[str] = "a network"
    route: ClassVar[str] = "trajectory"

    def see(self, windows: Windows) -> Seen:
        """(k, d, T - 1) steps, shorter windows filled with zeros at their end."""
        longest = max(places.shape[2] for _, places in windows.groups) - 1
        d = windows.groups[0][1].shape[1]
        found = np.zeros((windows.size, d, longest), dtype=np.float32)
        for rows, places in windows.groups:
            found[rows, :, : places.shape[2] - 1] = _unit_steps(places)
        return found[windows.usable]

    def fit(self, seen: Seen, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Fitted:
        """Train."""
        torch.manual_seed(seed)
        rng = np.random.default_rng([seed, 3])
        net = _network(self.kind, seen.shape[1], seen.shape[2], classes or 1, self.bank)
        steps = int(np.clip(_ROUNDS * len(seen) // _BATCH, *_STEPS))
        middle = 0.0 if classes else float(np.average(target, weights=weight))
        goal = torch.as_tensor(target, dtype=torch.long) if classes else torch.as_tensor(target - middle).float()
        heavy = torch.as_tensor(weight / weight.mean()).float()
        optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=1e-2)
        plan = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=0.1)
        for _ in range(steps):
            rows = rng.integers(0, len(seen), _BATCH)
            out = net(torch.as_tensor(_turned(seen[rows], rng)))
            if classes:
                loss = torch.nn.functional.cross_entropy(out, goal[rows], reduction="none", label_smoothing=0.05)
            else:
                loss = torch.nn.functional.smooth_l1_loss(out[:, 0], goal[rows], reduction="none", beta=0.2)
            optimiser.zero_grad()
            (loss * heavy[rows]).mean().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            plan.step()
        return _Trained(net.eval(), classes, middle)


@final
@dataclass(frozen=True)
class _Trained(Fitted):
    net: Any
    classes: int
    middle: float

    def predict(self, seen: Seen) -> FloatArray:
        with torch.no_grad():
            parts = [self.net(torch.as_tensor(seen[i : i + 256])) for i in range(0, len(seen), 256)]
            out = torch.cat(parts)
            if self.classes:
                return np.asarray(torch.softmax(out, dim=1).numpy(), dtype=np.float64)
            return np.asarray(out[:, 0].numpy(), dtype=np.float64) + self.middle


def wavelet_net() -> Net:
    """Convolutions over log-scalograms."""
    return Net("wavelet")


def recurrent_net() -> Net:
    """Gated recurrent units over steps."""
    return Net("recurrent")


def attention_net() -> Net:
    """Convolutions and attention over steps."""
    return Net("attention")


def _unit_steps(places: FloatArray) -> Seen:
    """(k, d, T - 1) steps of windows (k, d, T) in units of their root mean square, in single precision."""
    steps = np.diff(places, axis=2)
    unit = np.sqrt(np.mean(steps**2, axis=(1, 2), keepdims=True))
    return np.asarray(steps / np.where(unit > 0, unit, 1.0), dtype=np.float32)


def _turned(steps: Seen, rng: np.random.Generator) -> Seen:
    """Each window turned, and perhaps mirrored, at random."""
    frame = np.linalg.qr(rng.standard_normal((len(steps), steps.shape[1], steps.shape[1])))[0]
    frame *= rng.choice([-1.0, 1.0], (len(steps), 1, steps.shape[1]))
    return np.asarray(frame @ steps, dtype=np.float32)


def _network(kind: str, d: int, steps: int, outputs: int, bank: FilterBank) -> nn.Module:
    """A module from steps (k, d, T - 1) to (k, outputs)."""
    if kind == "wavelet":
        return nn.Sequential(_Scalogram(bank, steps + 1), _convolutions(_channels(bank)), _Pool(), _head(outputs))
    if kind == "recurrent":
        return nn.Sequential(_Recurrent(d), nn.Linear(_WIDTH, outputs))
    body = nn.Sequential(
        nn.Conv1d(d, _WIDTH, 5, stride=2, padding=2), nn.GELU(), nn.Conv1d(_WIDTH, _WIDTH, 5, padding=2), nn.GELU()
    )
    return nn.Sequential(body, _Attention((steps + 1) // 2), _Pool(), _head(outputs))


def _channels(bank: FilterBank) -> int:
    return len(bank.families) * len(bank.scales)


def _convolutions(channels: int) -> nn.Module:
    layers: list[Any] = [nn.Conv1d(channels, _WIDTH, 1)]
    for dilation in (1, 2, 4):
        layers += [
            nn.GroupNorm(8, _WIDTH),
            nn.GELU(),
            nn.Conv1d(_WIDTH, _WIDTH, 5, padding=2 * dilation, dilation=dilation),
        ]
    return nn.Sequential(*layers, nn.GELU())


def _head(outputs: int) -> nn.Module:
    return nn.Sequential(nn.Dropout(0.2), nn.Linear(3 * _WIDTH, _WIDTH), nn.GELU(), nn.Linear(_WIDTH, outputs))


@final
class _Pool(nn.Module):
    """Mean, largest value and spread over time."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([x.mean(dim=2), x.amax(dim=2), x.std(dim=2)], dim=1)


@final
class _Recurrent(nn.Module):
    """What three layers of gated recurrent units hold at the end."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.units = nn.GRU(d, _WIDTH, num_layers=3, batch_first=True, dropout=0.1)

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        held: torch.Tensor = self.units(steps.transpose(1, 2))[0]
        return held[:, -1]


@final
class _Attention(nn.Module):
    """Two layers of attention over places that know where they are."""

    def __init__(self, places: int) -> None:
        super().__init__()
        self.place = nn.Parameter(0.02 * torch.randn(1, places, _WIDTH))
        layer = nn.TransformerEncoderLayer(_WIDTH, 4, 2 * _WIDTH, dropout=0.1, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen: torch.Tensor = self.layers(x.transpose(1, 2) + self.place)
        return seen.transpose(1, 2)


@final
class _Scalogram(nn.Module):
    """log|W|² of positions, axes together, as a linear layer on them: (k, families · scales, T)."""

    def __init__(self, bank: FilterBank, frames: int) -> None:
        super().__init__()
        self.frames = frames
        # The transform of a unit pulse at each frame is a row of the matrix that transforms everything.
        response = bank.transform(np.eye(frames)).reshape(frames, -1)
        self.real, self.imaginary = (torch.as_tensor(part.copy()).float() for part in (response.real, response.imag))

    def forward(self, steps: torch.Tensor) -> torch.Tensor:
        places = nn.functional.pad(torch.cumsum(steps, dim=2), (1, 0))
        places = places - places.mean(dim=2, keepdim=True)
        places = places / (places.square().mean(dim=(1, 2), keepdim=True).sqrt() + 1e-6)
        power = (places @ self.real).square().sum(dim=1) + (places @ self.imaginary).square().sum(dim=1)
        return torch.log(power.reshape(len(steps), -1, self.frames) + 1e-5)
