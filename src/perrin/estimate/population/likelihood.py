"""The matrix of likelihoods, laws by tracks, exact for every track whatever its length, gaps and errors.

Tracks with the same number of positions and the same time steps share all matrices (`LikelihoodGrid`), so thousands of
short tracks are a few matrix products. A track of more than BLOCK increments is taken in pieces that are independent
given its law (a composite likelihood, as for long whole tracks).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

import numpy as np

from perrin.estimate.exact.likelihood import LikelihoodGrid
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.mixture import Single
from perrin.features import Windows, cut_windows
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray

BLOCK: Final = 32
_REST: Final = 1e-4
"""Step of the law of rest relative to the localisation error: none, as far as double precision can tell."""
_FAINT: Final = -60.0
"""Laws less likely by so much are impossible for a track: denormal numbers would slow every product down."""
_CELLS: Final = 2_000_000


@final
@dataclass(frozen=True)
class ObservationModel:
    """How the tracks were seen.

    Attributes:
        errors: what is known of the localisation error.
        sigma: its typical absolute size (the value that `errors` relates stated ones to), 0 for none.
        exposure: fraction of a frame during which light is collected.
        drift: marginalise an unknown constant velocity of each track.
    """

    errors: LocalizationError
    sigma: float
    exposure: float = 0.0
    drift: bool = False

    def ratios(self, grid: Grid) -> FloatArray:
        """sigma/s at the laws of `grid`, that of rest last; empty without error."""
        return np.append(self.sigma / np.sqrt(grid.variances), 1 / _REST) if self.sigma > 0 else np.zeros(0)

    def observation(self, grid: Grid) -> LikelihoodGrid:
        """At the laws of `grid`."""
        return LikelihoodGrid(grid.alpha / 2, self.ratios(grid), self.exposure, self.drift, self.errors.axes)


@final
@dataclass(frozen=True, eq=False)
class Likelihoods:
    """Of n tracks under m laws.

    Attributes:
        scaled: (m, n) in single precision, the largest of each track 1.
        log_scale: (n,) logarithm of what that largest one is.
    """

    scaled: Single
    log_scale: FloatArray


def likelihoods(
    tracks: Tracks, grid: Grid, model: ObservationModel, likelihood: LikelihoodGrid | None = None
) -> Likelihoods:
    """The likelihood of every track under every law of the grid.

    A track without a single step is at rest for certain: such tracks say nothing about how other laws look.
    `likelihood`, that of `model`, may be one that has met the tracks' times before.
    """
    scaled = np.empty((len(grid), len(tracks)), dtype=np.float32)
    log_scale = np.zeros(len(tracks))
    likelihood = likelihood or model.observation(grid)
    for rows, pieces in _portions(tracks, grid):
        total = np.zeros((len(grid), len(rows)))
        moves = np.zeros(len(rows), dtype=bool)
        for piece in pieces:
            total += _log_likelihood(likelihood, piece, grid, model)
            moves |= (piece.displacements != 0).any(axis=(1, 2))
        total[:, ~moves] = -np.inf
        total[-1, ~moves] = 0.0
        top = total.max(axis=0)
        odd = np.flatnonzero(np.isnan(top))  # under some laws the likelihood cannot be computed
        if len(odd):
            total[:, odd] = np.nan_to_num(total[:, odd], nan=-np.inf, neginf=-np.inf, posinf=np.inf)
            top[odd] = total[:, odd].max(axis=0)
        lost = ~np.isfinite(top)  # under no law: such a track tells nothing
        total[:, lost], top[lost] = 0.0, 0.0
        with np.errstate(over="ignore"):  # beyond single precision a law is impossible, too
            relative = (total - top).astype(np.float32)
        relative[relative <= _FAINT] = -np.inf
        scaled[:, rows], log_scale[rows] = np.exp(relative, out=relative), top
    return Likelihoods(scaled, log_scale)


def _log_likelihood(likelihood: LikelihoodGrid, piece: Windows, grid: Grid, model: ObservationModel) -> FloatArray:
    """(len(grid), n) of windows of one length."""
    relative = None
    if model.errors.stated and piece.errors is not None:
        relative = np.maximum(piece.errors, np.finfo(float).tiny) / model.sigma
    forms = likelihood.forms(piece, relative)
    variances = grid.variances
    if model.sigma > 0:
        variances = np.append(variances, (_REST * model.sigma) ** 2)
    norm = forms.log_det + forms.size * np.log(2 * np.pi * variances)[:, None]
    log_l = -0.5 * (forms.q / variances[:, None] + norm[:, :, forms.pattern])
    moving = log_l[:, : len(grid.d_frame)].reshape(-1, len(piece))
    rest = log_l[0, -1:] if model.sigma > 0 else np.full((1, len(piece)), -np.inf)
    return np.concatenate([moving, rest])


def _portions(tracks: Tracks, grid: Grid) -> Iterator[tuple[IntArray, list[Windows]]]:
    """Tracks of one length, few enough for memory, and the pieces that they are taken in."""
    dt = np.full(len(tracks), grid.dt)
    size = max(1, _CELLS // len(grid))
    for length in np.unique(tracks.lengths):
        alike = np.flatnonzero(tracks.lengths == length)
        borders = np.linspace(0, length - 1, -(-int(length - 1) // BLOCK) + 1).round().astype(np.int64)
        for start in range(0, len(alike), size):
            rows = alike[start : start + size]
            first = tracks.offsets[:-1][rows]
            yield (
                rows,
                [cut_windows(tracks, first + low, rows, int(high - low + 1), dt) for low, high in pairwise(borders)],
            )
