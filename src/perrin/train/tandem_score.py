"""What `h-lstm` and `d-lstm` are worth on fresh windows: errors and coverage beside the exact posterior."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from perrin.estimate.exact.estimator import Exact
from perrin.features.window_inputs import WindowInputs
from perrin.result.scoring import scores
from perrin.simulate.simulated_windows import SimulatedWindows, WindowPrior
from perrin.tracks import Tracks
from perrin.train.batch import Batch
from perrin.types import FloatArray, Json
from perrin.weights import load

RATIOS: Final = (0.0, 0.2, 0.5, 1.0)
_POSITIONS: Final = 20
_BLOCK: Final = 256


def score_network(
    model: Path, *, noisy: bool, given_hurst: bool = False, axes: Iterable[int] = (1, 2, 3), windows: int = 4_000
) -> Json:
    """For each dimension and ratio of error to step: errors and coverage of H, or of log s² given the true H.

    Beside H stands the mean absolute error of the exact estimator, which is told the same error. H ~ U(.01, .99).
    """
    session = load(str(model)).session
    names = [node.name for node in session.get_inputs()]
    found: Json = {}
    for d in axes:
        for ratio in RATIOS if noisy else RATIOS[:1]:
            made = fixed_ratio(windows, d, ratio, seed=d)
            inputs = WindowInputs.of(made.displacements, made.steps, made.errors)
            given = dict(zip(("increments", "log_steps", "noise", "told"), inputs.arrays, strict=True))
            given["hurst"] = made.hurst[:, None].astype(np.float32)
            value, quantiles = _run(session, {name: given[name] for name in names})
            if given_hurst:
                shift = 2 * np.log(inputs.scale)
                truth, value, quantiles = np.zeros(windows), value[:, 0] + shift, quantiles[:, 0] + shift[:, None]
            else:
                truth = made.hurst
            row = scores(truth, value, quantiles[:, 0], quantiles[:, -1])
            if not given_hurst:
                row["the exact estimator's mae"] = float(np.nanmean(np.abs(exact_hurst(made, ratio) - truth)))
            found[f"{d}-D, error {ratio:g}"] = row
    return {"log s² given H" if given_hurst else "H": found}


def fixed_ratio(windows: int, axes: int, ratio: float, seed: int) -> SimulatedWindows:
    """Windows of one law each whose localisation error is `ratio` times their one-frame step."""
    prior = WindowPrior(hurst=(0.01, 0.99), noisy=float(ratio > 0), ratio=(ratio or 1.0,) * 2, axial=1.0)
    return prior.draw(windows, _POSITIONS, axes, np.random.default_rng([seed, round(1000 * ratio)]))


def exact_hurst(made: SimulatedWindows, ratio: float) -> FloatArray:
    """(n,) posterior means of H of windows that all have one error, which is told; NaN where nothing moves."""
    start = np.zeros((len(made.hurst), 1, made.displacements.shape[2]))
    places = np.concatenate([start, np.cumsum(made.displacements, axis=1)], axis=1)
    found = Exact(window=_POSITIONS, sigma=ratio).estimate(
        Tracks.from_arrays(list(places)), rng=np.random.default_rng(0)
    )
    middle = found.points["alpha"].cast(float).fill_null(np.nan).to_numpy().reshape(-1, _POSITIONS)[:, _POSITIONS // 2]
    return np.asarray(middle / 2, dtype=np.float64)


def score_diffusion(model: Path, batches: Iterable[Batch]) -> float:
    """Mean absolute error of a network that gives D."""
    session = load(str(model)).session
    misses = [np.abs(_run(session, {"increments": b.inputs[0]})[0] - b.targets[0]) for b in batches]
    return float(np.mean(np.concatenate(misses)))


def _run(session: Any, feed: dict[str, FloatArray]) -> list[FloatArray]:
    n = len(next(iter(feed.values())))
    parts = [
        session.run(None, {name: array[at : at + _BLOCK] for name, array in feed.items()}) for at in range(0, n, _BLOCK)
    ]
    return [np.concatenate(arrays).astype(np.float64) for arrays in zip(*parts, strict=True)]
