"""What the paper's test says of the signals of Table IV with every method's H(t), beside the calibrated test.

Kept for the figure, as in the paper's 6 to 8: one signal of each case with median and band of FBM and the share inside.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from benchmarks.mfbm.methods import Makers, signals
from perrin.hurst_test import run_hurst_test
from perrin.result import HurstTest
from perrin.simulate.mfbm_cases import TABLE_FOUR
from perrin.types import Json

SIGNALS: Final = 100
_SHOWN: Final = 4
"""Every so many points of the shown signals are kept."""


def both_tests(methods: Makers) -> tuple[Json, Json]:
    """Shares of signals that either test calls multifractional, mean share inside the band, and the shown signals."""
    table: Json = {}
    shown: Json = {}
    for key, case in TABLE_FOUR.items():
        tracks = signals(case, SIGNALS, seed=2023)
        table[key], shown[key] = {"H(t)": case.title, "T": case.length, "signals": SIGNALS}, {}
        for name, make in methods.items():
            if "," in name:  # settings of one's own belong into the tables of errors
                continue
            found = run_hurst_test(tracks, method=make(case), seed=1)
            tests = found.tests
            table[key]["calibrated test says MFBM"] = float(np.mean(tests["p"].to_numpy() <= found.level))
            table[key][name] = {
                "band test says MFBM": float(np.mean(tests["band_verdict"].to_numpy() == "MFBM")),
                "inside the band": float(np.mean(tests["band_inside"].to_numpy())),
            }
            shown[key][name] = _first(found)
    return table, shown


def _first(found: HurstTest) -> Json:
    """Estimate, median and band of the first signal."""
    test = found.tests.row(0, named=True)
    points = found.bands.filter((pl.col("source") == test["source"]) & (pl.col("track") == test["track"]))[::_SHOWN]
    lines = {name: points[name].round(4).to_list() for name in ("hurst", "lo", "median", "hi")}
    return {"t": (points["t"] + 1).to_list(), **lines, "inside": test["band_inside"], "verdict": test["band_verdict"]}
