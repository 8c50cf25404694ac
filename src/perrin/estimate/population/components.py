"""What a population is made of: components of laws, narrow and wide, of which narrow ones are penalized.

A kind of motion that all its particles share is a narrow component, a continuum is made of wide ones. Left to
themselves, narrow ones win everywhere, for a few spikes fit the chance of the draw better than a smooth curve does. So
each width has a penalty in log-likelihood, which counts in proportion to the tracks it accounts for: the problem stays
convex.
"""

from __future__ import annotations

from typing import Final, final

import numpy as np
from scipy.sparse import csr_array

from perrin.estimate.population.grid import Grid
from perrin.estimate.population.mixture import Single
from perrin.types import FloatArray, IntArray

PENALTIES: Final = {0.0: 12.0, 0.05: 10.8, 0.1: 7.2, 0.2: 2.4, 0.4: 0.0}
"""Width of a component in decades of D_frame (and as much in alpha), 0 for a single law: log-likelihood that it must be
worth more than the widest if all tracks belong to such. About what the spikes of a continuum gain by chance."""

_SPARSE: Final = 0.1


@final
class WideComponents:
    """The dictionary of `mixture.maximize`: every law of the grid as the middle of a component of every width.

    Args:
        likelihoods: (len(grid), n) likelihoods of n tracks under the laws.
        grid: the laws.

    Attributes:
        regions: (components,) of the components of one width, neighbours together.
        places: (components,) the same of all widths together.
    """

    def __init__(self, likelihoods: Single, grid: Grid) -> None:
        self.likelihoods, self.grid = likelihoods, grid
        widths, penalties = zip(*PENALTIES.items(), strict=True)
        self._factors = np.exp(-np.array(penalties) / likelihoods.shape[1])
        self._kernels = [grid.kernels(width) for width in widths]
        self.places: IntArray = np.tile(grid.regions, len(widths))
        self.regions: IntArray = np.unique(
            np.repeat(np.arange(len(widths)), len(grid)) + len(widths) * self.places, return_inverse=True
        )[1]
        self._place: IntArray = np.full(len(widths) * len(grid), -1)
        self._made: Single = np.empty((0, likelihoods.shape[1]), dtype=np.float32)

    def rows(self, some: IntArray) -> Single:
        """(s, n) likelihoods under some components, penalty taken off."""
        missing = some[self._place[some] < 0]
        if len(missing):
            more = self._likelihoods(self._component_weights(missing).astype(np.float32))
            known = int(self._place.max()) + 1
            if known + len(more) > len(self._made):  # twice the room, so that nothing is moved often
                self._made = np.concatenate([self._made, np.empty_like(more, shape=(known + len(more), more.shape[1]))])
            self._place[missing] = known + np.arange(len(missing))
            self._made[self._place[missing]] = more
        return self._made[self._place[some]]

    def pull(self, tracks: Single) -> FloatArray:
        """(components, b) sums of their rows over the tracks, weighted by (n, b)."""
        pull = (self.likelihoods @ tracks).astype(np.float64)
        spread = [self.grid.spread(pull, kernels) for kernels in self._kernels]
        return np.concatenate([part * factor for part, factor in zip(spread, self._factors, strict=True)])

    def unfold(self, weights: FloatArray) -> FloatArray:
        """(…, len(grid)) weights of laws, of sum 1, from those of components as `maximize` finds them."""
        laws = np.zeros((*weights.shape[:-1], len(self.grid)))
        parts = np.split(weights, len(self._kernels), axis=-1)
        for part, factor, kernels in zip(parts, self._factors, self._kernels, strict=True):
            laws += factor * self.grid.unfold(part, kernels)
        laws /= laws.sum(axis=-1, keepdims=True)
        return laws

    def _likelihoods(self, likelihoods: Single) -> Single:
        """(s, n) from the weights of the laws (s, len(grid)): the narrow ones are nearly all zeros."""
        found = np.empty((len(likelihoods), self.likelihoods.shape[1]), dtype=np.float32)
        wide = np.count_nonzero(likelihoods, axis=1) > _SPARSE * likelihoods.shape[1]
        found[wide], found[~wide] = (
            likelihoods[wide] @ self.likelihoods,
            csr_array(likelihoods[~wide]) @ self.likelihoods,
        )
        return found

    def _component_weights(self, some: IntArray) -> FloatArray:
        """(s, len(grid)) weights of the laws in some components, penalty taken off."""
        found = np.zeros((len(some), len(self.grid)))
        kind, middle = np.divmod(some, len(self.grid))
        for k, kernels in enumerate(self._kernels):
            here = np.flatnonzero(kind == k)
            found[here] = self._factors[k] * self.grid.component_weights(middle[here], kernels)
        return found
