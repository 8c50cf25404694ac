"""How every network learns from windows: steps of unit size, turned and blurred anew each time, AdamW in one cycle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, final

import numpy as np
import torch
from torch import nn

from perrin.estimate.learned import FrameWindows
from perrin.estimate.learned.features import STEPS, of_unit_size, unit_steps, window_features
from perrin.learn.contract import Features, Fitted, Learner
from perrin.learn.nets.portable import FittedNet
from perrin.types import FloatArray

WIDTH: Final = 64
"""Channels of every network."""
_BATCH: Final = 64
_STEPS: Final = 625
_GROWTH: Final = 0.6
_FEWEST: Final = 400
"""Steps of training: 625 for 1,000 windows (each is seen 40 times), times (k/1,000)^.6 for k, and never below 400."""
_BLURRED: Final = 0.5
_LARGEST_BLUR: Final = 0.3
"""Half of the windows get localisation error of up to .3 typical steps: neither alpha nor the kind changes with it."""

Body = Callable[[int, int], nn.Module]
"""From dimension and number of steps to a module that makes a row of numbers of each (d, steps)."""


@final
@dataclass(frozen=True)
class Net(Learner):
    """A network.

    Attributes:
        kind: what it is, for people.
        body: what it makes of the steps of windows; a linear layer follows.
        numbers: how many numbers the body gives.
        rate: largest learning rate.
    """

    kind: str
    body: Body
    numbers: int
    rate: float = 2e-3

    name: ClassVar[str] = "net"
    title: ClassVar[str] = "a network"
    route: ClassVar[str] = "trajectory"
    portable: ClassVar[bool] = True
    kinds: ClassVar[tuple[str, ...]] = ("posterior", "statistics")
    """Numbers that it does not look at: windows are known again by them."""

    def features(self, windows: FrameWindows) -> Features:
        """(k, d, n - 1) steps, in units of their root mean square."""
        return unit_steps(windows)[windows.usable]

    def describe(self, windows: FrameWindows, features: Features) -> Features:
        """Numbers of the exact posterior and classical statistics: in thousands of steps no border could be drawn."""
        del features
        return window_features(self.kinds, windows)[windows.usable]

    def fit(self, features: Features, target: FloatArray, *, classes: int, weight: FloatArray, seed: int) -> Fitted:
        """Train, in single precision: not every processor is fast in bfloat16."""
        torch.manual_seed(seed)
        rng = np.random.default_rng([seed, 3])
        net = nn.Sequential(self.body(features.shape[1], features.shape[2]), nn.Linear(self.numbers, classes or 1))
        steps = max(_FEWEST, round(_STEPS * (len(features) / 1_000) ** _GROWTH))
        middle = 0.0 if classes else float(np.average(target, weights=weight))
        goal = torch.as_tensor(target, dtype=torch.long) if classes else torch.as_tensor(target - middle).float()
        heavy = torch.as_tensor(weight / weight.mean()).float()
        optimizer = torch.optim.AdamW(net.parameters(), lr=self.rate, weight_decay=1e-2, fused=True)
        plan = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=steps, pct_start=0.1)
        for _ in range(steps):
            rows = rng.integers(0, len(features), _BATCH)
            out = net(torch.as_tensor(blurred(turned(features[rows], rng), rng)))
            loss = _loss(out, goal[rows], bool(classes))
            optimizer.zero_grad()
            (loss * heavy[rows]).mean().backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            plan.step()
        return FittedNet(net.eval(), classes, middle, self.kind, (*self.kinds, STEPS), features.shape[1:])


def turned(steps: Features, rng: np.random.Generator) -> Features:
    """Each window turned, and perhaps mirrored, at random."""
    frame = np.linalg.qr(rng.standard_normal((len(steps), steps.shape[1], steps.shape[1])))[0]
    frame *= rng.choice([-1.0, 1.0], (len(steps), 1, steps.shape[1]))
    return np.asarray(frame @ steps, dtype=np.float32)


def blurred(steps: Features, rng: np.random.Generator) -> Features:
    """Half of the windows with more localisation error than they have, in units of their new root mean square."""
    k, d, m = steps.shape
    size = rng.uniform(0, _LARGEST_BLUR, (k, 1, 1)) * (rng.random((k, 1, 1)) < _BLURRED)
    return of_unit_size(steps + np.diff(size * rng.standard_normal((k, d, m + 1)), axis=2))


def _loss(out: torch.Tensor, goal: torch.Tensor, classify: bool) -> torch.Tensor:
    """(k,) loss of each window."""
    if classify:
        return nn.functional.cross_entropy(out, goal, reduction="none", label_smoothing=0.05)
    return nn.functional.smooth_l1_loss(out[:, 0], goal, reduction="none", beta=0.2)
