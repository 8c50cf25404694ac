"""Made-up decisions, to look at figures and reports. Nothing is tested here."""

import numpy as np
import polars as pl

from perrin.result import HurstTest
from perrin.result.hurst_test import BANDS, TESTS
from perrin.tracks import Units


def decisions(n: int, banded: bool = True) -> HurstTest:
    """n tracks with p from 0 to 1; every other one leaves its band over its last fifth."""
    share = [0.8 if i % 2 else 1.0 for i in range(n)]
    tests = pl.DataFrame(
        {
            "source": ["a"] * n, "track": [f"<{i}>" for i in range(n)], "n_points": [50] * n,
            "p": np.linspace(0, 1, n), "hurst": [0.4] * n, "status": ["ok"] * n, "advice": [""] * n,
            "band_inside": share if banded else [None] * n, "band_verdict": ["FBM"] * n,
        }
    )  # fmt: skip
    missing = {name: pl.lit(None, dtype=kind) for name, kind in TESTS.dtypes.items() if name not in tests.columns}
    tests = tests.with_columns(**missing).select(list(TESTS.columns)).cast(TESTS.dtypes)
    rows = []
    for i in range(n):
        out = 0.3 if i % 2 else 0.0
        rows += [("a", f"<{i}>", k, float(k), 0.4 + out * (k >= 40), 0.3, 0.4, 0.5) for k in range(50)]
    bands = BANDS.from_rows(rows)
    return HurstTest(tests, bands, Units("µm", "s"), 0.05, 1000, "coeurjolly", {}).adjusted()
