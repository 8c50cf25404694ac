"""The tracks table in a few numbers: how many, which alpha, which D, and how well the model fits."""

from __future__ import annotations

import numpy as np
import polars as pl

from perrin.result import status
from perrin.types import FloatArray, Json


def summarise(tracks: pl.DataFrame) -> Json:
    """Summary of the tracks that were estimated (status ok).

    Returns a dict with `n` (tracks estimated), `alpha` and `D_frame` (median, quartiles), `alpha_below_1`,
    `alpha_above_1`, `alpha_compatible_with_1` (tracks whose 95 % interval lies below, above or around 1),
    `alpha_given` (alpha where it was given to the method), `common_D` (value and 95 % interval if all tracks
    shared it, where alpha was given and the localisation error not fitted: else the priors of many tracks add up
    to a bias that the interval would not show), and
    `misfits` (tracks with fit_p < .05, and how many of the tested ones that would be by chance). Entries that
    cannot be given are None.
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
    fixed = bounded.height > 0 and bool((bounded["alpha_lo"] == bounded["alpha_hi"]).all())
    known_error = not bounded["sigma_source"].is_in(["fitted"]).any()
    found["alpha_given"] = float(bounded["alpha"][0]) if fixed else None
    found["common_D"] = _common_diffusion(bounded) if fixed and known_error else None
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


def _common_diffusion(table: pl.DataFrame) -> Json | None:
    """D if all tracks shared it: the product of their posteriors, D ~ InvGamma(shape, scale) each.

    Without localisation error the posteriors are inverse gamma; otherwise each is matched by the one with its
    geometric mean and the width of its 95 % interval. Shapes and scales add up.
    """
    from scipy.special import digamma, gammaincinv

    known = table.drop_nulls(["D", "D_lo", "D_hi"]).filter(pl.col("D_hi") > pl.col("D_lo"))
    if known.height == 0:
        return None
    value, low, high = (known[c].to_numpy() for c in ("D", "D_lo", "D_hi"))
    shape = _gamma_shape(np.log(high / low))
    scale = value * np.exp(digamma(shape))
    a, b = float(shape.sum()), float(scale.sum())
    return {
        "value": b * float(np.exp(-digamma(a))),
        "lo": b / float(gammaincinv(a, 0.975)),
        "hi": b / float(gammaincinv(a, 0.025)),
    }


def _gamma_shape(log_width: FloatArray) -> FloatArray:
    """Shape of the (inverse) gamma distribution whose central 95 % interval spans `log_width` on a log scale."""
    from scipy.special import gammaincinv

    shapes = np.geomspace(0.05, 1e7, 4000)
    widths = np.log(gammaincinv(shapes, 0.975)) - np.log(np.maximum(gammaincinv(shapes, 0.025), 1e-300))
    return np.exp(np.interp(-log_width, -widths, np.log(shapes)))
