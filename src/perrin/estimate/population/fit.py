"""From the matrix of likelihoods to the distribution of the laws: how certain, by tracks and by jumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.population.components import WideComponents
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.mixture import Single, maximize, maximize_each
from perrin.types import FloatArray, IntArray

_ROUGH: Final = 0.1
"""Gap at which draws are good enough: their spread is far wider."""
_ENOUGH: Final = 1_000
"""Tracks that a first look takes."""
_FAINTEST: Final = 1e-30


@final
@dataclass(frozen=True, eq=False)
class Distribution:
    """How the laws are spread over a set of tracks.

    Attributes:
        tracks: (len(grid),) fraction of tracks that obey each law.
        jumps: (len(grid),) fraction of jumps (increments) that do.
        track_draws, jump_draws: (b, len(grid)) the same for tracks drawn with replacement.
    """

    tracks: FloatArray
    jumps: FloatArray
    track_draws: FloatArray
    jump_draws: FloatArray


def distribution(scaled: Single, jumps: IntArray, grid: Grid, *, draws: int, rng: np.random.Generator) -> Distribution:
    """The distribution that makes the tracks most likely, and that of `draws` resamples of the tracks.

    Args:
        scaled: (len(grid), n) likelihoods.
        jumps: (n,) increments of each track.
        grid: the laws.
        draws: bootstrap samples, multinomial over tracks.
        rng: of the draws.
    """
    n = scaled.shape[1]
    patches = WideComponents(scaled, grid)
    best = maximize(patches, np.ones(n), patches.regions, _first_look(scaled, grid))
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    mixtures = [best, *maximize_each(patches, drawn, patches.places, best.weights, gap=_ROUGH)]
    by_tracks = patches.unfold(np.stack([mixture.weights for mixture in mixtures]))
    counts: FloatArray = np.concatenate([np.ones((1, n)), drawn]) * jumps
    by_jumps = _by_jumps(scaled, by_tracks, counts)
    return Distribution(by_tracks[0], by_jumps[0], by_tracks[1:], by_jumps[1:])


def _first_look(scaled: Single, grid: Grid) -> FloatArray | None:
    """Weights to begin with: those of some of very many tracks."""
    every = scaled.shape[1] // _ENOUGH
    if every < 2:
        return None
    some = WideComponents(np.ascontiguousarray(scaled[:, ::every]), grid)
    return maximize(some, np.ones(some.likelihoods.shape[1]), some.regions, gap=_ROUGH).weights


def _by_jumps(scaled: Single, weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Each track's probabilities of the laws, summed with the given counts: (b, m) from (b, m) and (b, n)."""
    density = np.maximum(weights.astype(np.float32) @ scaled, np.float32(_FAINTEST))
    share = weights * ((counts / density).astype(np.float32) @ scaled.T)
    return share / share.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
