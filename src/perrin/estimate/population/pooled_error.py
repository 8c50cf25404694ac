"""The localisation error that short tracks share, where it is unknown: under which value they are most likely.

The population is free to be anything for every value tried (a profile likelihood), so short tracks of all kinds, none
of which could tell its own error, tell the common one together. Where they cannot, the interval reaches 0 and says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.likelihood import ObservationModel, likelihoods
from perrin.estimate.population.mixture import PointComponents, maximize
from perrin.estimate.population.sample import Sample
from perrin.types import FloatArray

_COARSE_ALPHAS: Final = np.arange(0.2, 1.9, 0.2)
_MOST_CELLS: Final = 3_000_000
_RANGE: Final = (0.02, 2.0)
"""Values tried, relative to the error that would make up the median step all by itself."""
_SCAN: Final = 9
_DROP: Final = 1.92
"""Of the log-likelihood at the ends of a 95 % interval: half the quantile of chi-square with one degree of freedom."""


def pooled_error_of_population(
    sample: Sample, *, alpha: float | None, exposure: float, drift: bool, dt: float
) -> PooledError:
    """The value that makes the tracks most likely whatever the population is, and the profile interval.

    Of many tracks a part is used: enough to know the error to about a percent.
    """
    moving = np.flatnonzero(~sample.still())
    variances = sample.step_variances()[moving]
    reference = float(np.sqrt(np.median(variances) / 2))
    grid = Grid.around(variances, alpha=alpha, sigma=0.2 * reference, dt=dt)
    if alpha is None:
        grid = Grid(_COARSE_ALPHAS, grid.d_frame, dt)
    most = max(500, _MOST_CELLS // len(grid))
    tracks = sample.tracks.select(moving[:: -(-len(moving) // most)])

    def observed_with(sigma: float) -> ObservationModel:
        return ObservationModel(LocalizationError.of(sigma, tracks), sigma, exposure, drift)

    first = observed_with(reference).observation(grid)
    likelihoods(tracks, grid, observed_with(reference), first)  # meets all times

    @cache
    def height(log_sigma: float) -> float:
        seeing = observed_with(float(np.exp(log_sigma)))
        # the matrices that diagonalise motion and error do not depend on how large the error is
        found = likelihoods(tracks, grid, seeing, first.with_ratios(seeing.ratios(grid)))
        best = maximize(PointComponents(found.scaled), np.ones(len(tracks)), grid.regions)
        return best.log_likelihood + float(found.log_scale.sum())

    return _profile(height, np.log(reference) + np.log(np.geomspace(*_RANGE, _SCAN)))


def _profile(height: Callable[[float], float], places: FloatArray) -> PooledError:
    """The maximum of `height` over the logarithm of the error, and where it has dropped by _DROP."""
    heights = np.array([height(float(place)) for place in places])
    peak = int(heights.argmax())
    low, high = places[max(peak - 1, 0)], places[min(peak + 1, len(places) - 1)]
    best = minimize_scalar(lambda x: -height(float(x)), bounds=(low, high), method="bounded", options={"xatol": 2e-3})
    top, at = max((-float(best.fun), float(best.x)), (float(heights[peak]), float(places[peak])))

    def above(x: float) -> float:
        return height(x) - top + _DROP

    below = places[(places < at) & (heights < top - _DROP)]
    beyond = places[(places > at) & (heights < top - _DROP)]
    lo = float(np.exp(brentq(above, float(below[-1]), at, xtol=2e-3))) if len(below) else 0.0
    hi = float(np.exp(brentq(above, at, float(beyond[0]), xtol=2e-3) if len(beyond) else places[-1]))
    return PooledError(0.0 if at == places[0] else float(np.exp(at)), lo, hi)
