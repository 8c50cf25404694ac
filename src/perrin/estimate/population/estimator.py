"""`PopulationEstimator`: how alpha and D_frame are spread over all tracks together, those of two positions included.

Each short track says little, but the likelihood of all of them under a common distribution of laws says much. That
distribution is found by maximum likelihood on a grid, as smooth as the tracks allow (`fit`), with the exact likelihood
of every track (`likelihood`); nothing is said of its form. Resampled tracks give the bands.

Kiefer & Wolfowitz, Ann. Math. Stat. 27, 887 (1956); state arrays: Heckert et al., eLife 11, e70169 (2022).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np
import polars as pl

from perrin.errors import InputError
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.population.cautions import population_cautions
from perrin.estimate.population.conditions import FEWEST, compare, replicate_values
from perrin.estimate.population.fit import distribution
from perrin.estimate.population.grid import Grid
from perrin.estimate.population.likelihood import Likelihoods, ObservationModel, likelihoods
from perrin.estimate.population.pooled_error import pooled_error_of_population
from perrin.estimate.population.sample import Sample
from perrin.estimate.population.summary import Kinds, tabulate_laws
from perrin.result.population import COMPARISONS, Population, PopulationFacts
from perrin.tracks import Tracks
from perrin.validate import check_alpha, check_exposure, check_seed, check_sigma

MOST_TRACKS: Final = {True: 100_000, False: 10_000}
"""Tracks used at most where alpha is given (True) or free (False): beyond, a fair sample. At 10,000 tracks a fraction
of one half is known to 1 % (two standard errors); more tracks would not change what the figures show."""


@final
@dataclass(frozen=True)
class PopulationEstimator:
    """The distribution of (alpha, D_frame) over a population of tracks.

    Attributes:
        sigma: localisation error in the tracks' unit of length: None where unknown (then the errors stated in the
            tracks are used, else the one error that makes the tracks most likely), 0 for none, one value, or
            (lateral, axial).
        alpha: the anomalous exponent where it is known.
        drift: marginalise an unknown constant velocity of each track; tracks of two positions then say nothing.
        exposure: fraction of the frame interval during which light is collected.
        focal_depth: depth of focus in the tracks' unit of length; None: no correction.
        draws: bootstrap samples.
        seed: of the draws.
        pooled: the error that longer tracks were found to share, used where sigma is unknown and this excludes none.
    """

    sigma: float | tuple[float, ...] | None = None
    alpha: float | None = None
    drift: bool = False
    exposure: float = 0.0
    focal_depth: float | None = None
    draws: int = 100
    seed: int = 0
    pooled: PooledError | None = None

    def __post_init__(self) -> None:
        check_alpha(self.alpha)
        check_exposure(self.exposure)
        if self.focal_depth is not None and not 0 < self.focal_depth < np.inf:
            raise InputError(f"the focal depth must be positive, not {self.focal_depth}")
        check_seed(self.seed)
        if self.draws < 0:
            raise InputError(f"the number of draws cannot be {self.draws}", remedy="Use 0 or more.")
        check_sigma(self.sigma)

    @property
    def most_tracks(self) -> int:
        """How many tracks are used at most."""
        return MOST_TRACKS[self.alpha is not None]

    def sample(self, tracks: Tracks, *, share: float = 1.0) -> Sample:
        """What is needed of `tracks`; samples of chunks merge (`Sample.merged`) to the sample of the whole.

        `share` below 1 looks at that part of the tracks, by their lots (`perrin.tracks.sampling`).
        """
        return Sample.of(tracks, most=self.most_tracks, shortest=2 + self.drift, share=share)

    def estimate(self, sample: Sample) -> Population:
        """The distribution; one without laws and with a reason where there are too few tracks."""
        sample = sample.within_reach()
        units, counts = sample.tracks.units, sample.counts
        facts = PopulationFacts(
            n_tracks=counts["tracks"], n_bad=counts["bad_input"], n_single=counts["single"],
            n_eligible=counts["eligible"], n_used=len(sample), n_jumps=counts["jumps"], alpha=self.alpha,
        )  # fmt: skip
        if len(sample) < FEWEST or sample.still().all():
            return Population.none(replace(facts, reason=self._why_none(sample)), units)
        dt = sample.time_step()
        pooled = self.pooled if self.pooled is not None and self.pooled.low > 0 else None
        known = LocalizationError.of(self.sigma, sample.tracks, pooled)
        found = pooled if known.source == "pooled" else None
        if known.source == "fitted":
            found = pooled_error_of_population(
                sample, alpha=self.alpha, exposure=self.exposure, drift=self.drift, dt=dt
            )
            known = replace(LocalizationError.of(found.sigma, sample.tracks), source="shared")
        sigma = known.typical
        if known.stated and sample.tracks.sigma is not None:
            sigma = float(np.sqrt(np.mean(sample.tracks.sigma**2)))
        grid = Grid.around(sample.step_variances(), alpha=self.alpha, sigma=sigma, dt=dt)
        matrix = likelihoods(sample.tracks, grid, ObservationModel(known, sigma, self.exposure, self.drift))
        return self._describe(sample, grid, matrix, sigma, found, known.source, facts)

    def _describe(
        self, sample: Sample, grid: Grid, matrix: Likelihoods, sigma: float, pooled: PooledError | None, source: str,
        facts: PopulationFacts,
    ) -> Population:  # fmt: skip
        rng = np.random.default_rng(self.seed)
        scaled, jumps, info = matrix.scaled, sample.jumps, sample.tracks.info
        whole = distribution(scaled, jumps, grid, draws=self.draws, rng=rng)
        resolution = sigma**2 / (2 * grid.dt * float(np.median(jumps)))
        kinds = Kinds.found_in(whole, grid, resolution)
        laws = [tabulate_laws(whole, grid, self.focal_depth, None)]
        modes = [kinds.tabulate(whole, self.focal_depth, None)]
        named = info["condition"].drop_nulls().unique().sort().to_list()
        for condition in named if len(named) > 1 else []:
            rows = np.flatnonzero((info["condition"] == condition).fill_null(value=False).to_numpy())
            if len(rows) >= FEWEST:
                own = distribution(scaled[:, rows], jumps[rows], grid, draws=self.draws, rng=rng)
                laws.append(tabulate_laws(own, grid, self.focal_depth, condition))
                modes.append(kinds.tabulate(own, self.focal_depth, condition))
        replicates = replicate_values(scaled, jumps, info, kinds)
        comparisons = compare(replicates) if len(named) > 1 else COMPARISONS.empty()
        told = replace(
            facts, dt=grid.dt, sigma=sigma, sigma_source=source,
            sigma_lo=pooled.low if pooled else None, sigma_hi=pooled.high if pooled else None, resolution=resolution,
            draws=self.draws, focal_depth=self.focal_depth,
            warnings=population_cautions(sample, pooled, comparisons, alpha=self.alpha, depth=self.focal_depth),
        )  # fmt: skip
        return Population(pl.concat(laws), pl.concat(modes), replicates, comparisons, sample.tracks.units, told)

    def _why_none(self, sample: Sample) -> str:
        if len(sample) < FEWEST:
            return (
                f"{len(sample):,} tracks have {2 + self.drift} positions or more; at least {FEWEST} are needed to "
                "estimate the distribution of a population."
            )
        return "No track moves, so all tracks are immobile."
