"""`python -m perrin.hurst_test.tabulate -o null.json`: simulate the null distribution of the statistic.

Every grid point is simulated on its own seed and kept in a file beside the output, so that the command can be stopped
and started again. Quantiles are smoothed over (H, error) by a polynomial for each length, number of
axes and probability: the statistic is nearly the same everywhere, and the noise of single points is not.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Final

import numpy as np

from perrin.hurst_test.calibrated_test import scores_of_regular
from perrin.hurst_test.efficient_scores import coefficients, joined_axes, statistic
from perrin.hurst_test.null_distribution import NullTable
from perrin.hurst_test.whittle import error_ratio
from perrin.simulate import fractional_gaussian_noise
from perrin.types import FloatArray, Json

HURST: Final = np.array([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.88, 0.95])
ANGLE: Final = np.array([0.0, 0.3, 0.6, 0.9, 1.2])
SERIES: Final = {32: 16_800, 64: 16_800, 128: 16_800, 256: 9_600, 512: 4_800}
"""Simulated series for each number of positions; the longer, the nearer the limit that is the same for all."""
TAIL: Final = np.array([0.97, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.12, 0.1, 0.08, 0.065, 0.05, 0.04,
                        0.03, 0.02, 0.015, 0.01, 0.007, 0.005, 0.003, 0.002, 0.001])  # fmt: skip
AXES: Final = 3
_BLOCK: Final = 120
_IN_HURST, _IN_ANGLE = 6, 2
"""Degrees of the smoothing polynomial."""


def main() -> None:
    """Simulate what is missing, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--out", type=Path, required=True, help="the table to write")
    out: Path = parser.parse_args().out
    kept = out.with_suffix(".partial")
    done: Json = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for n, series in SERIES.items():
        for i, hurst in enumerate(HURST):
            for j, angle in enumerate(ANGLE):
                key = f"{n} {i} {j}"
                if key not in done:
                    drawn = simulate(n, float(hurst), float(angle), series, seed=(n, i, j))
                    done[key] = np.quantile(drawn, 1 - TAIL, axis=1).T.tolist()
                    kept.write_text(json.dumps(done), encoding="utf-8")
                    print(key, flush=True)
    shape = (len(SERIES), len(HURST), len(ANGLE))
    raw = np.array([done[f"{n} {i} {j}"] for n in SERIES for i in range(shape[1]) for j in range(shape[2])])
    quantiles = np.moveaxis(raw.reshape(*shape, AXES, len(TAIL)), 3, 0)
    table = NullTable(HURST, ANGLE, np.array(list(SERIES), dtype=float), TAIL, smooth(quantiles))
    about = {"command": "python -m perrin.hurst_test.tabulate -o src/perrin/hurst_test/null.json",
             "series": {str(n): count for n, count in SERIES.items()}}  # fmt: skip
    out.write_text(json.dumps({"about": about, **table.to_json()}) + "\n", encoding="utf-8")


def simulate(positions: int, hurst: float, angle: float, series: int, seed: tuple[int, ...]) -> FloatArray:
    """(3, series) statistics of FBM with error in 1, 2 and 3 axes; the axes are drawn from the same series."""
    rng = np.random.default_rng(seed)
    rho = float(error_ratio(np.array(angle)))
    found = []
    for _ in range(series // _BLOCK):
        steps = fractional_gaussian_noise(hurst, positions - 1, paths=_BLOCK, rng=rng)
        steps += rho * np.diff(rng.standard_normal((_BLOCK, positions)), axis=1)
        scores, variances = scores_of_regular(steps)[2:]
        axes = [np.stack([np.roll(a, k, axis=0) for k in range(AXES)], axis=1) for a in (scores, variances)]
        found.append([statistic(coefficients(*joined_axes(*(a[:, :d] for a in axes)))) for d in range(1, AXES + 1)])
    drawn: FloatArray = np.concatenate(found, axis=1)
    return drawn


def smooth(quantiles: FloatArray) -> FloatArray:
    """Logarithms of quantiles (d, c, a, b, l) fitted by a polynomial in H and angle."""
    h, a = np.meshgrid(HURST - 0.5, ANGLE - 0.6, indexing="ij")
    terms = np.stack([h**p * a**q for p in range(_IN_HURST + 1) for q in range(_IN_ANGLE + 1)], axis=-1)
    terms = terms.reshape(h.size, -1)
    project = terms @ np.linalg.pinv(terms)
    d, c, _, _, levels = quantiles.shape
    flat = np.log(quantiles).reshape(d, c, h.size, levels)
    fitted: FloatArray = np.exp(np.einsum("ij,dcjl->dcil", project, flat))
    return fitted.reshape(quantiles.shape)


if __name__ == "__main__":
    main()
