"""One file that holds a learned model and its card: an ONNX graph with JSON in its metadata.

The entry "perrin.learned" states: format, task ("alpha" or "class"), window, dimension, input (kinds of numbers),
classes, interval (level and factor), measured, data, learner, curve and perrin's version.

Input of the graph: `features` (k, F). Outputs: `value` (k, 1) and `spread` (k, 1), or `probabilities` (k, classes); and
`distance` (k, 1), 1 at the border of what was seen in training.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from perrin.errors import InputError
from perrin.estimate.learned.features import FEATURES, STEPS, window_features
from perrin.estimate.learned.frame_windows import FrameWindows
from perrin.types import FloatArray, Json
from perrin.weights import Model, local_path

METADATA_KEY: Final = "perrin.learned"
FORMAT_VERSION: Final = 2
"""Rises whenever a number that models look at changes its meaning: 2 since scalograms hold a track at its ends."""
TASKS: Final = ("alpha", "class")
FLOOR: Final = 0.25
"""Smallest usual error of a window, as a part of the mean one: for intervals when calibrated and when used."""
_NEEDED: Final = ("task", "window", "dimension", "input", "interval", "classes", "measured")
_REMEDY: Final = "Create a model with: perrin learn TRACKS --target alpha -o MODEL.onnx"


@final
@dataclass(frozen=True, eq=False)
class LearnedModel:
    """A model ready to run, and its card."""

    network: Model
    card: Json

    @property
    def task(self) -> str:
        """What it gives: "alpha" or "class"."""
        return str(self.card["task"])

    @property
    def window(self) -> int:
        """Positions that it looks at."""
        return int(self.card["window"])

    @property
    def classes(self) -> list[str]:
        """Names of the classes; empty for alpha."""
        return [str(name) for name in self.card["classes"]]

    def run(self, windows: FrameWindows) -> dict[str, FloatArray]:
        """What the graph gives for every window, by the names of its outputs: (size,) or (size, classes), else NaN."""
        numbers = window_features(self.card["input"], windows)
        usable = windows.usable
        found = self._infer(numbers[usable])
        spread = {name: np.full((windows.size, values.shape[1]), np.nan) for name, values in found.items()}
        for name, values in found.items():
            spread[name][usable] = values
        return {name: values if name == "probabilities" else values[:, 0] for name, values in spread.items()}

    def _infer(self, numbers: Any) -> dict[str, FloatArray]:
        session = self.network.session
        outputs = [output.name for output in session.get_outputs()]
        # Networks cannot be given no window at all.
        given = numbers if len(numbers) else np.zeros((1, numbers.shape[1]), dtype=np.float32)
        parts = [session.run(None, {"features": given[i : i + 4096]}) for i in range(0, len(given), 4096)]
        joined = {key: np.concatenate([part[i] for part in parts])[: len(numbers)] for i, key in enumerate(outputs)}
        return {key: np.asarray(v, dtype=np.float64) for key, v in joined.items()}


def read_model(path: str | Path) -> LearnedModel:
    """The model in a file that `perrin learn` wrote.

    Raises:
        InputError: where the file is missing, is no ONNX, or lacks the card of a learned model.
    """
    file = local_path(path)
    if not file.is_file():
        raise InputError("does not exist", file=file, remedy=_REMEDY)
    state = file.stat()
    return _read(str(file), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=8)
def _read(path: str, changed: int, size: int) -> LearnedModel:
    del changed, size  # a file that was written again is another one
    network = Model(Path(path).stem, Path(path), {})
    text = network.session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    try:
        card = json.loads(text or "null")
    except ValueError:
        card = None
    if not isinstance(card, dict):
        raise InputError("does not contain a model that perrin learn wrote", file=path, remedy=_REMEDY)
    if card.get("format") != FORMAT_VERSION:
        raise InputError(
            f"has version {card.get('format')} of perrin's model format; this perrin reads version {FORMAT_VERSION}",
            file=path,
            remedy="Use the version of perrin that wrote it, or train the model again.",
        )
    _check(card, path)
    return LearnedModel(network, card)


def _check(card: Json, path: str) -> None:
    missing = [key for key in _NEEDED if key not in card]
    if missing or not _sound(card):
        what = f"lacks {missing[0]!r}" if missing else "needs a feature that this version of perrin does not have"
        raise InputError(
            f"its card {what}", file=path, remedy="Use the version of perrin that wrote it, or train the model again."
        )


def _sound(card: Json) -> bool:
    """Whether what is used of the card is of the kind that perrin learn writes."""
    counts = isinstance(card["window"], int) and card["window"] > 1 and card["dimension"] in (1, 2, 3)
    kinds = isinstance(card["classes"], list) and isinstance(card["measured"], dict)
    used = ("level", "factor", "mean_spread") if card["task"] == "alpha" else ()
    interval = card["interval"]
    width = isinstance(interval, dict) and all(isinstance(interval.get(name), int | float) for name in used)
    return card["task"] in TASKS and counts and kinds and width and _known(card["input"])


def _known(kinds: Any) -> bool:
    return isinstance(kinds, list) and all(kind in (*FEATURES, STEPS) for kind in kinds)
