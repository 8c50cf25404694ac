"""Fractional Gaussian noise of unit variance by name: perrin's own and the peers', for the same call."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from benchmarks import peers
from perrin.errors import PerrinError
from perrin.simulate import fractional_gaussian_noise
from perrin.types import FloatArray
from perrin.version import __version__

OURS: Final = "perrin"


class Noise(NamedTuple):
    """(paths, n) increments, or none and the reason."""

    increments: FloatArray | None
    version: str
    remark: str


def noise(name: str, hurst: float, n: int, paths: int, seed: int, timeout: float | None = None) -> Noise:
    """Draw `paths` paths of n increments of unit variance with the generator `name`, perrin or a peer.

    A peer that fails, or takes longer than `timeout` seconds, returns no increments.
    """
    if name == OURS:
        rng = np.random.Generator(np.random.SFC64(seed))
        return Noise(fractional_gaussian_noise(hurst, n, paths=paths, rng=rng), __version__, "")
    given: dict[str, float | int | str] = {"hurst": hurst, "n": n, "paths": paths, "seed": seed}
    if name == "fbm":
        given["method"] = "daviesharte"
    try:
        result = peers.run(name, "fgn", given, timeout=timeout)
    except peers.PeerError as error:
        return Noise(None, "", str(error))
    increments = result.values["increments"].reshape(-1, n).astype(np.float64)
    return Noise(increments, result.version, " ".join(result.warnings).strip())


def must(drawn: Noise) -> FloatArray:
    """The increments. Raises PerrinError where there are none."""
    if drawn.increments is None:
        raise PerrinError(drawn.remark)
    return drawn.increments
