"""The population in a few numbers: how many, which alpha, which D, and how well the model fits."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from perrin.result import status
from perrin.types import FloatArray, Json

_INTERVAL: Final = 2 * 1.959963984540054
"""Width of a central 95 % interval in standard deviations."""


def summarise(tracks: pl.DataFrame) -> Json:
    """Summary of the tracks that were estimated (status ok).

    Returns a dict with `n` (tracks estimated), `alpha` and `D_frame` (median, quartiles), `alpha_below_1`,
    `alpha_above_1`, `alpha_compatible_with_1` (tracks whose 95 % interval lies below, above or around 1),
    `common_alpha`, `common_D`, `common_D_frame` (value and 95 % interval if all tracks obeyed one law: the
    precision-weighted mean, of the logarithm for D), and `misfits` (tracks with fit_p < .05, and how many
    of the tested ones that would be by chance). Entries that cannot be given are None.
    """
    good = tracks.filter(pl.col("status") == status.OK)
    found: Json = {"n": good.height}
    for column in ("alpha", "D", "D_frame", "sigma"):
        values = good[column].drop_nulls().to_numpy()
        found[column] = _quartiles(values)
    bounded = good.drop_nulls(["alpha_lo", "alpha_hi"])
    below, above = int((bounded["alpha_hi"] < 1).sum()), int((bounded["alpha_lo"] > 1).sum())
    found["alpha_below_1"], found["alpha_above_1"] = below, above
    found["alpha_compatible_with_1"] = bounded.height - below - above
    found["common_alpha"] = _common(bounded, "alpha", logarithm=False)
    found["common_D"] = _common(good, "D", logarithm=True)
    tested = good["fit_p"].drop_nulls()
    found["misfits"] = {
        "tested": len(tested),
        "below_05": int((tested < 0.05).sum()),
        "expected": 0.05 * len(tested),
    }
    return found


def _quartiles(values: FloatArray) -> Json | None:
    if len(values) == 0:
        return None
    lower, median, upper = np.percentile(values, [25, 50, 75])
    return {"median": float(median), "lower_quartile": float(lower), "upper_quartile": float(upper)}


def _common(table: pl.DataFrame, column: str, *, logarithm: bool) -> Json | None:
    """Precision-weighted mean over tracks, with the precision read from the width of each 95 % interval."""
    lo, hi = f"{column}_lo", f"{column}_hi"
    known = table.drop_nulls([column, lo, hi]).filter(pl.col(hi) > pl.col(lo))
    if known.height == 0:
        return None
    value, low, high = (known[c].to_numpy() for c in (column, lo, hi))
    if logarithm:
        value, low, high = np.log(value), np.log(low), np.log(high)
    weight = (_INTERVAL / (high - low)) ** 2
    mean = float(weight @ value / weight.sum())
    half = 0.5 * _INTERVAL / float(np.sqrt(weight.sum()))
    ends = (mean, mean - half, mean + half)
    centre, low_end, high_end = (float(np.exp(e)) for e in ends) if logarithm else ends
    return {"value": centre, "lo": low_end, "hi": high_end}
