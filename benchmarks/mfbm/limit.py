"""How well the signals of Table IV can be known at all: the exact posterior mean under the prior of `mfbm-net`.

Hurst functions are drawn from the prior of the recipe, those near the truth are kept (what is far has no posterior),
and each weighs what the exact covariance says of the steps of a signal, its scale being unknown (uniform logarithm).
Their mean is the best that anyone can do who has this prior, where enough of them carry it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from scipy.linalg import solve_triangular

from benchmarks.mfbm.methods import SIGNALS, estimates, signals
from benchmarks.progress import steps
from benchmarks.record import cached, surroundings
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.processes.hurst import HurstPrior
from perrin.processes.mfbm import covariance
from perrin.simulate.mfbm_cases import TABLE_FOUR, Case
from perrin.train import load_recipe
from perrin.train.streams.mfbm import MfbmStream
from perrin.types import FloatArray, Json

FUNCTIONS: Final = 8_000
FOLDER: Final = Path("checkpoints/bench-mfbm-limit")
_NEAR: Final = 2.5
"""Functions within so many of the paper's errors (RMSE) of the truth are kept."""
_DRAWN: Final = 20_000
_MOST: Final = 3_000_000
_JITTER: Final = 1e-9
_LIMIT: Final = "limit / the paper's network"
_DEVIATION: Final = "its standard error"
_NET: Final = "mfbm-net / the paper's network"
_EFFECTIVE: Final = "effective functions a signal, median"
_ENOUGH: Final = 50
"""With fewer that carry the posterior, their mean is worse than the limit, and no number is given."""


def run(data: Path, earlier: Json | None = None) -> Json:
    """Table IV; needs no data. Cases that are done are kept under checkpoints/bench-mfbm-limit.

    Args:
        data: nothing of it is needed.
        earlier: the last record, whose limits stay: they depend on the prior alone. Remove it for another.
    """
    del data
    before = (earlier or {}).get("Table IV", {})
    stream = load_recipe("mfbm-net").stream()
    assert isinstance(stream, MfbmStream)
    table = {
        name: _known(before.get(name) or cached(FOLDER, name, partial(_limit, case, stream.prior))) | _of_the_net(case)
        for name, case in steps(TABLE_FOUR.items(), "cases", total=len(TABLE_FOUR))
    }
    columns = (_LIMIT, _NET)
    resolved = [name for name, row in table.items() if row[_LIMIT] is not None]
    return {
        "command": "python -m benchmarks mfbm-limit",
        **surroundings(),
        "signals": SIGNALS,
        "Table IV": table,
        f"mean of {', '.join(resolved)}": {
            c: round(float(np.mean([table[name][c] for name in resolved])), 4) for c in columns
        },
    }


def _limit(case: Case, prior: HurstPrior) -> Json:
    truth, paths = case.curve(), signals(case).positions.reshape(SIGNALS, case.length)
    functions, drawn = near(truth, _NEAR * case.network[1], prior, np.random.default_rng(1))
    told, effective = posterior_mean(np.diff(paths, axis=1), functions)
    errors = np.abs(told - truth).mean(axis=1)
    return {
        "H(t)": case.title,
        _LIMIT: round(float(errors.mean() / case.network[0]), 4),
        _DEVIATION: round(float(errors.std() / np.sqrt(SIGNALS) / case.network[0]), 4),
        "functions": len(functions),
        "drawn": drawn,
        _EFFECTIVE: round(float(np.median(effective)), 1),
    }


def _known(row: Json) -> Json:
    """The row, without a limit where too few functions carry the posterior."""
    return row if row[_EFFECTIVE] >= _ENOUGH else row | {_LIMIT: None, _DEVIATION: None}


def _of_the_net(case: Case) -> Json:
    error = np.abs(estimates(MfbmNet(sigma=0.0), signals(case))[0] - case.curve()).mean()
    return {_NET: round(float(error / case.network[0]), 4)}


def near(
    truth: FloatArray, within: float, prior: HurstPrior, rng: np.random.Generator, most: int = FUNCTIONS
) -> tuple[FloatArray, int]:
    """(k, T) functions of the prior, the root mean square distance to `truth` less than `within`; and of how many."""
    found: list[FloatArray] = []
    drawn = 0
    while drawn < _MOST and sum(map(len, found)) < most:
        some = prior.draw(_DRAWN, len(truth), rng)
        found.append(some[np.sqrt(np.mean((some - truth) ** 2, axis=1)) < within])
        drawn += _DRAWN
    return np.concatenate(found)[:most], drawn


def posterior_mean(increments: FloatArray, functions: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Posterior means (n, T) of H(t) given steps (n, T - 1) of any scale, and (n,) how many functions carry them.

    The likelihood with the scale integrated out is |C|^(-1/2) (zᵀ C⁻¹ z)^(-(T - 1)/2).
    """
    times = np.arange(1, functions.shape[1] + 1.0)
    logs = np.empty((len(functions), len(increments)))
    for k, hurst in enumerate(functions):
        matrix = np.diff(np.diff(covariance(times, hurst), axis=0), axis=1)
        matrix[np.diag_indices_from(matrix)] += _JITTER * np.trace(matrix) / len(matrix)
        lower = np.linalg.cholesky(matrix)
        white = solve_triangular(lower, increments.T, lower=True, check_finite=False)
        logs[k] = -np.log(np.diag(lower)).sum() - len(matrix) / 2 * np.log(np.sum(white**2, axis=0))
    weight = np.exp(logs - logs.max(axis=0))
    weight /= weight.sum(axis=0)
    return weight.T @ functions, 1 / np.sum(weight**2, axis=0)
