"""The population of all tracks, from memory, a table or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.population import PopulationEstimator
from perrin.result import Population
from perrin.tracks import Tracks
from perrin.tracks.reading import Readable, read
from perrin.types import Seed
from perrin.validate import seed_number

POPULATION: Final = "the population of all tracks"
"""What it is called where it could not be made."""
_SHARED: Final = ("sigma", "alpha", "drift", "exposure")
"""Settings that mean the same to the methods that have them."""


def population(
    data: Tracks | Readable,
    *,
    sigma: float | tuple[float, ...] | None = None,
    alpha: float | None = None,
    drift: bool = False,
    exposure: float = 0.0,
    focal_depth: float | None = None,
    draws: int = 100,
    seed: Seed = 0,
) -> Population:
    """How alpha and D_frame are spread over all tracks together, those of two positions included.

    Args:
        data: Tracks, or anything `perrin.read` takes.
        sigma: localisation error in the tracks' unit of length: None where unknown, 0 for none, one value, or
            (lateral, axial).
        alpha: the anomalous exponent, where it is known.
        drift: allow for an unknown constant velocity of each track.
        exposure: fraction of the frame interval during which light is collected.
        focal_depth: depth of focus in the tracks' unit of length, to correct fractions of particles; None: no
            correction.
        draws: bootstrap samples, from which the bands come.
        seed: of the draws: a whole number gives the same bands each time, a generator is drawn from, None gives others
            each time.

    Returns:
        Population with `laws` (fractions of tracks, jumps and particles over alpha and D_frame, with bands), `modes`,
        `replicates` and `comparisons` of conditions.

    Raises:
        InputError: naming what is wrong and the remedy.
    """
    tracks = data if isinstance(data, Tracks) else read(data)
    estimator = PopulationEstimator(
        sigma=sigma, alpha=alpha, drift=drift, exposure=exposure, focal_depth=focal_depth, draws=draws,
        seed=seed_number(seed),
    )  # fmt: skip
    return estimator.estimate(estimator.sample(tracks))


def checked(population: Population) -> Population:
    """The population; raises ArithmeticError where a fraction of it is no number."""
    for name, table, columns in (
        ("laws", population.laws, ("tracks", "jumps")), ("modes", population.modes, ("tracks", "jumps")),
    ):  # fmt: skip
        for column in columns:
            values = table[column]
            if values.null_count() or not values.is_finite().all():
                raise ArithmeticError(f"the fractions of {column} in {name} are not numbers")
    return population


def population_estimator(
    settings: Mapping[str, Any], *, focal_depth: float | None = None, seed: int = 0
) -> PopulationEstimator:
    """The population estimator that agrees with a method's `settings` (those of its Estimates) as far as they go."""
    shared = {name: settings[name] for name in _SHARED if name in settings}
    if isinstance(shared.get("sigma"), list):  # settings that were read from a file
        shared["sigma"] = tuple(shared["sigma"])
    pooled = settings.get("pooled")
    return PopulationEstimator(
        **shared, focal_depth=focal_depth, seed=seed, pooled=None if pooled is None else PooledError(**pooled)
    )
