"""A cell is one learner on one set of tracks: both tasks, predictions for the same test tracks, kept on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, final

import numpy as np

from benchmarks.progress import steps
from benchmarks.wavelets.tabular import TABULAR
from perrin.estimate.learned import FrameWindows
from perrin.learn import Learner, Trees, learner
from perrin.run.folder import lock
from perrin.simulate import Simulation, simulate_andi
from perrin.simulate.andi_models import MODELS
from perrin.types import FloatArray, IntArray

FOLDER: Final = Path("checkpoints/bench-wavelets")
LENGTH: Final = 100
TEST: Final = 3_000
SIZES: Final = (100, 300, 1_000, 3_000, 10_000)
COMPARED: Final = 1_000
"""Tracks learned from where learners are compared."""
SEEDS: Final = (0, 1, 2)
LEARNERS: Final = (
    "trees", "posterior-trees", "boosting", "forest", "linear", "wavelet-trees", "wavelet-boosting", "wavelet-net",
    "attention-net", "recurrent-net",
)  # fmt: skip
LARGEST: Final = 100_000
BEST: Final = ("posterior-trees", "boosting", "wavelet-net", "attention-net", "recurrent-net")
"""The best learner of each route, for 100,000 tracks; of networks over steps both, for either is ahead at 10,000."""
CHALLENGED: Final = ("posterior-trees", "boosting", "wavelet-trees")
"""Learners for tracks made as the challenge does; networks would take an hour more."""
SIMULATED: Final = 1_000
"""Frames that the challenge simulates and normalises before it shows a part."""


@final
@dataclass(frozen=True)
class LearnerRun:
    """One learner, one set of tracks; `simulated` frames stand behind the 100 that are seen."""

    dimension: int
    size: int
    seed: int
    learner: str
    simulated: int = LENGTH

    @property
    def path(self) -> Path:
        """Where its predictions are kept."""
        tail = "" if self.simulated == LENGTH else f"-of-{self.simulated}"
        return FOLDER / f"{self.learner}-{self.dimension}d-{self.size}-{self.seed}{tail}.npz"


def seeds(size: int) -> tuple[int, ...]:
    """Training sets of that size."""
    return SEEDS if size < LARGEST else (0,)


def all_runs() -> list[LearnerRun]:
    """All cells, those that matter most first."""
    small = [LearnerRun(d, n, seed, name) for n in SIZES for seed in SEEDS for d in (2, 1) for name in LEARNERS]
    challenge = [LearnerRun(2, n, 0, name, SIMULATED) for n in (10_000, LARGEST) for name in CHALLENGED]
    large = [LearnerRun(d, LARGEST, 0, name) for d in (2, 1) for name in BEST]
    return sorted([*small, *challenge, *large], key=_order)


def _order(cell: LearnerRun) -> tuple[bool, bool, int, bool, int, int]:
    """Where learners are compared first, then few to many tracks; last the slowest."""
    network = cell.learner.endswith("-net")
    slowest = cell.learner == "recurrent-net" and cell.size > COMPARED
    return (slowest, cell.size != COMPARED, cell.size, network, cell.seed, LEARNERS.index(cell.learner))


def run_missing(end: float | None, done: Callable[[LearnerRun], bool] = lambda _: False) -> int:
    """Run the cells that are not `done` and at which nobody else is, until the time `end`; how many are left."""
    todo = [cell for cell in all_runs() if not (cell.path.exists() or done(cell))]
    for cell in steps(todo, "cells", total=len(todo)):
        if end is not None and time.monotonic() > end:
            break
        with _claimed(cell) as ours:
            if ours:
                _run(cell)
    return sum(not cell.path.exists() for cell in todo)


@contextmanager
def _claimed(cell: LearnerRun) -> Iterator[bool]:
    """Whether the cell is ours to run: the same command may be at work on another core."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = cell.path.with_suffix(".lock")
    try:
        held = lock(path)
    except BlockingIOError:
        yield False
        return
    try:
        yield not cell.path.exists()
    finally:
        path.unlink(missing_ok=True)
        os.close(held)


def load(cell: LearnerRun) -> dict[str, FloatArray] | None:
    """Predictions `alpha` (test,) and `chance` (test, 5) of a cell, and `seconds`; None where it is not done."""
    if not cell.path.exists():
        return None
    with np.load(cell.path, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def truth(dimension: int, simulated: int = LENGTH) -> tuple[FloatArray, IntArray]:
    """(test,) alpha and number of the model of the test tracks."""
    return _labels(_tracks(dimension, TEST, 10_000, simulated))


def _run(cell: LearnerRun) -> None:
    made = _learner(cell)
    start = time.process_time()
    seen, alpha, kind = _features(cell.learner, cell.dimension, cell.size, cell.seed, cell.simulated)
    test, _, _ = _features(cell.learner, cell.dimension, TEST, 10_000, cell.simulated)
    one = np.ones(len(seen))
    found: dict[str, Any] = {
        "alpha": made.fit(seen, alpha, classes=0, weight=one, seed=cell.seed).predict(test),
        "chance": made.fit(seen, kind.astype(float), classes=len(MODELS), weight=one, seed=cell.seed).predict(test),
        "seconds": time.process_time() - start,
    }
    draft = cell.path.with_suffix(".draft.npz")
    np.savez_compressed(draft, **found)
    draft.rename(cell.path)


def _learner(cell: LearnerRun) -> Learner:
    """The learner; trees may be as large as they want here."""
    made = _named_learner(cell.learner)
    return Trees(kinds=made.kinds, nodes=20_000_000) if isinstance(made, Trees) else made


def _named_learner(name: str) -> Learner:
    """One of perrin's, or one that is here for comparison."""
    return TABULAR[name] if name in TABULAR else learner(name)


@lru_cache(maxsize=24)
def _features(name: str, dimension: int, size: int, seed: int, simulated: int) -> tuple[Any, FloatArray, IntArray]:
    simulation = _tracks(dimension, size, seed, simulated)
    places = simulation.tracks.positions.reshape(size, LENGTH, dimension).swapaxes(1, 2)
    windows = FrameWindows(((np.arange(size), places),), size, (dimension, LENGTH))
    return _named_learner(name).features(windows), *_labels(simulation)


@lru_cache(maxsize=4)
def _tracks(dimension: int, size: int, seed: int, simulated: int) -> Simulation:
    return simulate_andi(size, LENGTH, dimension=dimension, simulated=simulated, seed=seed)


def _labels(simulation: Simulation) -> tuple[FloatArray, IntArray]:
    names = list(MODELS)
    assert simulation.model is not None
    kind = np.array([names.index(model) for model in simulation.model])
    return simulation.alpha.reshape(-1, LENGTH)[:, 0], kind
