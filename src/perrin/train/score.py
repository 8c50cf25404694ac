"""What a network is worth on the signals of the paper: the same numbers in its card and in the benchmark."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from perrin.estimate import Estimator
from perrin.result.scoring import scores
from perrin.simulate.harmonizable import sample_paths
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE, Case
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json


def case_tracks(case: Case, signals: int, seed: int) -> tuple[Tracks, FloatArray]:
    """Fresh one-dimensional signals of a case, and its H(t) (T,)."""
    truth = case.curve()
    paths = sample_paths(np.tile(truth, (signals, 1)), np.random.default_rng([seed, case.length]))
    return Tracks.from_arrays(list(paths[:, :, None])), truth


def score_case(estimator: Estimator, case: Case, *, signals: int = 500, seed: int = 500) -> Json:
    """Errors, coverage and width of H(t) on fresh signals of a case."""
    tracks, truth = case_tracks(case, signals, seed)
    table = estimator.estimate(tracks, rng=np.random.default_rng(seed)).points
    value, low, high = (
        table[column].cast(float).fill_null(np.nan).to_numpy().reshape(signals, -1) / 2
        for column in ("alpha", "alpha_lo", "alpha_hi")
    )
    return scores(np.broadcast_to(truth, value.shape), value, *((low, high) if np.isfinite(low).any() else ()))


def paper_signals(
    estimator: Estimator, cases: Mapping[str, Case] = {**TABLE_FOUR, **TABLE_THREE}, signals: int = 500
) -> Json:  # fmt: skip
    """`score_case` for each of the paper's cases, with the published errors beside them."""
    return {
        name: score_case(estimator, case, signals=signals)
        | {"paper": {"mae": case.network[0], "rmse": case.network[1]}}
        for name, case in cases.items()
    }
