"""Multifractional Brownian motion: the paper's Tables III and IV, a shape nobody trained on, and what it costs.

Every method that perrin has for it sees the same fresh signals, 500 a case, in the unit of the paper: time runs over
1..T, the one-frame variance is 1. The paper's own numbers stand beside them, as printed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from perrin.bench.record import surroundings
from perrin.estimate import METHODS, Estimator, method
from perrin.estimate.mfbm_cnn import MfbmCnn
from perrin.estimate.mfbm_net import MfbmNet
from perrin.figures import theme
from perrin.processes.hurst import HurstPrior
from perrin.processes.mfbm import factor
from perrin.result.scoring import scores
from perrin.simulate.harmonizable import sample_paths
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE, UNSEEN, Case
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json
from perrin.weights import manifest

SIGNALS: Final = 500
Maker = Callable[[Case], Estimator]
"""A method as it is set for a case."""

_SHOWN: Final = 128
"""Points of the curves that are kept for the figure."""


def run(data: Path) -> Json:
    """All tables; needs no data."""
    del data
    methods = available()
    fourth = _table(TABLE_FOUR, methods)
    return {
        "command": "perrin bench mfbm",
        **surroundings(),
        "signals": SIGNALS,
        "Table III": _table(TABLE_THREE, methods),
        "Table IV": fourth,
        "a shape in no training family": _table({"steps with a sine": UNSEEN}, methods),
        "mean ratio of MAE to the paper's network, Table IV": {
            name: float(np.mean([row[name]["MAE / paper's network"] for row in fourth.values()])) for name in methods
        },
        "tracks of 512 a second on one core": {name: _speed(make(TABLE_FOUR["2"])) for name, make in methods.items()},
        "milliseconds a path of 512": simulation_speed(),
        "curves": {name: _curves(case, methods) for name, case in TABLE_FOUR.items()},
    }


def available() -> Mapping[str, Maker]:
    """The methods, by what they are called in the tables; networks whose weights are not there are left out."""
    found: dict[str, Maker] = {}
    if "mfbm-net" in manifest():
        found["mfbm-net"] = lambda _: MfbmNet(sigma=0.0)
        found["mfbm-net, error unknown"] = lambda _: MfbmNet()
    if "mfbm-cnn" in manifest():
        found["mfbm-cnn"] = lambda _: MfbmCnn()
        found["mfbm-cnn, raw signals"] = lambda _: MfbmCnn(raw=True)
    if "coeurjolly" in METHODS:
        found["coeurjolly"] = _coeurjolly
    if "local-variations" in METHODS:
        found["local-variations"] = lambda _: method("local-variations")()
    return found


def _coeurjolly(case: Case) -> Estimator:
    """With the half-width of neighbourhoods that the paper uses for this case."""
    make: Any = method("coeurjolly")
    found: Estimator = make(window=2 * case.half_window + 1)
    return found


def signals(case: Case, n: int = SIGNALS, seed: int = 2022) -> Tracks:
    """Fresh signals of a case."""
    paths = sample_paths(np.tile(case.curve(), (n, 1)), np.random.default_rng([seed, case.length]))
    return Tracks.from_arrays(list(paths[:, :, None]))


def estimates(estimator: Estimator, case: Case, n: int = SIGNALS) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n, T) estimates of H with the ends of their intervals, NaN where there are none."""
    points = estimator.estimate(signals(case, n), rng=np.random.default_rng(0)).points
    value, low, high = (
        points[column].cast(float).fill_null(np.nan).to_numpy().reshape(n, -1) / 2
        for column in ("alpha", "alpha_lo", "alpha_hi")
    )
    return value, low, high


def _score(estimator: Estimator, case: Case) -> Json:
    value, low, high = estimates(estimator, case)
    truth = np.broadcast_to(case.curve(), value.shape)
    found = scores(truth, value, low, high) if np.isfinite(low).any() else scores(truth, value)
    if np.isfinite(case.network[0]):
        found["MAE / paper's network"] = found["mae"] / case.network[0]
        found["RMSE / paper's network"] = found["rmse"] / case.network[1]
    return found


def _table(cases: Mapping[str, Case], methods: Mapping[str, Maker]) -> Json:
    table: Json = {}
    for key, case in cases.items():
        table[key] = {"H(t)": case.title, "T": case.length}
        for title, published in (("the paper's network", case.network), ("the paper's Coeurjolly", case.coeurjolly)):
            if np.isfinite(published[0]):
                table[key][title] = {"mae": published[0], "rmse": published[1]}
        table[key] |= {name: _score(make(case), case) for name, make in methods.items()}
    return table


def _curves(case: Case, methods: Mapping[str, Maker]) -> Json:
    """Truth, mean of the estimates, and the band that holds 95 % of them, along the signal."""
    keep = np.unique(np.linspace(0, case.length - 1, _SHOWN).astype(int))
    found: Json = {"t": (keep + 1).tolist(), "truth": case.curve()[keep].round(4).tolist()}
    for name, make in methods.items():
        value, low, high = estimates(make(case), case)
        some = value[:, keep]
        band = np.nanquantile(some, [0.025, 0.975], axis=0)
        found[name] = {"mean": np.nanmean(some, axis=0).round(4).tolist(), "lo": band[0].round(4).tolist(),
                       "hi": band[1].round(4).tolist()}  # fmt: skip
        if np.isfinite(low).any():
            stated = [np.nanmean(end[:, keep], axis=0).round(4).tolist() for end in (low, high)]
            found[name] |= {"stated lo": stated[0], "stated hi": stated[1]}
    return found


def _speed(estimator: Estimator, tracks: int = 100) -> float:
    some = signals(TABLE_FOUR["2"], tracks)
    estimator.estimate(some.select(range(5)), rng=np.random.default_rng(0))
    seconds = _processor_seconds(lambda: estimator.estimate(some, rng=np.random.default_rng(0)))
    return round(tracks / seconds, 1)


def simulation_speed(length: int = 512, paths: int = 64) -> Json:
    """Milliseconds of processor a path, by four ways, on one thread: the best of three."""
    rng = np.random.default_rng(0)
    hurst = HurstPrior().draw(paths, length, rng)
    times = np.arange(1.0, length + 1)
    ways: dict[str, Any] = {
        "one factorisation a path": lambda: [factor(times, h) @ rng.standard_normal(length) for h in hurst[:16]],
        "four paths a factorisation": lambda: [factor(times, h) @ rng.standard_normal((length, 4)) for h in hurst[:16]],
        "spectral": lambda: sample_paths(hurst, rng),
        "spectral, single precision": lambda: sample_paths(hurst, rng, single=True),
    }
    counts = dict(zip(ways, (16, 64, paths, paths), strict=True))
    found: Json = {}
    for name, way in ways.items():
        way()
        found[name] = round(1000 * min(_processor_seconds(way) for _ in range(3)) / counts[name], 3)
    return found


def _processor_seconds(way: Callable[[], Any]) -> float:
    start = time.process_time()
    way()
    return time.process_time() - start


def figures(result: Json) -> dict[str, go.Figure]:
    """`mfbm`: for each case the truth, and where the estimates of every method lie."""
    curves: Json = result["curves"]
    figure = make_subplots(
        rows=2, cols=3, shared_xaxes=True, shared_yaxes=True, vertical_spacing=0.1, horizontal_spacing=0.03,
        subplot_titles=[f"{name}: {TABLE_FOUR[name].title}" for name in curves],
    )  # fmt: skip
    figure.update_layout(theme.blank(620).layout)
    colours = {name: theme.PALETTE[i % len(theme.PALETTE)] for i, name in enumerate(_shown(curves))}
    for place, found in enumerate(curves.values()):
        where = {"row": place // 3 + 1, "col": place % 3 + 1}
        for name, colour in colours.items():
            band = found[name]
            figure.add_scatter(
                x=found["t"] + found["t"][::-1], y=band["hi"] + band["lo"][::-1], fill="toself", line={"width": 0},
                fillcolor=colour, opacity=0.25, hoverinfo="skip", legendgroup=name, name=f"{name}: 95 % of estimates",
                showlegend=place == 0, **where,
            )  # fmt: skip
            figure.add_scatter(
                x=found["t"], y=band["mean"], line={"color": colour, "width": 1.5}, legendgroup=name,
                name=f"{name}: mean", showlegend=place == 0, **where,
            )  # fmt: skip
        figure.add_scatter(
            x=found["t"], y=found["truth"], line={"color": theme.INK, "width": 1.5, "dash": "dot"}, name="truth",
            showlegend=place == 0, **where,
        )  # fmt: skip
    figure.update_yaxes(range=[0, 1])
    figure.update_yaxes(title="H(t)", col=1)
    figure.update_xaxes(title="t (frames)", row=2)
    figure.update_layout(legend={"y": 1.12})
    return {"mfbm": figure}


def _shown(curves: Json) -> list[str]:
    """The methods of the figure: the ones with settings of their own only clutter it."""
    first: Json = next(iter(curves.values()))
    return [name for name in first if name not in ("t", "truth") and "," not in name]
