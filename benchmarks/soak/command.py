"""The commands that repeat a world."""

from __future__ import annotations

import shlex
from typing import Final

import numpy as np

from benchmarks.soak.worlds import SIMULATORS, World

_LARGEST: Final = 1e9
"""Lengths that the command line takes, and their inverse."""


def repeating(seed: int, *, small: bool) -> str:
    """The command that examines this world alone."""
    return f"python -m benchmarks.soak --only {seed}{' --small' if small else ''}"


def by_command_line(world: World) -> str | None:
    """`perrin simulate … && perrin analyze …` where these make the very same tracks; else None."""
    simulate = _simulate_words(world)
    if simulate is None:
        return None
    return f"{shlex.join(['perrin', *simulate])} && {words_of(world, 'tracks.csv', 'found')}"


def words_of(world: World, file: str, out: str) -> str:
    """`perrin analyze FILE …` as it is typed."""
    return shlex.join(["perrin", *analyze_words(world, file, out)])


def analyze_words(world: World, file: str, out: str) -> list[str]:
    """`analyze FILE -o OUT …` as the world has it. Lengths that the command does not take are left out."""
    words = ["analyze", file, "-o", out, "--workers", "1", "--method", world.call.method]
    for name, value in world.call.settings.items():
        option = "--localization-error" if name == "sigma" else f"--{name.replace('_', '-')}"
        each = value if isinstance(value, tuple) else (value,)
        if value is True:
            words.append(option)
        elif name != "sigma" or max(each) <= _LARGEST:
            words += [option, ",".join(map(_text, each))]
    depth = world.call.focal_depth
    if depth is not None and 1 / _LARGEST <= depth <= _LARGEST:
        words += ["--focal-depth", _text(depth)]
    return words


def test_words(world: World, file: str, out: str) -> list[str]:
    """`test FILE -o OUT …` as the world has it."""
    return ["test", file, "-o", out, "--workers", "1", "--samples", str(world.call.samples)]


def _simulate_words(world: World) -> list[str] | None:
    kind = world.kinds[0]
    changed = world.mixed or world.ragged or world.stated or world.conditions or world.giant != 1
    if changed or kind not in SIMULATORS or world.units != ("µm", "s"):
        return None
    size = {"tracks": world.tracks, "length": world.length, "dimension": world.dimension}
    told: dict[str, object] = {**size, "frame-interval": world.dt, "seed": world.seed}
    seen: dict[str, object] = {
        "localization-error": world.sigma, "missing": world.missing, "jitter": world.jitter,
    }  # fmt: skip
    if kind in ("fbm", "mfbm"):
        if world.sigma > _LARGEST:
            return None
        own: dict[str, object] = {"alpha": world.alpha, "D": world.D, "exposure": world.exposure}
        told |= {**seen, **(own if kind == "fbm" else {"hurst": world.hurst, "step": world.step})}
    elif world.missing:
        return None
    else:
        told |= {"model": "any" if kind == "andi" else kind, "noise": world.error, "step": world.step}
    name = kind if kind in ("fbm", "mfbm") else "andi"
    words = [word for option, value in told.items() for word in (f"--{option}", _range(value))]
    return ["simulate", name, "-o", "tracks.csv", *words]


def _range(value: object) -> str:
    return "-".join(map(_text, value)) if isinstance(value, tuple) else _text(value)


def _text(value: object) -> str:
    """A number without an exponent, which would read as a range; anything else as it is."""
    return np.format_float_positional(value, trim="-") if isinstance(value, float) else str(value)
