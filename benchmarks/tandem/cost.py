"""What it costs: windows a second, and one training for one window as the source does it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np

from perrin.estimate import Estimator
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.estimate.networks.tandem_lstm_paper import TandemLstmPaper
from perrin.run import analyze
from perrin.simulate import Measurement, simulate_fbm
from perrin.train import Recipe, load_recipe
from perrin.train.recipe import NETS
from perrin.types import Json

_TRACKS: Final = 200
_LENGTH: Final = 219
"""200 windows each."""
RECIPE: Final = Path(__file__).parent / "d-lstm-window.toml"


def recipe() -> Recipe:
    """The recipe of the published D-LSTM, whose network is not one of perrin's."""
    NETS["d-lstm-window"] = "benchmarks.tandem.d_lstm_window:DLstmWindow"
    return load_recipe(str(RECIPE))


def speed() -> Json:
    """Windows a second: of one core in processor time, and of all cores by the clock, tables included."""
    clean = simulate_fbm(_TRACKS, _LENGTH, hurst=np.linspace(0.1, 0.9, _TRACKS), seed=1).tracks
    noisy = simulate_fbm(
        _TRACKS, _LENGTH, hurst=np.linspace(0.1, 0.9, _TRACKS), measurement=Measurement(sigma=0.5), seed=1
    ).tracks
    found: Json = {"windows": _TRACKS * (_LENGTH - 19), "dimensions": 2, "cores": os.cpu_count()}
    methods: dict[str, tuple[Estimator, bool]] = {
        "tandem-lstm": (TandemLstm(sigma=0.0), False), "tandem-lstm, error known": (TandemLstm(sigma=0.5), True),
        "tandem-lstm-paper": (TandemLstmPaper(), False),
        "exact": (Exact(sigma=0.0), False), "exact, error known": (Exact(sigma=0.5), True),
    }  # fmt: skip
    for name, (estimator, error) in methods.items():
        tracks = noisy if error else clean
        estimator.estimate(tracks.select(range(2)), rng=np.random.default_rng(0))
        spent, begun = time.process_time(), time.perf_counter()
        estimator.estimate(tracks, rng=np.random.default_rng(0))
        spent, alone = time.process_time() - spent, time.perf_counter() - begun
        begun = time.perf_counter()
        analyze(tracks, method=estimator, workers=os.cpu_count() or 1)
        both = time.perf_counter() - begun
        found[name] = {
            "a second of one core": round(found["windows"] / spent),
            "a second by the clock, one process": round(found["windows"] / alone),
            "a second by the clock, all cores, processes started": round(found["windows"] / both),
        }
    return found


def one_training() -> Json:
    """Train the published D-LSTM for one window and its H = .4, 27,000 windows, as `perrin train` does, on one core."""
    import torch

    from perrin.train.loop import CURVE, train
    from perrin.train.publish import publish

    torch.set_num_threads(1)
    asked = recipe()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / asked.name
        train(asked, run)
        entry = publish(asked, run, [run])
        looks = [json.loads(line) for line in (run / CURVE).read_text(encoding="utf-8").splitlines()]
    return {
        "recipe": asked.name, "windows": 27_000, "epochs": len(looks),
        "minutes for one window": looks[-1]["seconds"] / 60,
        "MAE of D, D ~ U(1, 100), H known": entry["measured"]["D"]["mae"],
    }  # fmt: skip
