"""A recipe: which net, on which stream, by which loss and schedule. All that made a set of weights, in one file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module, resources
from pathlib import Path
from typing import Any, Final, Self, final

from perrin.errors import InputError
from perrin.train.batch import Stream

NETS: Final[dict[str, str]] = {
    "mfbm-net": "perrin.train.nets.mfbm_net:MfbmNetModule",
    "mfbm-cnn": "perrin.train.nets.mfbm_cnn:MfbmCnnModule",
    "h-lstm": "perrin.train.nets.tandem:HLstm",
    "d-lstm": "perrin.train.nets.tandem:DLstm",
    "h-lstm-paper": "perrin.train.nets.tandem:HLstmPaper",
}
"""Networks by the kind that recipes name; who trains another one by a recipe of their own adds it."""
STREAMS: Final[Mapping[str, str]] = {
    "mfbm": "perrin.train.streams.mfbm:MfbmStream",
    "mfbm-paper": "perrin.train.streams.mfbm_paper:MfbmPaperStream",
    "windows": "perrin.train.streams.windows:WindowStream",
    "windows-paper": "perrin.train.streams.windows_paper:WindowPaperStream",
}
LOSSES: Final[Mapping[str, str]] = {
    "hurst": "perrin.train.losses:HurstLoss",
    "hurst-by-family": "perrin.train.losses:HurstByFamily",
    "mean-squared": "perrin.train.losses:MeanSquared",
    "mean-and-quantiles": "perrin.train.losses:MeanAndQuantiles",
}


@final
@dataclass(frozen=True)
class Plateau:
    """Lower the rate where the held-out loss no longer falls, and stop where that does not help.

    Attributes:
        every: steps between looks, an epoch.
        patience: looks without progress before the rate is lowered.
        factor: by which it is.
        stop: looks without progress before training ends.
        least: the factors together go no lower.
    """

    every: int
    patience: int
    factor: float
    stop: int
    least: float = 0.0

    def factor_after(self, looks: Sequence[float]) -> float:
        """What the rate is multiplied by after these held-out losses, oldest first."""
        best, stagnant, factor = float("inf"), 0, 1.0
        for look in looks:
            stagnant = 0 if look < best else stagnant + 1
            best = min(best, look)
            if stagnant and stagnant % self.patience == 0:
                factor = max(factor * self.factor, self.least)
        return factor

    def ended(self, looks: Sequence[float]) -> bool:
        """Whether the best of these held-out losses is `stop` looks old."""
        return len(looks) > self.stop and min(looks[-self.stop :]) >= min(looks[: -self.stop])


@final
@dataclass(frozen=True)
class Schedule:
    """How long, and how fast.

    The rate rises over `warmup` steps, stays, and falls to zero over the last `cooldown` of all steps, as one minus
    a square root. The plateau has no memory of the total, so a run can be lengthened before its fall begins.

    Attributes:
        steps: steps in all.
        rate: learning rate of AdamW on the plateau.
        betas: its memory of gradients and of their squares.
        warmup: steps of the rise.
        cooldown: share of the steps in which the rate falls.
        decay: weight decay.
        clip: largest norm of a gradient.
        average: decay of the running mean of the weights, which is what is kept.
        half: compute layers in bfloat16 (weights stay float32), where the processor has units for it.
        looks: batches of held-out data that the averaged network is looked at on.
        plateau: lower the rate by what is seen on held-out data.
    """

    steps: int
    rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.98)
    warmup: int = 1000
    cooldown: float = 0.2
    decay: float = 0.01
    clip: float = 1.0
    average: float = 0.999
    half: bool = True
    looks: int = 24
    plateau: Plateau | None = None

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Self:
        """From a recipe's table; raises TypeError where it has another entry."""
        settings = _tuples(table)
        if "plateau" in settings:
            settings["plateau"] = Plateau(**settings["plateau"])
        return cls(**settings)

    def rate_at(self, step: int) -> float:
        """Learning rate of a step."""
        if step < self.warmup:
            return self.rate * (step + 1) / self.warmup
        fall = int(self.steps * self.cooldown)
        into = step - (self.steps - fall)
        return self.rate if into <= 0 else self.rate * max(1 - (into / fall) ** 0.5, 0.0)


@final
@dataclass(frozen=True)
class Recipe:
    """A recipe as read from its file; parts are made by `net`, `stream` and `loss`.

    Attributes:
        name, seed: of the recipe.
        schedule: how long, how fast.
        parts: settings of the net, the stream and the loss.
        text: the file.
        begins: name of the recipe whose trained weights it begins from; None where it begins from nothing.
    """

    name: str
    seed: int
    schedule: Schedule
    parts: Mapping[str, Mapping[str, Any]]
    text: str
    begins: str | None = None

    @classmethod
    def parse(cls, text: str, *, file: str | Path | None = None) -> Self:
        """Read a recipe. Raises InputError that names what is missing, unknown or of the wrong kind."""
        try:
            table = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"is not a recipe ({error})", file=file, remedy="A recipe is a TOML file.") from None
        known = {"name", "seed", "schedule", "net", "stream", "loss"}
        if set(table) - {"begins"} != known:
            wrong = ", ".join(sorted(known ^ (set(table) - {"begins"})))
            raise InputError(
                f"is not a recipe. Missing or unknown entries: {wrong}",
                file=file,
                remedy=f"A recipe has the entries {sorted(known)}",
            )
        try:
            schedule = Schedule.of(table["schedule"])
        except TypeError as error:
            raise InputError(f"the schedule of the recipe: {error}", file=file) from None
        parts = {part: table[part] for part in ("net", "stream", "loss")}
        return cls(table["name"], table["seed"], schedule, parts, text, table.get("begins"))

    def continues(self, other: Recipe, step: int) -> bool:
        """Whether `step` steps of a run of `other` are the first ones of a run of this.

        Steps in all may differ, and what the stream becomes later.
        """
        mine = replace(self, schedule=replace(self.schedule, steps=other.schedule.steps), text=other.text)
        return mine._as_before(step) == other._as_before(step)

    def _as_before(self, step: int) -> Recipe:
        """The recipe with all that the stream was before `step`, and nothing of what it is afterwards."""
        last = {key: value for key, value in self.parts["stream"].items() if key != "early"}
        phases: list[Any] = []
        for phase in (*self.parts["stream"].get("early", ()), {"until": step}):
            if not phases or phases[-1][0] < step:
                phases.append((min(phase["until"], step), last | {k: v for k, v in phase.items() if k != "until"}))
        return replace(self, parts={**self.parts, "stream": {"phases": phases}})

    def net(self) -> Any:
        """A new network, its weights drawn with the recipe's seed."""
        import torch

        torch.manual_seed(self.seed)
        return _make(NETS, "net", _tuples(self.parts["net"]))

    def stream(self, seed: int | None = None) -> Stream:
        """The stream of training data; another seed gives data that training never sees, like those of its end."""
        settings = _tuples(self.parts["stream"])
        if seed is not None:
            settings.pop("early", None)
        if "lengths" in settings:
            settings["lengths"] = {int(length): share for length, share in settings["lengths"].items()}
        found: Stream = _make(STREAMS, "stream", settings | {"seed": self.seed if seed is None else seed})
        return found

    def loss(self) -> Any:
        """What is made small: a function of the network's outputs and the targets."""
        return _make(LOSSES, "loss", _tuples(self.parts["loss"]))


def _tuples(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


def _make(registry: Mapping[str, str], what: str, settings: Mapping[str, Any]) -> Any:
    kind = str(settings.get("kind"))
    if kind not in registry:
        raise InputError(f"unknown {what} {kind!r}", remedy=f"Choose one of: {', '.join(registry)}.")
    module, _, name = registry[kind].partition(":")
    try:
        return getattr(import_module(module), name)(**{k: v for k, v in settings.items() if k != "kind"})
    except TypeError as error:
        raise InputError(f"the {what} of the recipe: {error}") from None


def recipes() -> list[str]:
    """Names of the recipes that come with perrin."""
    folder = resources.files("perrin.train") / "recipes"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def load_recipe(name: str) -> Recipe:
    """The recipe of that name, or in that file. Raises InputError listing the recipes there are."""
    path = Path(name)
    if path.suffix == ".toml":
        if not path.is_file():
            raise InputError("does not exist", file=path, remedy=f"Choose one of the recipes {', '.join(recipes())}.")
        return Recipe.parse(path.read_text(encoding="utf-8"), file=path)
    if name not in recipes():
        raise InputError(f"unknown recipe {name!r}", remedy=f"Choose one of: {', '.join(recipes())}, or give a file.")
    text = (resources.files("perrin.train") / "recipes" / f"{name}.toml").read_text(encoding="utf-8")
    return Recipe.parse(text)
