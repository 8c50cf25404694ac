"""From predictions to errors with intervals, and who is best."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from benchmarks.wavelets import learner_runs
from benchmarks.wavelets.learner_runs import LearnerRun
from perrin.learn.ensemble import MEMBERS
from perrin.simulate.andi_models import MODELS
from perrin.types import FloatArray, Json

ROUTES: Final[Mapping[str, str]] = {
    "trees": "posterior and wavelet", "posterior-trees": "posterior and statistics", "boosting": "features",
    "forest": "features", "linear": "features", "wavelet-trees": "wavelet", "wavelet-boosting": "wavelet",
    "wavelet-net": "wavelet", "wavelet, mean": "wavelet", "attention-net": "trajectory", "recurrent-net": "trajectory",
    "without wavelets, mean": "posterior and trajectory", "together": "posterior and wavelet",
}  # fmt: skip
MEANS: Final[Mapping[str, tuple[str, ...]]] = {
    "wavelet, mean": ("wavelet-trees", "wavelet-net"),
    "without wavelets, mean": ("posterior-trees", "attention-net"),
    "together": MEMBERS,
}
"""Means of what several learners say."""
_AND_ATTENTION: Final = "together and attention-net"
_MEMBERS: Final = {**MEANS, _AND_ATTENTION: (*MEMBERS, "attention-net")}
YARDSTICK: Final = "first AnDi challenge, 2-D"
_RESAMPLED: Final = 500


def curves() -> Json:
    """For each dimension and learner: at each size MAE of alpha and micro-F1, with 95 % intervals and seconds."""
    found: Json = {}
    for d in (1, 2):
        table: Json = {}
        for name in ROUTES:
            rows = {
                str(n): row
                for n in (*learner_runs.SIZES, learner_runs.LARGEST)
                if (row := _row(d, n, name, learner_runs.seeds(n))) is not None
            }
            if rows:
                table[name] = {"route": ROUTES[name], **rows}
        found[f"{d}-D"] = table
    return found


def yardstick() -> Json:
    """100 frames of 1,000 simulated ones, as the challenge does; its best team had .229 on 80 to 120 frames."""
    found: Json = {"the challenge's best team": 0.229, "TA-MSD": 0.411}
    for n in (10_000, learner_runs.LARGEST):
        for name in learner_runs.CHALLENGED:
            if (row := _row(2, n, name, (0,), learner_runs.SIMULATED)) is not None:
                found[named(name, n)] = row
    return found


def named(learner: str, size: int) -> str:
    """What a row of the yardstick is called."""
    return f"{learner}, {size:,} tracks"


def verdicts(size: int, curves: Json, earlier: Json) -> Json:
    """The best wavelet learner against the best of every other route, at so many tracks: differences with intervals.

    Args:
        size: tracks learned from.
        curves: rows of every learner; they tell who is best.
        earlier: differences of the last record, for pairs whose predictions are gone.
    """
    found: Json = {}
    for d in (1, 2):
        for task, better in (("alpha", _least_error), ("class", _most_right)):
            rows = {name: rows[str(size)] for name, rows in curves[f"{d}-D"].items() if str(size) in rows}
            best = {route: min((n for n in rows if ROUTES[n] == route), key=lambda name: better(rows[name]))
                    for route in {ROUTES[name] for name in rows}}  # fmt: skip
            own = best.pop("wavelet", None)
            for route, other in sorted(best.items()) if own is not None else ():
                key = f"{d}-D, {task}: {own} minus {other} ({route})"
                found |= _difference(key, d, size, (str(own), other), task, earlier)
    return found


def _least_error(row: Json) -> float:
    return float(row["alpha MAE"]["value"])


def _most_right(row: Json) -> float:
    return -float(row["micro-F1"]["value"])


def additions(earlier: Json) -> Json:
    """At 1,000 tracks: `together` against trees, a mean without wavelets, and itself with attention."""
    found: Json = {}
    for d in (1, 2):
        for task in ("alpha", "class"):
            for name in ("trees", "without wavelets, mean", _AND_ATTENTION):
                key = f"{d}-D, {task}: together minus {name}"
                found |= _difference(key, d, learner_runs.COMPARED, ("together", name), task, earlier)
    return found


def _difference(key: str, d: int, size: int, pair: tuple[str, str], task: str, earlier: Json) -> Json:
    """How much larger the error of the first is, under `key`; as in the last record where predictions are gone."""
    every = learner_runs.seeds(size)
    one, other = (_errors(d, size, name, every, task, complete=True) for name in pair)
    if one is not None and other is not None:
        return {key: _mean(one - other)}
    return {key: earlier[key]} if key in earlier else {}


def _predictions(d: int, n: int, name: str, seed: int, simulated: int) -> dict[str, FloatArray] | None:
    if name not in _MEMBERS:
        return learner_runs.load(LearnerRun(d, n, seed, name, simulated))
    parts = [learner_runs.load(LearnerRun(d, n, seed, each, simulated)) for each in _MEMBERS[name]]
    if any(part is None for part in parts):
        return None
    return {key: np.mean([part[key] for part in parts if part is not None], axis=0) for key in ("alpha", "chance")}


def _errors(
    d: int,
    n: int,
    name: str,
    seeds: tuple[int, ...],
    task: str,
    simulated: int = learner_runs.LENGTH,
    complete: bool = False,
) -> FloatArray | None:
    """(test,) error of each test track, mean over seeds; None where none is done, or with `complete` not all."""
    done = [p for s in seeds if (p := _predictions(d, n, name, s, simulated)) is not None]
    if not done or (complete and len(done) < len(seeds)):
        return None
    alpha, kind = learner_runs.truth(d, simulated)
    if task == "alpha":
        return np.asarray(np.mean([np.abs(p["alpha"] - alpha) for p in done], axis=0))
    return np.asarray(np.mean([p["chance"].argmax(axis=1) != kind for p in done], axis=0))


def _row(d: int, n: int, name: str, seeds: tuple[int, ...], simulated: int = learner_runs.LENGTH) -> Json | None:
    alpha = _errors(d, n, name, seeds, "alpha", simulated)
    wrong = _errors(d, n, name, seeds, "class", simulated)
    if alpha is None or wrong is None:
        return None
    done = [p for s in seeds if (p := _predictions(d, n, name, s, simulated)) is not None]
    row: Json = {"alpha MAE": _mean(alpha), "micro-F1": _mean(1 - wrong), "seeds": len(done)}
    if "seconds" in done[0]:
        row["seconds"] = round(float(np.mean([p["seconds"] for p in done])), 1)
    return row


def _mean(values: FloatArray) -> Json:
    """Mean over the test tracks with a 95 % interval; test tracks are resampled model by model."""
    rng = np.random.default_rng(0)
    count = len(MODELS)
    some = values[: len(values) // count * count].reshape(-1, count)  # models take turns
    drawn = [some[rng.integers(0, len(some), some.shape), np.arange(count)].mean() for _ in range(_RESAMPLED)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {"value": round(float(values.mean()), 4), "lo": round(float(low), 4), "hi": round(float(high), 4)}
