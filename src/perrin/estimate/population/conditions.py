"""Conditions compared honestly: a replicate is one observation, however many tracks it has.

Tracks of one cell, dish or day are alike for reasons that have nothing to do with the condition, so a test over tracks
finds differences everywhere (pseudo-replication; Lord et al., J. Cell Biol. 219, e202001064 (2020)). Here each
replicate gives one value a quantity, and conditions are compared by Welch's t test over these.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np
import polars as pl

from perrin.estimate.population.fit import distribution
from perrin.estimate.population.mixture import Single
from perrin.estimate.population.summary import Kinds, laws_of
from perrin.result.population import COMPARISONS, REPLICATES
from perrin.types import FloatArray, IntArray

_NOTHING: Final = 1e-9
"""Replicates that differ by less than this do not differ; there is nothing to test."""
FEWEST: Final = 20
"""Tracks that a replicate must have to give values of its own."""


def replicate_values(scaled: Single, jumps: IntArray, info: pl.DataFrame, kinds: Kinds) -> pl.DataFrame:
    """REPLICATES: the quantities of every replicate (every source where none are named); none of a single one."""
    labeled = info.with_columns(replicate=pl.coalesce("replicate", "source")).with_row_index()
    groups = list(labeled.group_by("condition", "replicate", maintain_order=True))
    rows = []
    for (condition, replicate), part in groups if len(groups) > 1 else []:
        if part.height < FEWEST:
            continue
        index = part["index"].to_numpy()
        rng = np.random.default_rng(0)  # without draws it is not used
        found = distribution(scaled[:, index], jumps[index], kinds.grid, draws=0, rng=rng)
        rows += [
            {"condition": condition, "replicate": replicate, "n_tracks": part.height, "quantity": name, "value": value}
            for name, value in _quantities(found.tracks, kinds).items()
        ]
    table = REPLICATES.from_rows(rows)
    return table.with_columns(pl.col("value").fill_nan(None))


def compare(replicates: pl.DataFrame) -> pl.DataFrame:
    """COMPARISONS: every pair of conditions in every quantity; without test where a side has one replicate."""
    conditions = replicates["condition"].drop_nulls().unique().sort().to_list()
    rows = []
    for name in replicates["quantity"].unique(maintain_order=True):
        one = replicates.filter(pl.col("quantity") == name).drop_nulls("value")
        for pair in combinations(conditions, 2):
            a, b = (one.filter(pl.col("condition") == c)["value"].to_numpy() for c in pair)
            if len(a) and len(b):
                rows.append({"quantity": name, "condition": pair[0], "other": pair[1], **welch(a, b)})
    return COMPARISONS.from_rows(rows)


def _quantities(tracks: FloatArray, kinds: Kinds) -> dict[str, float]:
    log_d, alpha = laws_of(kinds.grid)
    mobile = ~kinds.members(0)
    weights = tracks[mobile]
    found = {"immobile fraction": float(tracks[~mobile].sum())}
    if len(kinds.support) > 1:
        found |= {
            f"fraction of mode {i + 1}": float(tracks[kinds.members(i + 1)].sum()) for i in range(len(kinds.support))
        }
    with np.errstate(invalid="ignore"):
        found["mean log10 D_frame, mobile"] = float(weights @ log_d[mobile] / weights.sum())
        if len(kinds.grid.alpha) > 1:
            found["mean alpha, mobile"] = float(weights @ alpha[mobile] / weights.sum())
    return found


def welch(a: FloatArray, b: FloatArray) -> dict[str, float | int | None]:
    """Means and their difference (second less first); interval and p where both have two replicates or more."""
    found: dict[str, float | int | None] = {
        "replicates": len(a), "other_replicates": len(b), "mean": float(a.mean()), "other_mean": float(b.mean()),
        "difference": float(b.mean() - a.mean()), "difference_lo": None, "difference_hi": None, "p": None,
    }  # fmt: skip
    if min(len(a), len(b)) > 1:
        variances = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
        error = float(np.sqrt(sum(variances)))
        if error > _NOTHING:
            from scipy import stats

            freedom = sum(variances) ** 2 / (variances[0] ** 2 / (len(a) - 1) + variances[1] ** 2 / (len(b) - 1))
            difference, reach = float(b.mean() - a.mean()), float(stats.t.ppf(0.975, freedom)) * error
            found |= {"difference_lo": difference - reach, "difference_hi": difference + reach}
            found["p"] = 2 * float(stats.t.sf(abs(difference) / error, freedom))
    return found
