"""Populations of short tracks: known mixtures beside `saspt`, coverage of the bands, the slab, real tracks."""

from __future__ import annotations

from pathlib import Path

import plotly.graph_objects as go

from benchmarks.population import accuracy, coverage, defocalization, real
from benchmarks.population.figure import distances, side_by_side
from benchmarks.record import surroundings
from perrin.types import Json


def run(data: Path) -> Json:
    """All parts. Needs `make peers`; the part on real tracks needs `saspt_u2os_nls` in `data` and is null without."""
    result: Json = {
        "command": "python -m benchmarks population --data FOLDER",
        **surroundings(),
        "asked": "closer to the truth than saspt in Wasserstein distance, with and without localisation error, "
        "on mixtures of tracks of 2 to 10 positions, and at least 10 times faster",
        "accuracy": accuracy.run(),
        "speed": accuracy.speed(),
        "focus": defocalization.run(),
        "coverage": coverage.run(),
        "real": real.run(data),
    }
    cells = result["accuracy"]
    result["closer in"] = f"{sum(cell['perrin'] < cell['saspt'] for cell in cells)} of {len(cells)} cells"
    result["times as fast"] = sorted(round(row["saspt"] / row["perrin"], 1) for row in result["speed"])
    return result


def figures(result: Json) -> dict[str, go.Figure]:
    """`population`: distance to the truth, cell by cell; `population-real`: real tracks side by side."""
    drawn = {"population": distances(result["accuracy"])}
    if result["real"] is not None:
        drawn["population-real"] = side_by_side(result["real"])
    return drawn
