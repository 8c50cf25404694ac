"""Multifractional Brownian motion: the paper's tables, a shape that nobody trained on, decisions, and what it costs.

Every method that perrin has for it sees the same fresh signals, 500 a case, in the unit of the paper: time runs over
1..T, the one-frame variance is 1. The paper's own numbers stand beside them, as printed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from benchmarks.mfbm import figure
from benchmarks.mfbm.cost import estimation_speed, simulation_speed
from benchmarks.mfbm.hurst_tests import both_tests
from benchmarks.mfbm.methods import SIGNALS, available
from benchmarks.mfbm.requirements import check_requirements
from benchmarks.mfbm.tables import all_tables
from benchmarks.record import surroundings
from perrin.types import Json


def run(data: Path, *, paper: bool = False) -> Json:
    """All tables; needs no data. With `paper`, mfbm-cnn also sees signals as published, neither shifted nor scaled."""
    del data
    methods = available(raw=paper)
    tables, curves = all_tables(methods)
    decided, shown = both_tests(methods)
    result: Json = {
        "command": "python -m benchmarks mfbm" + (" --paper" if paper else ""),
        **surroundings(),
        "signals": SIGNALS,
        **tables,
        "mean ratio of MAE to the paper's network, Table IV": {
            name: float(np.mean([row[name]["MAE / paper's network"] for row in tables["Table IV"].values()]))
            for name in methods
        },
        "decisions": decided,
        "tracks of 512 a second on one core": estimation_speed(methods),
        "milliseconds a path of 512": simulation_speed(),
    }
    return {**result, "asked": check_requirements(result), "curves": curves, "bands": shown}


def figures(result: Json) -> dict[str, go.Figure]:
    """`mfbm`: truth and estimates of every case; `mfbm-bands`: one signal of each in the band of FBM."""
    return {"mfbm": figure.estimates(result["curves"]), "mfbm-bands": figure.bands(result["bands"])}
