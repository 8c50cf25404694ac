"""Simulated multifractional Brownian tracks without end: every batch has new Hurst functions and new paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.features.scale_free import error_features, scale_free, typical_step
from perrin.processes.hurst import FAMILIES, HurstPrior, Span
from perrin.result.scoring import scores
from perrin.simulate.harmonizable import sample_paths
from perrin.train.batch import Batch
from perrin.train.score import paper_signals
from perrin.types import BoolArray, FloatArray, Json
from perrin.weights import load

_AXIS_SHARES: Final = (0.75, 0.17, 0.08)


@final
@dataclass(frozen=True)
class MfbmStream:
    """The training prior of `mfbm-net`; `batch` makes the batch of a step, the same whenever it is asked for.

    Attributes:
        seed: of the whole stream.
        points: positions of one axis in a batch; its tracks share length and dimension.
        lengths: lengths of tracks and how likely each is.
        families: how likely each family of Hurst functions is.
        fast: rates of change are drawn with uniform logarithm between these, so slow and fast are equally common.
        noisy: share of tracks with localisation error.
        ratio: range of its ratio to the one-frame step, of uniform logarithm.
        told_zero, told: how often the network is told that there is no error, or how large it is.
        gaps: share of tracks with missing frames.
        missing: largest share of frames missing in them.
        early: what was different before, phase by phase: the step at which it ended (`until`), and the settings.
    """

    seed: int
    points: int = 16384
    lengths: dict[int, float] = field(default_factory=lambda: {512: 1.0})
    families: dict[str, float] = field(default_factory=lambda: dict.fromkeys(FAMILIES, 1.0))
    noisy: float = 0.32
    ratio: tuple[float, float] = (0.05, 3.0)
    told_zero: float = 0.75
    told: float = 0.3
    gaps: float = 0.2
    missing: float = 0.4
    early: tuple[Mapping[str, Any], ...] = ()

    @property
    def prior(self) -> HurstPrior:
        """The paper's families; rates of uniform logarithm; half of the periodic functions start anywhere."""
        return HurstPrior(
            weights=self.families, steepness=Span(5, 300, log=True), angular=Span(1, 100, log=True), phase=0.5,
            spread=Span(0.05, 1.0, log=True), reversion=Span(0.3, 100, log=True), switching=Span(0.3, 10, log=True),
            smoothing=Span(1, 300, log=True),
        )  # fmt: skip

    def batch(self, step: int) -> Batch:
        """Inputs of `MfbmNetModule` and the truth: H(t) (n, T) and log(scale / typical step) (n,)."""
        for phase in self.early:
            if step < phase["until"]:
                return replace(self, early=(), **{k: v for k, v in phase.items() if k != "until"}).batch(step)
        rng = np.random.default_rng([self.seed, step])
        chances = np.array(list(self.lengths.values()))
        length = int(rng.choice(list(self.lengths), p=chances / chances.sum()))
        axes = 1 + int(rng.choice(3, p=_AXIS_SHARES))
        n = max(self.points // length, 1)
        hurst = self.prior.draw(n, length, rng)
        paths = sample_paths(np.repeat(hurst, axes, axis=0), rng, single=True).reshape(n, axes, length)
        return observe(
            paths, hurst, self._errors(n, axes, rng), self._error_known(n, rng), self._observed(n, length, rng), rng
        )

    def measure(self, model: Path) -> Json:
        """Errors and coverage of H over this prior, and on the signals of the paper, 500 each."""
        return {
            "over the prior": self._over_the_prior(model),
            "signals of the paper": paper_signals(MfbmNet(sigma=0.0, model=str(model))),
        }

    def _over_the_prior(self, model: Path, batches: int = 60) -> Json:
        """Mean, intervals and scale against the truth, for all tracks and by what was told of the error."""
        session = load(str(model)).session
        names = [i.name for i in session.get_inputs()]
        rows: dict[str, list[Any]] = {"all": [], "no error, told": [], "error not told": [], "error told": []}
        inside = []
        for step in range(batches):
            batch = replace(self, points=4096).batch(step)
            mean, bands, scale, *_ = session.run(None, dict(zip(names, batch.inputs, strict=True)))
            known, zero = batch.inputs[2][:, 0, 0] > 0, batch.inputs[2][:, 0, 1] > 0
            parts = {"all": known | True, "no error, told": zero, "error not told": ~known, "error told": known & ~zero}
            for part, chosen in parts.items():
                columns = (batch.targets[0], mean, bands[..., 0], bands[..., -1])
                rows[part].append([column[chosen].ravel() for column in columns])
            inside.append((scale[:, 0] <= batch.targets[1]) & (batch.targets[1] <= scale[:, -1]))
        found = {part: scores(*(np.concatenate(column) for column in zip(*r, strict=True))) for part, r in rows.items()}
        return {**found, "coverage of the scale": float(np.concatenate(inside).mean())}

    def _errors(self, n: int, axes: int, rng: np.random.Generator) -> FloatArray:
        """(n, axes) localisation error of each axis in units of the one-frame step; the third axis has more."""
        low, high = np.log(self.ratio)
        errors = np.exp(rng.uniform(low, high, (n, 1))) * (rng.random((n, 1)) < self.noisy)
        factors = np.ones((n, axes))
        if axes == 3:
            factors[:, 2] = np.exp(rng.uniform(0.0, np.log(4.0), n))
        return errors * factors

    def _error_known(self, n: int, rng: np.random.Generator) -> BoolArray:
        return rng.random((n, 2)) < (self.told_zero, self.told)

    def _observed(self, n: int, length: int, rng: np.random.Generator) -> BoolArray:
        """(n, length) frames that were seen: single ones missing, or runs of them; never the first or the last."""
        share = rng.uniform(0.0, self.missing, (n, 1)) * (rng.random((n, 1)) < self.gaps)
        run = np.exp(rng.uniform(0.0, np.log(8.0), (n, 1)))
        lost = rng.random((n, length)) < share / run
        reach = np.ceil(run * rng.exponential(1.0, (n, length))) * lost
        end = np.maximum.accumulate(np.where(lost, np.arange(length) + reach, 0), axis=1)
        observed = np.arange(length) >= end
        observed[:, [0, -1]] = True
        return observed


def observe(
    paths: FloatArray,
    hurst: FloatArray,
    errors: FloatArray,
    error_known: BoolArray,
    observed: BoolArray,
    rng: np.random.Generator,
) -> Batch:
    """What a network sees of (n, d, T) `paths` of unit one-frame variance, with the truth."""
    noisy = paths + errors[:, :, None] * rng.standard_normal(paths.shape)
    scale = typical_step(noisy, observed)
    known = np.where(errors.any(axis=1), error_known[:, 1], error_known[:, 0])
    return Batch(
        inputs=(
            scale_free(noisy, observed, scale),
            observed.astype(np.float32),
            error_features(errors / scale[:, None], known),
        ),
        targets=(hurst.astype(np.float32), -np.log(scale).astype(np.float32)),
    )
