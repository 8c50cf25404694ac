"""What a population is made of: patches of laws, narrow and wide, of which narrow ones are dear.

A kind of motion that all its particles share is a narrow patch, a continuum is made of wide ones. Left to themselves,
narrow ones win everywhere, for a few spikes fit the chance of the draw better than a smooth curve does. So each width
has a price in log-likelihood, which is paid in proportion to the tracks it accounts for: the problem stays convex.
"""

from __future__ import annotations

from typing import Final, final

import numpy as np
from scipy.sparse import csr_array

from perrin.estimate.population.grid import Grid
from perrin.estimate.population.mixture import Single
from perrin.types import FloatArray, IntArray

PRICES: Final = {0.0: 12.0, 0.05: 10.8, 0.1: 7.2, 0.2: 2.4, 0.4: 0.0}
"""Width of a patch in decades of D_frame (and as much in alpha), 0 for a single law: log-likelihood that it must be
worth more than the widest if all tracks belong to such. About what the spikes of a continuum gain by chance."""

_SPARSE: Final = 0.1


@final
class Patches:
    """The dictionary of `mixture.maximise`: every law of the grid as the middle of a patch of every width.

    Args:
        laws: (len(grid), n) likelihoods of n tracks under the laws.
        grid: the laws.

    Attributes:
        regions: (patches,) of the patches of one width, neighbours together.
        places: (patches,) the same of all widths together.
    """

    def __init__(self, laws: Single, grid: Grid) -> None:
        self.laws, self.grid = laws, grid
        widths, prices = zip(*PRICES.items(), strict=True)
        self._factors = np.exp(-np.array(prices) / laws.shape[1])
        self._kernels = [grid.kernels(width) for width in widths]
        self.places: IntArray = np.tile(grid.regions, len(widths))
        self.regions: IntArray = np.unique(
            np.repeat(np.arange(len(widths)), len(grid)) + len(widths) * self.places, return_inverse=True
        )[1]
        self._place: IntArray = np.full(len(widths) * len(grid), -1)
        self._made: Single = np.empty((0, laws.shape[1]), dtype=np.float32)

    def rows(self, some: IntArray) -> Single:
        """(s, n) likelihoods under some patches, price taken off."""
        missing = some[self._place[some] < 0]
        if len(missing):
            more = self._likelihoods(self._patch_laws(missing).astype(np.float32))
            known = int(self._place.max()) + 1
            if known + len(more) > len(self._made):  # twice the room, so that nothing is moved often
                self._made = np.concatenate([self._made, np.empty_like(more, shape=(known + len(more), more.shape[1]))])
            self._place[missing] = known + np.arange(len(missing))
            self._made[self._place[missing]] = more
        return self._made[self._place[some]]

    def pull(self, tracks: Single) -> FloatArray:
        """(patches, b) sums of their rows over the tracks, weighted by (n, b)."""
        pull = (self.laws @ tracks).astype(np.float64)
        spread = [self.grid.spread(pull, kernels) for kernels in self._kernels]
        return np.concatenate([part * factor for part, factor in zip(spread, self._factors, strict=True)])

    def unfold(self, weights: FloatArray) -> FloatArray:
        """(…, len(grid)) weights of laws, of sum 1, from those of patches as `maximise` finds them."""
        laws = np.zeros((*weights.shape[:-1], len(self.grid)))
        parts = np.split(weights, len(self._kernels), axis=-1)
        for part, factor, kernels in zip(parts, self._factors, self._kernels, strict=True):
            laws += factor * self.grid.unfold(part, kernels)
        laws /= laws.sum(axis=-1, keepdims=True)
        return laws

    def _likelihoods(self, laws: Single) -> Single:
        """(s, n) from the weights of the laws (s, len(grid)): the narrow ones are nearly all zeros."""
        found = np.empty((len(laws), self.laws.shape[1]), dtype=np.float32)
        wide = np.count_nonzero(laws, axis=1) > _SPARSE * laws.shape[1]
        found[wide], found[~wide] = laws[wide] @ self.laws, csr_array(laws[~wide]) @ self.laws
        return found

    def _patch_laws(self, some: IntArray) -> FloatArray:
        """(s, len(grid)) weights of the laws in some patches, price taken off."""
        found = np.zeros((len(some), len(self.grid)))
        kind, middle = np.divmod(some, len(self.grid))
        for k, kernels in enumerate(self._kernels):
            here = np.flatnonzero(kind == k)
            found[here] = self._factors[k] * self.grid.patches(middle[here], kernels)
        return found
