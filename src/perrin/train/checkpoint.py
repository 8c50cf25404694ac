"""The state of a training run on disk: arrays in one .npz, never pickled, renamed into place when complete."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, final

import numpy as np
import torch
from torch import nn

from perrin.errors import InputError
from perrin.types import Json

FILE = "checkpoint.npz"


@final
@dataclass(eq=False)
class State:
    """A network in training, its running mean, its optimiser, and how far it is."""

    net: nn.Module
    average: nn.Module
    optimizer: torch.optim.AdamW
    step: int = 0
    seconds: float = 0.0
    tracks: int = 0

    def write(self, folder: Path) -> None:
        """Write the checkpoint of this moment over the last one."""
        arrays: dict[str, Any] = {"step": self.step, "seconds": self.seconds, "tracks": self.tracks}
        for title, module in (("net", self.net), ("average", self.average)):
            arrays |= {f"{title}/{name}": value.numpy() for name, value in module.state_dict().items()}
        for name, weight in self.net.named_parameters():
            for moment in ("exp_avg", "exp_avg_sq"):
                if weight in self.optimizer.state:
                    arrays[f"{moment}/{name}"] = self.optimizer.state[weight][moment].numpy()
        partial = folder / f"{FILE}.partial"
        with partial.open("wb") as file:
            np.savez(file, **arrays)
        os.replace(partial, folder / FILE)

    def read(self, folder: Path) -> Self:
        """Take up the checkpoint in `folder`. Raises InputError where it is of another network."""
        with np.load(folder / FILE, allow_pickle=False) as arrays:
            stored = {name: arrays[name] for name in arrays.files}
        for title, module in (("net", self.net), ("average", self.average)):
            load_weights(module, stored, title, folder / FILE)
        self.step, self.seconds, self.tracks = int(stored["step"]), float(stored["seconds"]), int(stored["tracks"])
        for name, weight in self.net.named_parameters():
            if f"exp_avg/{name}" in stored:
                moments = {  # as the weight lies in memory: fused optimisers go through them side by side
                    moment: torch.empty_like(weight, requires_grad=False).copy_(
                        torch.from_numpy(stored[f"{moment}/{name}"])
                    )
                    for moment in ("exp_avg", "exp_avg_sq")
                }
                self.optimizer.state[weight] = {"step": torch.tensor(float(self.step)), **moments}
        return self


def load_weights(module: nn.Module, stored: dict[str, Any], title: str, file: Path) -> None:
    """Put the arrays `title`/… into `module`; raises InputError where they do not fit."""
    prefix = f"{title}/"
    found = {n.removeprefix(prefix): torch.from_numpy(a) for n, a in stored.items() if n.startswith(prefix)}
    try:
        module.load_state_dict(found)
    except RuntimeError:
        raise InputError("is the checkpoint of another network", file=file, remedy="Choose a new folder.") from None


def averaged(net: nn.Module, folder: Path) -> nn.Module:
    """`net` with the averaged weights of the checkpoint in `folder`; raises InputError where there is none."""
    load_weights(net, _stored(folder), "average", folder / FILE)
    return net.eval()


def inherit(net: nn.Module, folder: Path) -> None:
    """Give `net` the averaged weights of the run in `folder`; new inputs begin with weight zero, new layers as drawn.

    Raises InputError where there is no such run, or its network has what this one has not.
    """
    given = {n.removeprefix("average/"): v for n, v in _stored(folder).items() if n.startswith("average/")}
    weights = net.state_dict()
    fits = given.keys() <= weights.keys() and all(_narrower(value, weights[name]) for name, value in given.items())
    if not fits:
        raise InputError(
            "is the checkpoint of another network",
            file=folder / FILE,
            remedy="Run perrin train for that network first.",
        )
    with torch.no_grad():
        for name, array in given.items():
            weight, value = weights[name], torch.from_numpy(array)
            if value.shape == weight.shape:
                weight.copy_(value)
            else:
                weight.zero_()
                weight[:, : value.shape[1]] = value


def _narrower(given: Any, weight: torch.Tensor) -> bool:
    """Whether shapes agree, but for fewer inputs (axis 1)."""
    mine, its = list(weight.shape), list(given.shape)
    return mine == its or (len(mine) == len(its) > 1 and its[1] < mine[1] and mine[:1] + mine[2:] == its[:1] + its[2:])


def written(folder: Path) -> Json:
    """How far the run in `folder` is: `steps`, `tracks`, `hours`."""
    stored = _stored(folder)
    hours = round(float(stored["seconds"]) / 3600, 2)
    return {"steps": int(stored["step"]), "tracks": int(stored["tracks"]), "hours": hours}


def _stored(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    if not path.is_file():
        raise InputError("does not exist", file=path, remedy="Run perrin train first.")
    with np.load(path, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files if not name.startswith(("net/", "exp_avg"))}
