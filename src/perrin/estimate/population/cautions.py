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
            f"{beyond:,} of {len(sample) + beyond:,} tracks take steps more than 10,000 times as long as those of the "
            "median track and were left out: look for damaged rows, or files in another unit."
        ))  # fmt: skip
    if error is not None and error.low == 0:
        said.append(
            "These tracks do not tell their localisation error apart from slow motion "
            f"(it lies between 0 and {error.high:.3g} {sample.tracks.units.length}), so slow and immobile fractions "
            "depend on it: state it with --localization-error."
        )
    elif error is not None and alpha is None:
        said.append(
            "The localisation error was found from the tracks themselves, under the assumption that all share it. "
            "Error and alpha below 1 look alike in short tracks: stating the error (--localization-error) is safer."
        )
    if alpha is None and np.median(sample.tracks.lengths) < _FEW_POSITIONS:
        said.append(
            "Half of the tracks have fewer than 4 positions and say next to nothing about alpha; what is shown of it "
            "comes from the longer tracks. With --alpha 1 the distribution of D_frame is sharper."
        )
    if sample.counts["eligible"] > len(sample) + beyond:
        said.append(
            f"{len(sample):,} of {sample.counts['eligible']:,} tracks were used, a fair sample; the bands are those of "
            "the sample."
        )
    if comparisons.height and comparisons["p"].null_count() == comparisons.height:
        said.append(
            "A condition has a single replicate, so whether the conditions differ cannot be tested: the bands are over "
            "tracks and say nothing about how replicates vary."
        )
    return tuple(said)


def _selection(sample: Sample, depth: float | None) -> str:
    shortest = int(sample.tracks.lengths.min())
    text = (
        "Tracks are not particles: fast ones leave the focus sooner, so they give more and shorter tracks and fewer "
        "jumps, and those seen once are not here at all. Fractions of tracks are therefore biased towards fast motion, "
        "fractions of jumps towards slow motion"
    )
    text += (
        "; give --focal-depth to correct the jumps." if depth is None else "; those of particles are corrected for it."
    )
    if sample.counts["single"] == 0 and shortest > 2:
        text += (
            f" The shortest track has {shortest} positions: shorter ones seem to have been left out before, which "
            "removes fast particles and is not corrected."
        )
    return text
