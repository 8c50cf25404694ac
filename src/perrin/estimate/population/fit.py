"""From the matrix of likelihoods to the distribution of the laws: how smooth, how certain, by tracks and by jumps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from perrin.estimate.population.grid import Grid
from perrin.estimate.population.mixture import Single, maximise, maximise_each
from perrin.types import FloatArray, IntArray

WIDTHS: Final = (0.0, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4)
"""Kernels that are tried, in decades of D_frame (and as much in alpha); 0: single laws.

Where alpha is free, every second one: its grid has steps of .1.
"""
_FOLDS: Final = 5
_AS_GOOD: Final = 0.5
_HOPELESS: Final = 5.0
_MOST_COMPARED: Final = 2_000
_ROUGH: Final = 0.1
"""Gap at which draws and left-out tracks are good enough: their spread is far wider."""
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


def distribution(
    scaled: Single, jumps: IntArray, grid: Grid, width: float, *, draws: int, rng: np.random.Generator
) -> Distribution:
    """The distribution that makes the tracks most likely, and that of `draws` resamples of the tracks.

    Args:
        scaled: (len(grid), n) likelihoods.
        jumps: (n,) increments of each track.
        grid: the laws.
        width: of the kernel that every part of the distribution has.
        draws: bootstrap samples, multinomial over tracks.
        rng: of the draws.
    """
    n = scaled.shape[1]
    patches = grid.spread(scaled, width)
    best = maximise(patches, np.ones(n), grid.regions)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    mixtures = [best, *maximise_each(patches, drawn, grid.regions, best.weights, gap=_ROUGH)]
    by_tracks = grid.unfold(np.stack([mixture.weights for mixture in mixtures]), width)
    counts: FloatArray = np.concatenate([np.ones((1, n)), drawn]) * jumps
    by_jumps = _by_jumps(scaled, by_tracks, counts)
    return Distribution(by_tracks[0], by_jumps[0], by_tracks[1:], by_jumps[1:])


def _by_jumps(scaled: Single, weights: FloatArray, counts: FloatArray) -> FloatArray:
    """Each track's probabilities of the laws, summed with the given counts: (b, m) from (b, m) and (b, n)."""
    density = np.maximum(weights.astype(np.float32) @ scaled, np.float32(_FAINTEST))
    share = weights * ((counts / density).astype(np.float32) @ scaled.T)
    return share / share.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]


def choose_width(scaled: Single, grid: Grid, rng: np.random.Generator) -> float:
    """The widest kernel that predicts left-out tracks as well as the best one does.

    As well means within half a unit of the log-likelihood of all tracks.
    A finite mixture is told from a continuous one by the data alone: where the laws form narrow kinds, wide kernels
    predict worse; where they are spread out, single laws do.
    """
    n = scaled.shape[1]
    if n > _MOST_COMPARED:
        scaled = scaled[:, np.sort(rng.choice(n, _MOST_COMPARED, replace=False))]
        n = _MOST_COMPARED
    fold = rng.permutation(n) % _FOLDS
    scores: list[float] = []
    start = None
    widths = WIDTHS if len(grid.alpha) == 1 else WIDTHS[::2]
    for width in widths:
        patches = grid.spread(scaled, width)
        start = maximise(patches, np.ones(n), grid.regions, start, gap=_ROUGH).weights
        kept = (fold != np.arange(_FOLDS)[:, None]).astype(np.float64)
        score = 0.0
        for left_out, mixture in enumerate(maximise_each(patches, kept, grid.regions, start, gap=_ROUGH)):
            score += float(np.log(mixture.density(patches)[fold == left_out]).sum())
        scores.append(score)
        if score < max(scores) - _HOPELESS:
            break
    good = np.flatnonzero(np.array(scores) >= max(scores) - _AS_GOOD)
    return widths[int(good[-1])]
