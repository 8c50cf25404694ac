"""Learning alpha and the model from few or many tracks: four routes, one test set, errors with intervals.

Tracks are of the five models of the first AnDi challenge with its noise (`perrin simulate andi`), 100 frames long.
Cells that are done are kept under checkpoints/bench-wavelets, so the benchmark can be stopped and goes on where it was;
started twice, it works on two cells at once.
"""

from __future__ import annotations

import time
from pathlib import Path

import plotly.graph_objects as go

from perrin.bench.record import surroundings
from perrin.bench.wavelets import ablation, beads, cells, figure, speed, table
from perrin.types import Json


def run(data: Path, minutes: float | None = None) -> Json:
    """All parts, or as many cells as begin within `minutes`; beads need `data`/anomdiffdb_beads."""
    end = None if minutes is None else time.monotonic() + 60 * minutes
    missing = cells.fill(end)
    return {
        "command": "perrin bench wavelets",
        **surroundings(),
        "test tracks": cells.TEST,
        "cells still to run": missing,
        "curves": table.curves(),
        "who is best": table.verdicts(),
        "what the wavelets add": table.additions(),
        "first AnDi challenge, 2-D": table.yardstick(),
        "ablation": ablation.run(end),
        "speed of scalograms": speed.run(),
        "beads": beads.run(data, end),
    }


def figures(result: Json) -> dict[str, go.Figure]:
    """`wavelets-alpha` and `wavelets-class`: errors against the number of tracks."""
    return figure.figures(result)
