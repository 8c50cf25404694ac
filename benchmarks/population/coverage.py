"""How often the bands hold the truth."""

from __future__ import annotations

from typing import Final

import numpy as np

from benchmarks.population.truth import DT, SIGMA, KnownMixture
from perrin.estimate.population import Sample
from perrin.estimate.population.pooled_error import pooled_error_of_population
from perrin.run import population
from perrin.types import Json

POPULATIONS: Final = 200
SIZES: Final = (300, 1500)
_TRUTH: Final = KnownMixture.of([0.05, 5.0], [0.3, 0.7])


def run() -> Json:
    """Coverage of the 95 % intervals, two kinds of tracks of 2 to 10 positions, error .03 µm, alpha given.

    Its own standard error is 1.5 % at 95 %.
    """
    return {
        "populations": POPULATIONS,
        "nominal": 0.95,
        "slow fraction and D, error known": [_bands(size) for size in SIZES],
        "shared error": [_error(size) for size in SIZES],
    }


def _bands(size: int) -> Json:
    inside = []
    for seed in range(POPULATIONS):
        found = population(_TRUTH.draw(size, SIGMA, 1000 + seed)[0], sigma=SIGMA, alpha=1.0)
        modes = found.main_modes()
        if modes.height != 2:
            inside.append((False, False, False, False))
            continue
        slow, fast = modes.rows(named=True)
        inside.append((
            slow["tracks_lo"] <= 0.3 <= slow["tracks_hi"], slow["jumps_lo"] <= 0.3 <= slow["jumps_hi"],
            slow["D_frame_lo"] <= 0.05 <= slow["D_frame_hi"], fast["D_frame_lo"] <= 5.0 <= fast["D_frame_hi"],
        ))  # fmt: skip
    tracks, jumps, slow_d, fast_d = np.mean(inside, axis=0)
    return {"tracks": size, "fraction of tracks": tracks, "of jumps": jumps, "slow D": slow_d, "fast D": fast_d}


def _error(size: int) -> Json:
    found = [
        pooled_error_of_population(
            Sample.of(_TRUTH.draw(size, SIGMA, 5000 + seed)[0], most=10**6), alpha=1.0, exposure=0.0, drift=False, dt=DT
        )
        for seed in range(POPULATIONS // 2)
    ]
    values = np.array([one.sigma for one in found])
    return {
        "tracks": size, "populations": len(found), "covered": float(np.mean([o.low <= SIGMA <= o.high for o in found])),
        "mean": float(values.mean()), "standard deviation": float(values.std()), "truth": SIGMA,
    }  # fmt: skip
