"""The training loop: simulate, step, average, look at fresh data now and then, and survive being stopped."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, final

import torch
from torch import nn

from perrin.errors import InputError
from perrin.train.batch import Batch
from perrin.train.checkpoint import FILE, State, inherit, written
from perrin.train.recipe import Recipe, Schedule

RECIPE: Final = "recipe.toml"
CURVE: Final = "curve.jsonl"
_CAN_HALF: Final = torch.backends.cpu.get_cpu_capability().startswith("AVX512")
"""Without these units bfloat16 is slower than single precision, and torch has no LSTM for it."""


@final
@dataclass(frozen=True)
class Progress:
    """How a run stands.

    `loss` is the mean since the last report, `held_out` that of the averaged network on data of their own.
    """

    step: int
    steps: int
    tracks: int
    seconds: float
    rate: float
    loss: float
    held_out: float | None
    tracks_per_second: float
    seconds_left: float


def train(
    recipe: Recipe,
    folder: Path,
    *,
    resume: bool = False,
    steps: int | None = None,
    begin: Path | None = None,
    report: Callable[[Progress], None] = lambda _: None,
    every: int = 200,
    look_every: int = 2000,
    save_seconds: float = 180.0,
) -> State:
    """Train by `recipe` in `folder`, which keeps recipe.toml, checkpoint.npz and curve.jsonl.

    Args:
        recipe: what to do.
        folder: a new folder, or with `resume` one that holds a run of the same recipe; its steps may differ, and what
            its stream becomes after the steps that were made.
        resume: go on from the checkpoint; where there is none, start.
        steps: another total than the recipe's; the cool-down ends there.
        begin: folder of the run that a recipe which `begins` with another one begins from.
        report: called every `every` steps.
        every: steps between reports.
        look_every: steps between looks at held-out data, which go into the learning curve.
        save_seconds: seconds between checkpoints.

    Raises:
        InputError: where the folder is taken, or holds another recipe, or the run to begin from does not exist.
    """
    schedule = recipe.schedule if steps is None else replace(recipe.schedule, steps=steps)
    state = _begin(recipe, schedule, folder, resume, begin)
    stream, loss = recipe.stream(), recipe.loss()
    unseen = recipe.stream(seed=recipe.seed + 1_000_003)
    held_out = [unseen.batch(k) for k in range(schedule.looks)]
    losses, looks = [], _looks(folder / CURVE)
    if schedule.plateau is not None:
        look_every = schedule.plateau.every
    clock, last = _Clock(state), state.step >= schedule.steps
    while not last:
        rate = schedule.rate_at(state.step) * (schedule.plateau.factor_after(looks) if schedule.plateau else 1.0)
        losses.append(_step(state, stream.batch(state.step), loss, schedule, rate))
        clock.tick()
        last = state.step >= schedule.steps
        look = state.step % look_every == 0 or last
        if look:
            looks.append(_evaluate(state.average, held_out, loss, schedule))
            last = last or (schedule.plateau is not None and schedule.plateau.ended(looks))
        if look or state.step % every == 0:
            progress = clock.progress(schedule, rate, sum(losses) / len(losses), looks[-1] if look else None)
            losses.clear()
            report(progress)
            if look:
                with (folder / CURVE).open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(progress)) + "\n")
        if last or clock.since_saved() > save_seconds:
            state.write(folder)
            clock.saved = time.monotonic()
    return state


@dataclass
class _Clock:
    """How long a run takes, over all its sessions, and how fast this session is."""

    state: State

    def __post_init__(self) -> None:
        self.begun = self.saved = time.monotonic()
        self.before, self.first, self.tracks = self.state.seconds, self.state.step, self.state.tracks

    def tick(self) -> None:
        """After a step."""
        self.state.seconds = self.before + time.monotonic() - self.begun

    def since_saved(self) -> float:
        """Seconds since the last checkpoint."""
        return time.monotonic() - self.saved

    def progress(self, schedule: Schedule, rate: float, loss: float, held_out: float | None) -> Progress:
        """How the run stands."""
        state, spent = self.state, time.monotonic() - self.begun
        return Progress(
            step=state.step, steps=schedule.steps, tracks=state.tracks, seconds=state.seconds, rate=rate, loss=loss,
            held_out=held_out, tracks_per_second=(state.tracks - self.tracks) / spent,
            seconds_left=spent / (state.step - self.first) * (schedule.steps - state.step),
        )  # fmt: skip


def _begin(recipe: Recipe, schedule: Schedule, folder: Path, resume: bool, begin: Path | None) -> State:
    net = recipe.net()
    if not (folder / FILE).exists():
        if hasattr(net, "calibrate"):
            net.calibrate(recipe.stream())
        if recipe.begins is not None:
            source = begin or folder.parent / recipe.begins
            if not (source / FILE).is_file():
                raise InputError(
                    f"{recipe.name} begins from a run of {recipe.begins}, which does not exist", file=source,
                    remedy=f"Run perrin train {recipe.begins} first, or give its folder with --begin.",
                )  # fmt: skip
            inherit(net, source)
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=schedule.rate, weight_decay=schedule.decay, betas=schedule.betas, fused=True
    )  # fmt: skip
    state = State(net, copy.deepcopy(net).eval(), optimizer)
    kept = folder / RECIPE
    if kept.exists():
        if not resume:
            raise InputError(
                "already contains a run", file=folder, remedy="Use --resume to continue it, or choose another folder."
            )
        step = written(folder)["steps"] if (folder / FILE).exists() else 0
        if not recipe.continues(Recipe.parse(kept.read_text(encoding="utf-8"), file=kept), step):
            raise InputError("contains a run of another recipe", file=folder, remedy="Choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(recipe.text, encoding="utf-8")
    if (folder / FILE).exists():
        state.read(folder)
        _forget_beyond(folder / CURVE, state.step)
    return state


def _forget_beyond(curve: Path, step: int) -> None:
    """Drop the part of the learning curve that came after the checkpoint: it will be made again."""
    if curve.exists():
        lines = curve.read_text(encoding="utf-8").splitlines(keepends=True)
        curve.write_text("".join(line for line in lines if json.loads(line)["step"] <= step), encoding="utf-8")


def _looks(curve: Path) -> list[float]:
    """The held-out losses so far."""
    lines = curve.read_text(encoding="utf-8").splitlines() if curve.exists() else []
    return [float(json.loads(line)["held_out"]) for line in lines]


def _step(state: State, batch: Batch, loss: Any, schedule: Schedule, rate: float) -> float:
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    state.optimizer.zero_grad(set_to_none=True)
    value = _loss(state.net, batch, loss, schedule.half)
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.net.parameters(), schedule.clip)
    state.optimizer.step()
    state.step += 1
    state.tracks += len(batch)
    keep = min(schedule.average, state.step / (state.step + 10))
    with torch.no_grad():
        new = [w for w in state.net.state_dict().values() if w.is_floating_point()]
        old = [w for w in state.average.state_dict().values() if w.is_floating_point()]
        torch._foreach_lerp_(old, new, 1 - keep)
    return float(value.detach())


def _loss(net: nn.Module, batch: Batch, loss: Any, half: bool) -> torch.Tensor:
    inputs, targets = (tuple(torch.from_numpy(a) for a in part) for part in (batch.inputs, batch.targets))
    with torch.autocast("cpu", torch.bfloat16, enabled=half and _CAN_HALF):
        outputs: tuple[torch.Tensor, ...] = net(*inputs)
    assert isinstance(outputs, tuple), "losses would take the first track for the first output"
    value: torch.Tensor = loss(outputs, targets)
    return value


def _evaluate(net: nn.Module, batches: list[Batch], loss: Any, schedule: Schedule) -> float:
    with torch.no_grad():
        return sum(float(_loss(net, batch, loss, schedule.half)) for batch in batches) / len(batches)
