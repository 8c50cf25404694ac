"""Learning alpha and the model from few or many tracks: four routes, one test set, errors with intervals.

Tracks are of the five models of the first AnDi challenge with its noise (`perrin simulate andi`), 100 frames long.
Cells that are done are kept under checkpoints/bench-wavelets, so the benchmark can be stopped and goes on where it was;
started twice, it works on two cells at once. Where their files are gone, what the record says of them stays.
"""

from __future__ import annotations

import time
from pathlib import Path

import plotly.graph_objects as go

from benchmarks.record import surroundings
from benchmarks.wavelets import ablation, beads, figure, learner_runs, speed, table
from benchmarks.wavelets.previous_record import PreviousRecord
from perrin.types import Json


def run(data: Path, minutes: float | None = None, earlier: Json | None = None) -> Json:
    """All parts, or as many cells as begin within `minutes`; beads need `data`/anomdiffdb_beads.

    Args:
        data: folder of the data sets that stay outside.
        minutes: begin nothing new after so long.
        earlier: the last record: cells and banks in it are not run again.
    """
    end = None if minutes is None else time.monotonic() + 60 * minutes
    before = PreviousRecord(earlier or {})
    missing = learner_runs.run_missing(end, before.has)
    curves, last = before.curves(table.curves()), before.record
    largest = f"who is best, {learner_runs.LARGEST:,} tracks"
    return {
        "command": "python -m benchmarks wavelets",
        **surroundings(),
        "test tracks": learner_runs.TEST,
        "cells still to run": missing,
        "curves": curves,
        "who is best": table.verdicts(learner_runs.COMPARED, curves, last.get("who is best", {})),
        "what the wavelets add": table.additions(last.get("what the wavelets add", {})),
        largest: table.verdicts(learner_runs.LARGEST, curves, last.get(largest, {})),
        table.YARDSTICK: before.yardstick(table.yardstick()),
        "ablation": ablation.run(end, last.get("ablation", {})),
        "speed of scalograms": speed.run(),
        "beads": before.beads(beads.run(data, end)),
    }


def figures(result: Json) -> dict[str, go.Figure]:
    """`wavelets-alpha` and `wavelets-class`: errors against the number of tracks."""
    return figure.figures(result)
