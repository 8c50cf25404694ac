"""Beads in F-actin: a model of at most 1,200 experimental windows against one of 100,000 simulated tracks.

Each long track teaches its windows of 100 positions: the label is the exponent of the whole track, by its TAMSD (as in
Wang, Zhang & Huang, inferred) or by the exact estimator. Tracks are held out whole. And: F-actin or glycerol?
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.io import loadmat

from benchmarks.wavelets import learner_runs
from perrin.estimate.learned import feature_names
from perrin.estimate.local.tamsd import Tamsd
from perrin.learn import Trees, learn_model
from perrin.learn.examples import Examples, examples
from perrin.learn.labels import Labels, by_teacher
from perrin.learn.validate import folds, mean_with_interval, per_track
from perrin.simulate import simulate_andi
from perrin.tracks import Tracks, concatenate
from perrin.types import FloatArray, Json

WINDOW: Final = 100
MOST: Final = 1_200
SIMULATED: Final = 100_000
_CLASS_WINDOW: Final = 50
_FILES: Final = {"F-actin": "625nm_mesh_size.mat", "glycerol": "brownian_beads.mat"}


def run(data: Path, end: float | None) -> Json:
    """Errors on held-out tracks; says so where the beads are not there or the time is over."""
    path = learner_runs.FOLDER / "beads.json"
    if path.exists():
        stored: Json = json.loads(path.read_text(encoding="utf-8"))
        return stored
    folder = data / "anomdiffdb_beads"
    if not folder.is_dir() or (end is not None and time.monotonic() > end):
        return {"not run": f"needs {folder.name} in the folder of data, and time"}
    beads = {name: _read(folder / file, name) for name, file in _FILES.items()}
    simulated = _simulated()
    found = {f"label: {teacher} of the whole track": _alpha(beads["F-actin"], teacher, simulated)
             for teacher in ("tamsd", "exact")}  # fmt: skip
    found["F-actin or glycerol"] = _classes(beads)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def _read(path: Path, name: str) -> Tracks:
    """Columns x, y, id without times: consecutive rows of a track are consecutive frames."""
    matrix: FloatArray = loadmat(path)["tr"]
    pieces = np.split(matrix[:, :2], np.flatnonzero(np.diff(matrix[:, 2])) + 1)
    return Tracks.from_arrays([p for p in pieces if len(p) >= _CLASS_WINDOW], source=name)


def _simulated() -> Any:
    """Trees that learned alpha from 100,000 simulated tracks of the five models."""
    simulation = simulate_andi(SIMULATED, WINDOW, dimension=2, simulated=learner_runs.SIMULATED, seed=0)
    sample = examples(simulation.tracks, simulation.alpha.reshape(-1, WINDOW)[:, 0], WINDOW)
    trees = Trees(nodes=20_000_000)
    return trees.fit(trees.features(sample.windows), sample.target, classes=0, weight=sample.weight, seed=0)


def _alpha(tracks: Tracks, teacher: str, simulated: Any) -> Json:
    sample = examples(tracks, by_teacher(tracks, teacher, WINDOW).target, WINDOW)
    trees = Trees()
    seen = trees.features(sample.windows)
    fold = folds(sample, 0, seed=0)
    rng = np.random.default_rng(0)
    told, constant = np.empty(len(seen)), np.empty(len(seen))
    for number in np.unique(fold):
        train = np.flatnonzero(fold != number)
        train = rng.choice(train, min(MOST, len(train)), replace=False)
        out = fold == number
        model = trees.fit(seen[train], sample.target[train], classes=0, weight=np.ones(len(train)), seed=0)
        told[out], constant[out] = model.predict(seen[out]), np.median(sample.target[train])
    ways = {
        f"trees, {MOST:,} experimental windows": told,
        f"trees, {SIMULATED:,} simulated tracks": simulated.predict(seen),
        "exact on the window, error unknown": seen[:, feature_names(trees.kinds).index("posterior: alpha")].astype(
            float
        ),
        "TAMSD on the window, lags 1-4": _tamsd(sample),
        "the median of all labels": constant,
    }
    errors = {name: per_track(sample, np.abs(value - sample.target)) for name, value in ways.items()}
    best = errors[f"trees, {MOST:,} experimental windows"]
    return {
        "tracks": sample.tracks,
        "windows": len(seen),
        "MAE of alpha": {name: mean_with_interval(error) for name, error in errors.items()},
        "experimental minus simulated": mean_with_interval(best - errors[f"trees, {SIMULATED:,} simulated tracks"]),
    }


def _tamsd(sample: Examples) -> FloatArray:
    places = np.concatenate([at for _, at in sample.windows.groups])
    order = np.argsort(np.concatenate([rows for rows, _ in sample.windows.groups]))
    cut = Tracks.from_arrays(list(places[order].swapaxes(1, 2)))
    alpha = Tamsd(window=WINDOW).estimate(cut, rng=np.random.default_rng(0)).tracks["alpha"]
    return np.asarray(alpha.fill_null(1.0).to_numpy())


def _classes(beads: dict[str, Tracks]) -> Json:
    both = concatenate(list(beads.values()))
    target = np.concatenate([np.full(len(tracks), float(i)) for i, tracks in enumerate(beads.values())])
    lesson = learn_model(both, Labels(target, tuple(beads), "the sample"), window=_CLASS_WINDOW)
    return {key: lesson.card[key] for key in ("window", "measured", "data", "more")}
