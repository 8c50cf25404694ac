"""The tracks table in a few numbers: how many, which alpha, which D, and how well the model fits.

The numbers of a whole are merged from those of its parts, so no place ever needs all tracks at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self, final

import numpy as np
import polars as pl

from perrin.result import status
from perrin.result.quantile_sketch import QuantileSketch
from perrin.types import FloatArray, Json

_COLUMNS: Final = ("alpha", "D", "D_frame", "sigma")


def summarize(tracks: pl.DataFrame) -> Json:
    """Summary of the tracks that were estimated (status ok).

    Returns a dict with `n` (tracks estimated), `alpha` and `D_frame` (median, quartiles), `alpha_below_1`,
    `alpha_above_1`, `alpha_compatible_with_1` (tracks whose 95 % interval lies below, above or around 1),
    `alpha_given` (alpha where it was given to the method), `common_D` (value and 95 % interval if all tracks
    shared it, where alpha was given and the localisation error not fitted: else the priors of many tracks add up
    to a bias that the interval would not show), and
    `misfits` (tracks with fit_p < .05, and how many of the tested ones that would be by chance). Entries that
    cannot be given are None.
    """
    return Summary.of(tracks).as_json()


@final
@dataclass(frozen=True, eq=False)
class Summary:
    """What is known of the estimated tracks of a part, and merges to the same of the whole.

    Attributes:
        n: tracks with status ok.
        sketches: how alpha, D, D_frame and sigma are spread over them.
        bounded, below, above: tracks with an interval of alpha; those with all of it below, above 1.
        alpha: that of the first of them; None where there is none.
        fixed: all of them have an interval without width: alpha was given.
        fitted: the localisation error of one of them was fitted.
        shape, scale: of the inverse gamma distribution that D has if they share it.
        tested, misfits: tracks with a goodness of fit; those with fit_p below .05.
    """

    n: int
    sketches: Mapping[str, QuantileSketch]
    bounded: int
    below: int
    above: int
    alpha: float | None
    fixed: bool
    fitted: bool
    shape: float
    scale: float
    tested: int
    misfits: int

    @classmethod
    def of(cls, tracks: pl.DataFrame) -> Self:
        """The summary of some rows of a tracks table."""
        good = tracks.filter(pl.col("status") == status.OK)
        bounded = good.drop_nulls(["alpha_lo", "alpha_hi"])
        tested = good["fit_p"].drop_nulls()
        fixed = bool((bounded["alpha_lo"] == bounded["alpha_hi"]).all())
        shape, scale = _common_diffusion(bounded) if fixed and bounded.height else (0.0, 0.0)
        return cls(
            n=good.height,
            sketches={column: QuantileSketch.of(good[column].drop_nulls().to_numpy()) for column in _COLUMNS},
            bounded=bounded.height,
            below=int((bounded["alpha_hi"] < 1).sum()),
            above=int((bounded["alpha_lo"] > 1).sum()),
            alpha=float(bounded["alpha"][0]) if bounded.height else None,
            fixed=fixed,
            fitted=bool(bounded["sigma_source"].is_in(["fitted"]).any()),
            shape=shape,
            scale=scale,
            tested=len(tested),
            misfits=int((tested < 0.05).sum()),
        )

    @classmethod
    def merged(cls, parts: Sequence[Self]) -> Self:
        """The summary of all parts together."""
        return cls(
            sketches={column: QuantileSketch.merged([part.sketches[column] for part in parts]) for column in _COLUMNS},
            alpha=next((part.alpha for part in parts if part.alpha is not None), None),
            fixed=all(part.fixed for part in parts),
            fitted=any(part.fitted for part in parts),
            shape=sum(part.shape for part in parts),
            scale=sum(part.scale for part in parts),
            **{
                name: sum(getattr(part, name) for part in parts)
                for name in ("n", "bounded", "below", "above", "tested", "misfits")
            },
        )

    def as_json(self) -> Json:
        """As `summarize` returns it."""
        given = self.fixed and self.bounded > 0
        return {
            "n": self.n,
            **{column: self.sketches[column].as_json() for column in _COLUMNS},
            "alpha_below_1": self.below,
            "alpha_above_1": self.above,
            "alpha_compatible_with_1": self.bounded - self.below - self.above,
            "alpha_given": self.alpha if given else None,
            "common_D": self._common_D() if given and not self.fitted and self.shape else None,
            "misfits": {"tested": self.tested, "below_05": self.misfits, "expected": 0.05 * self.tested},
        }

    def _common_D(self) -> Json:  # noqa: N802
        from scipy.special import digamma, gammaincinv

        return {
            "value": self.scale * float(np.exp(-digamma(self.shape))),
            "lo": self.scale / float(gammaincinv(self.shape, 0.975)),
            "hi": self.scale / float(gammaincinv(self.shape, 0.025)),
        }


def _common_diffusion(table: pl.DataFrame) -> tuple[float, float]:
    """Shape and scale of D if all tracks shared it: the product of their posteriors, D ~ InvGamma(shape, scale) each.

    Without localisation error the posteriors are inverse gamma; otherwise each is matched by the one with its
    geometric mean and the width of its 95 % interval. Shapes and scales add up.
    """
    from scipy.special import digamma

    known = table.drop_nulls(["D", "D_lo", "D_hi"]).filter(pl.col("D_hi") > pl.col("D_lo"))
    if known.height == 0:
        return 0.0, 0.0
    value, low, high = (known[c].to_numpy() for c in ("D", "D_lo", "D_hi"))
    shape = _gamma_shape(np.log(high / low))
    scale = value * np.exp(digamma(shape))
    return float(shape.sum()), float(scale.sum())


def _gamma_shape(log_width: FloatArray) -> FloatArray:
    """Shape of the (inverse) gamma distribution whose central 95 % interval spans `log_width` on a log scale."""
    from scipy.special import gammaincinv

    shapes = np.geomspace(0.05, 1e7, 4000)
    widths = np.log(gammaincinv(shapes, 0.975)) - np.log(np.maximum(gammaincinv(shapes, 0.025), 1e-300))
    return np.exp(np.interp(-log_width, -widths, np.log(shapes)))
