"""`soak`: random worlds through all methods and options of the main job, and what of it must never be.

A world is a seed: tracks of one or several kinds of motion (every simulator, and particles that rest or are carried),
in one to three dimensions, with gaps, uneven times and errors that are known, unknown or stated, of any size from 1e-12
to 1e12, analysed by any method with any options, now and then tested for a changing exponent, now and then by the
command line up to the report. It must raise and warn nothing, lose nothing, fail on no track, give numbers that are
possible and lie within their intervals, and give the same whatever the order of the tracks, the units and the chunks.

`worlds` and `calls` draw, `particles` makes the tracks, `examine` does it all, `checks` and `twists` say what must
hold, `crew` gives every world a limit of time, `journal` remembers, `command` says how to repeat a world.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.progress import steps
from benchmarks.record import surroundings
from benchmarks.soak.crew import LIMIT, records
from benchmarks.soak.journal import Journal
from perrin.types import Json

WORLDS: Final = 5_000


def run(data: Path, *, worlds: int = WORLDS, first: int = 0, jobs: int = 1, small: bool = False) -> Json:
    """Examine the worlds of the seeds from `first` on; `data` is not needed. Those that were done are not repeated."""
    del data
    journal = Journal.of(small)
    done = journal.read()
    seeds = range(first, first + worlds)
    todo = [seed for seed in seeds if seed not in done]
    for record in steps(records(todo, small=small, jobs=jobs), "worlds", total=len(todo)):
        journal.add(record)
        done[record["seed"]] = record
    result = summary([done[seed] for seed in seeds])
    journal.forget()
    return result


def summary(found: list[Json]) -> Json:
    """What was drawn, what was found by kind, with the commands that repeat the first of each, and what it cost."""
    failing = [record for record in found if record["findings"]]
    cost = [record["seconds"] for record in found]
    return {
        "asked": "no traceback, no warning, no failed track, no impossible number, nothing lost; the same whatever the "
        f"order, the units and the chunks; at most {LIMIT:g} s of processor a world",
        "worlds": len(found),
        "first": found[0]["seed"],
        "worlds with findings": len(failing),
        "kinds of findings": _kinds(failing),
        "drawn": {
            "methods": _counts(record["method"] for record in found),
            "kinds of motion": _counts(kind for record in found for kind in record["kinds"]),
            "dimensions": _counts(str(record["dimension"]) for record in found),
        },
        "seconds of processor a world": {
            "mean": round(float(np.mean(cost)), 3), "median": round(float(np.median(cost)), 3), "most": max(cost),
        },
        "met": not failing,
        "surroundings": surroundings(),
    }  # fmt: skip


def _kinds(failing: list[Json]) -> Json:
    """By kind, the most frequent first: how many worlds, and the first of them."""
    by_kind: dict[str, list[tuple[Json, str]]] = defaultdict(list)
    for record in failing:
        for check, where, said in record["findings"]:
            by_kind[f"{check}: {where}"].append((record, said))
    return {
        kind: {
            "worlds": len(cases), "seeds": [record["seed"] for record, _ in cases[:10]], "said": cases[0][1],
            "command": cases[0][0]["command"],
            "by the command line": next((r["by the command line"] for r, _ in cases if r["by the command line"]), None),
        }
        for kind, cases in sorted(by_kind.items(), key=lambda entry: -len(entry[1]))
    }  # fmt: skip


def _counts(words: object) -> dict[str, int]:
    return dict(sorted(Counter(words).items()))  # type: ignore[call-overload]
