"""Annealed transient time model: Brownian motion whose D is drawn anew after a time that D itself decides.

A D has density D^(sigma - 1) and lasts D^-gamma, so that alpha = sigma / gamma (regime I: sigma < gamma < sigma + 1).
Massignan, Manzo, Torreno-Pina, García-Parajo, Lewenstein & Lapeyre, Phys. Rev. Lett. 112, 150603 (2014).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.simulate.andi_models.renewal import gather, interval_at, on_sphere
from perrin.types import FloatArray

RANGE: Final = (0.0, 1.0)
"""Exponents that the model can have, the lower end excluded."""
_SIGMA: Final = (0.03, 3.3)
_QUANTILES: Final = (0.1, 0.99)
"""D is drawn between these quantiles of its density, the upper tail of the times first."""


def paths(alpha: FloatArray, n: int, dimension: int, rng: np.random.Generator) -> FloatArray:
    """(k, n, dimension) positions at n frames, the first of them 0, for the exponents `alpha` (k,)."""
    k = len(alpha)
    with np.errstate(divide="ignore"):
        largest = np.minimum(_SIGMA[1], alpha / (1 - alpha))
    sigma = rng.uniform(np.minimum(_SIGMA[0], largest), largest)
    log_d = np.log1p(-rng.uniform(*_QUANTILES, (k, n))) / sigma[:, None]
    duration = np.exp(np.minimum(-log_d * (sigma / alpha)[:, None], np.log(n))).astype(np.int64)
    spread = gather(np.sqrt(2 * np.exp(log_d)), interval_at(np.cumsum(duration, axis=1), n - 1))
    if dimension == 3:
        steps = on_sphere(spread * rng.standard_normal(spread.shape), rng)
    else:
        steps = spread[..., None] * rng.standard_normal((*spread.shape, dimension))
    return np.concatenate([np.zeros((k, 1, dimension)), np.cumsum(steps, axis=1)], axis=1)
