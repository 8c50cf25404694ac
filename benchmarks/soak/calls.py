"""What is done with the tracks of a world: a method with its options, and what is looked at beside the two tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, final

import numpy as np

from perrin.estimate import method

Settings = Mapping[str, Any]
_TANDEM: Final = ("tandem-lstm", "tandem-lstm-paper")


@final
@dataclass(frozen=True)
class Call:
    """One call of perrin.

    Attributes:
        method, settings: of the estimator.
        focal_depth: by which the population is corrected.
        samples: of `perrin test`, None where it is not called.
        by_command: whether the command line does it all, from a file to the report.
        stretch, slow: factors by which the units of length and time are changed.
        parts: how many chunks the tracks are cut into.
    """

    method: str
    settings: Settings
    focal_depth: float | None
    samples: int | None
    by_command: bool
    stretch: float
    slow: float
    parts: int


def draw_call(
    rng: np.random.Generator,
    name: str,
    *,
    length: int,
    dimension: int,
    sigma: float,
    step: float,
    exposure: float,
    gaps: bool,
) -> Call:
    """A call of a method for tracks of that many frames and axes, whose error and step are so large.

    The command line takes no window that is longer than every track, which tracks with `gaps` may be too short for.
    """
    offered: dict[str, Any] = {
        "window": _window(rng, name, length),
        "sigma": _sigma(rng, dimension, sigma, step),
        "alpha": 1.0 if rng.random() < 0.5 else _short(rng.uniform(0.01, 1.99)),
        "drift": True,
        "exposure": exposure or _short(rng.uniform(0, 1)),
        "lags": [(1, 2, 3, 4), (1, 2), (1, 2, 5, 9), (2, 3)][rng.integers(4)],
        "min_length": _min_length(rng, name),
    }
    asked = {"sigma": 0.6, "exposure": 0.9 if exposure else 0.15, "window": 0.5}
    known = {field.name for field in fields(method(name))}  # type: ignore[arg-type]
    settings: dict[str, Any] = {
        option: value for option, value in offered.items()
        if option in known and value is not None and rng.random() < asked.get(option, 0.25)
    }  # fmt: skip
    if "lags" in settings:
        settings["window"] = max(settings.get("window", 20), max(settings["lags"]) + 2)
    depth = _short(step * 10 ** rng.uniform(-1, 3)) if rng.random() < 0.2 else None
    samples = int(rng.integers(20, 40)) if length >= 32 and rng.random() < 0.2 else None
    by_command = bool(rng.random() < 0.05)
    if name in _TANDEM or settings.get("window", 0) > max(length, 4) or (by_command and gaps):
        settings.pop("window", None)
    stretch, slow = (1e-6, 1e-3, 1e3, 3.7)[rng.integers(4)], (1e-3, 1e3, 60.0)[rng.integers(3)]
    return Call(name, settings, depth, samples, by_command, stretch, slow, parts=int(rng.integers(2, 6)))


def _window(rng: np.random.Generator, name: str, length: int) -> int:
    narrowest = {"local-variations": 19, "coeurjolly": 3}.get(name, 4)
    return int(rng.integers(narrowest, max(narrowest, min(length, 60)) + 1))


def _sigma(rng: np.random.Generator, dimension: int, sigma: float, step: float) -> float | tuple[float, ...]:
    """None (0), as it is, or a wrong one; in space also one of its own along the optical axis."""
    given = (0.0, sigma, sigma, step * 10 ** rng.uniform(-2, 2))[rng.integers(4)]
    if dimension == 3 and rng.random() < 0.3:
        return _short(given), _short(given * rng.uniform(0.5, 4))
    return _short(given)


def _min_length(rng: np.random.Generator, name: str) -> int:
    shortest = method(name).info.shortest_track
    fewest = {"exact": 4, "tamsd": 2, "local-variations": 8, "coeurjolly": 36}.get(name, shortest)
    return int(rng.integers(fewest, shortest + 4))


def _short(value: float) -> float:
    return float(f"{value:.3g}")
