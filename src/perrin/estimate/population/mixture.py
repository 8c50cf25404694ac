"""The non-parametric maximum-likelihood estimate of a mixing distribution, with a proof of how good it is.

The weights w >= 0 of the laws of a dictionary maximise Σ_i c_i log Σ_j w_j L_ij - (Σ c) Σ_j w_j, whose maximum has
Σ w = 1 by itself. The problem is convex and its solution has few atoms, so they are sought directly: where the
gradient is positive a law is added, the weights of the laws in use follow from a non-negative least-squares problem
(a Newton step), and a line search makes sure that the likelihood rises. The largest gradient bounds how much
log-likelihood any other mixture can have more, whatever it is.

In the best mixture no track is less likely than its likeliest law with the weight that the track has among all. One
far below that, which happens where few laws or a single one explain it, would only double its likelihood with each
Newton step, and its squared ratios would exceed single precision; so it gets that weight at once, as one step of
expectation-maximisation would give it.

Laird, J. Am. Stat. Assoc. 73, 805 (1978); Lindsay, Ann. Stat. 11, 86 (1983); Wang, J. R. Stat. Soc. B 69, 185 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from perrin.types import FloatArray, IntArray

GAP: Final = 0.01
"""No other mixture may have a log-likelihood higher by more than this."""
_MOST_ROUNDS: Final = 100
_MOST_ADDED: Final = 32
"""Laws that a round may add: the steepest of their regions, for of the others the next round knows more."""
_RIDGE: Final = 1e-5
"""Of the mean diagonal, towards the present weights: single precision must not decide between like laws."""
_ARMIJO: Final = 1e-4
_SHORTEST_STEP: Final = 1e-5
_FAR: Final = 1e-3
"""A track is far from the laws in use where its density is so much below its share of all tracks."""

_FAINTEST: Final = np.float32(1e-30)

Single = NDArray[np.float32]
"""Likelihoods, (laws, tracks): single precision is far beyond what their ratios are needed for."""


class Components(Protocol):
    """The laws that a mixture may consist of.

    Attributes:
        likelihoods: (k, n) likelihoods of n tracks under the first k laws, each track's largest 1: where to begin.
    """

    @property
    def likelihoods(self) -> Single:
        """(k, n)."""
        ...

    def rows(self, some: IntArray) -> Single:
        """(s, n) likelihoods of the tracks under some of the m laws, each track's at most 1."""
        ...

    def pull(self, tracks: Single) -> FloatArray:
        """(m, b) likelihoods under all laws, summed over the tracks with the weights (n, b)."""
        ...


@final
@dataclass(frozen=True, eq=False)
class PointComponents:
    """The laws themselves: (m, n) likelihoods."""

    likelihoods: Single

    def rows(self, some: IntArray) -> Single:
        """(s, n) of the matrix."""
        return self.likelihoods[some]

    def pull(self, tracks: Single) -> FloatArray:
        """(m, b) product."""
        return (self.likelihoods @ tracks).astype(np.float64)


@final
@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixing distribution, its log-likelihood, and by how much no other one can exceed that."""

    weights: FloatArray
    log_likelihood: float
    gap: float

    def density(self, components: Components) -> Single:
        """(n,) how likely each track is; tracks far from all laws in use get the least positive value."""
        used = np.flatnonzero(self.weights)
        density: Single = np.maximum(self.weights[used].astype(np.float32) @ components.rows(used), _FAINTEST)
        return density


def maximize(
    components: Components, counts: FloatArray, regions: IntArray, start: FloatArray | None = None, *, gap: float = GAP
) -> Mixture:
    """The mixing distribution under which the tracks are most likely.

    Args:
        components: m laws and the likelihoods of n tracks under them.
        counts: (n,) how often each track counts.
        regions: (m,) which region each law belongs to; one law a region may be added in a round.
        start: (m,) weights to begin with.
        gap: where to stop: no other mixture has a log-likelihood higher by more than this.

    Returns:
        Mixture with weights (m,) that sum to 1.
    """
    return maximize_each(components, counts[None], regions, start, gap=gap)[0]


def maximize_each(
    components: Components, counts: FloatArray, regions: IntArray, start: FloatArray | None = None, *, gap: float = GAP
) -> list[Mixture]:
    """The same for each row of `counts` (b, n), side by side: their gradients are one matrix product."""
    begin = [_begin(components, row, regions) if start is None else start for row in counts]
    found = [Mixture(weights, -np.inf, np.inf) for weights in begin]
    active = np.arange(len(counts))
    for round_ in range(_MOST_ROUNDS + 1):
        if len(active) == 0:
            break
        for i in active:
            found[i] = _with_far_tracks(components, counts[i], found[i])
        densities = np.stack([found[i].density(components) for i in active])
        gradients = components.pull((counts[active] / densities).astype(np.float32).T)
        going = []
        for i, density, gradient in zip(active, densities, gradients.T, strict=True):
            weights, total = found[i].weights, float(counts[i].sum())
            rise = float(gradient.max()) - total
            if rise >= gap and round_ < _MOST_ROUNDS:
                support = np.union1d(np.flatnonzero(weights), _promising(gradient - total, regions))
                moved = _step(components.rows(support), counts[i], density, weights, support)
                found[i] = Mixture(moved, -np.inf, np.inf)
                going.append(i)
            else:
                scale = float(weights.sum())
                height = float(counts[i] @ np.log(density.astype(np.float64) / scale))
                found[i] = Mixture(weights / scale, height, max(rise, 0.0))
        active = np.array(going, dtype=np.int64)
    return found


def _begin(components: Components, counts: FloatArray, regions: IntArray) -> FloatArray:
    """One step of expectation-maximisation from equal weights, each region's share given to its likeliest law."""
    share = components.pull((counts / components.likelihoods.sum(axis=0)).astype(np.float32)[:, None])[:, 0]
    order = np.argsort(share, kind="stable")
    best = np.full(int(regions.max()) + 1, -1)
    best[regions[order]] = order
    weights = np.zeros(len(share))
    found = best >= 0
    weights[best[found]] = np.bincount(regions, share)[found]
    weights /= weights.sum()
    return weights


def _with_far_tracks(components: Components, counts: FloatArray, mixture: Mixture) -> Mixture:
    """The mixture; where tracks are far from all its laws, with their likeliest ones at the weight of these tracks."""
    total = float(counts.sum())
    far = (counts > 0) & (mixture.density(components) < _FAR / total)
    if not far.any():
        return mixture
    likeliest = components.likelihoods[:, far].argmax(axis=0)
    added = np.bincount(likeliest, counts[far], minlength=len(mixture.weights)) / total
    weights = mixture.weights * ((1 - added.sum()) / mixture.weights.sum()) + added
    return Mixture(weights, -np.inf, np.inf)


def _promising(gradient: FloatArray, regions: IntArray) -> IntArray:
    """The law of steepest ascent in each region that has one; the steepest of all where there are many."""
    order = np.argsort(gradient, kind="stable")
    best = np.full(int(regions.max()) + 1, -1)
    best[regions[order]] = order
    best = best[best >= 0]
    rising: IntArray = best[gradient[best] > 0]
    return rising[np.argsort(-gradient[rising], kind="stable")[:_MOST_ADDED]]


def _step(rows: Single, counts: FloatArray, density: Single, weights: FloatArray, support: IntArray) -> FloatArray:
    """One Newton step among the laws of `support`, shortened until the likelihood rises."""
    ratio = rows / density
    total = float(counts.sum())
    pull = (ratio @ counts.astype(np.float32)).astype(np.float64)
    curvature = ((ratio * counts.astype(np.float32)) @ ratio.T).astype(np.float64)
    here = weights[support]
    ridge, lower = _root(curvature)
    # min x'Hx/2 - x'(2 S'c - total) + ridge |x - here|²/2 over x >= 0, as least squares through H + ridge = RR'
    wish, _ = nnls(lower.T, np.linalg.solve(lower, 2 * pull - total + ridge * here))
    direction = wish - here
    slope = float((pull - total) @ direction)
    along = (direction.astype(np.float32) @ ratio).astype(np.float64)
    length = 1.0
    while length > _SHORTEST_STEP:
        inside = 1 + length * along
        if inside.min() > 0 and counts @ np.log(inside) - total * length * direction.sum() >= _ARMIJO * length * slope:
            break
        length /= 2
    moved = np.zeros(len(weights))
    moved[support] = np.maximum(here + length * direction, 0.0) if length < 1 else wish
    return moved


def _root(curvature: FloatArray) -> tuple[float, FloatArray]:
    """The smallest ridge that makes the curvature definite in single precision, and the Cholesky factor with it."""
    ridge = _RIDGE * float(np.trace(curvature)) / len(curvature)
    while True:
        try:
            return ridge, np.asarray(np.linalg.cholesky(curvature + ridge * np.eye(len(curvature))), dtype=np.float64)
        except np.linalg.LinAlgError:
            ridge *= 10
