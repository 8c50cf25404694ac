"""From a checkpoint to a network that ships: rounded, exported, compared, measured, described."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from perrin.train.checkpoint import averaged, written
from perrin.train.export import check_parity, export, round_weights
from perrin.train.loop import CURVE
from perrin.train.recipe import Recipe
from perrin.types import Json
from perrin.version import __version__
from perrin.weights.card import card


def publish(recipe: Recipe, run: Path, targets: Sequence[Path]) -> Json:
    """Write NAME.onnx and its card NAME.md into every one of `targets`, and enter them in its manifest.json.

    Args:
        recipe: of the run.
        run: folder of the run, whose averaged weights are taken.
        targets: folders of networks.

    Returns:
        The manifest's entry.

    Raises:
        InputError: where the run has no checkpoint.
        PerrinError: where the exported network differs from torch's by more than 1e-5.
    """
    net: Any = averaged(recipe.net(), run)
    round_weights(net)
    path = run / f"{recipe.name}.onnx"
    examples = net.examples()
    export(net, examples[0], net.free, net.inputs, net.outputs, path)
    entry: Json = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "parameters": sum(weight.numel() for weight in net.parameters() if weight.requires_grad),
        "parity": check_parity(net, path, examples),
        **({"begins": recipe.begins} if recipe.begins else {}),
        "run": written(run) | {"steps_planned": recipe.schedule.steps},
        "versions": {"perrin": __version__, "torch": torch.__version__},
        "recipe": recipe.text,
        "curve": _curve(run / CURVE),
        "measured": recipe.stream(seed=recipe.seed + 2_000_003).measure(path),
    }
    for target in targets:
        target.mkdir(parents=True, exist_ok=True)
        if target != run:
            shutil.copyfile(path, target / path.name)
        (target / f"{recipe.name}.md").write_text(card(recipe.name, entry), encoding="utf-8")
        _enter(target / "manifest.json", recipe.name, entry)
    return entry


def _curve(file: Path, most: int = 40) -> list[list[float]]:
    """Step and loss on held-out data, thinned."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    points = [[entry["step"], round(entry["held_out"], 5)] for entry in map(json.loads, lines)]
    stride = max(-(-len(points) // most), 1)
    return points[::-1][::stride][::-1]


def _enter(file: Path, name: str, entry: Json) -> None:
    known = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known[name] = entry
    text = json.dumps(dict(sorted(known.items())), indent=1, ensure_ascii=False)
    file.write_text(text + "\n", encoding="utf-8")
