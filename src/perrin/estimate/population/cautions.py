"""What to beware of when a population of tracks is read: mostly, that the tracks are not the particles."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.population.sample import Sample

_FEW_POSITIONS: Final = 4


def population_cautions(
    sample: Sample, error: PooledError | None, comparisons: pl.DataFrame, *, alpha: float | None, depth: float | None
) -> tuple[str, ...]:
    """Sentences, the most important first."""
    beyond = sample.counts.get("beyond", 0)
    said = [_selection(sample, depth)]
    if beyond:
        said.insert(0, (
            f"{beyond:,} of {len(sample) + beyond:,} tracks have steps more than 10,000 times as long as those of the "
            "median track and were excluded. Check for damaged rows and for files in another unit."
        ))  # fmt: skip
    if error is not None and error.low == 0:
        said.append(
            f"In these tracks, the localization error (between 0 and {error.high:.3g} {sample.tracks.units.length}) "
            "cannot be distinguished from slow motion. The slow and immobile fractions depend on it. Give it with "
            "--localization-error."
        )
    elif error is not None and alpha is None:
        said.append(
            "The localization error was estimated from the tracks, assuming that it is the same for all of them. In "
            "short tracks, a localization error looks like alpha below 1. It is safer to give a measured error with "
            "--localization-error."
        )
    if alpha is None and np.median(sample.tracks.lengths) < _FEW_POSITIONS:
        said.append(
            "Half of the tracks have fewer than 4 positions and contain almost no information about alpha. The "
            "distribution of alpha comes from the longer tracks. With --alpha 1 the distribution of the diffusion "
            "coefficient per frame interval (D_frame) is more precise."
        )
    if sample.counts["eligible"] > len(sample) + beyond:
        said.append(
            f"{len(sample):,} of {sample.counts['eligible']:,} tracks were used, as a random sample; the bands are "
            "for this sample."
        )
    if comparisons.height and comparisons["p"].null_count() == comparisons.height:
        said.append(
            "A condition has only one replicate, so the conditions cannot be compared by a test. The bands show the "
            "variation between tracks, not between replicates."
        )
    return tuple(said)


def _selection(sample: Sample, depth: float | None) -> str:
    shortest = int(sample.tracks.lengths.min())
    text = (
        "Tracks are not particles. Fast particles leave the focus sooner, so they give more and shorter tracks and "
        "fewer jumps, and particles seen only once are missing. Therefore fractions of tracks are biased toward fast "
        "motion, and fractions of jumps toward slow motion"
    )
    text += (
        "; use --focal-depth to correct the fractions of jumps."
        if depth is None
        else "; the fractions of particles are corrected for this."
    )
    if sample.counts["single"] == 0 and shortest > 2:
        text += (
            f" The shortest track has {shortest} positions. Shorter tracks were probably removed before. This removes "
            "fast particles and is not corrected."
        )
    return text
