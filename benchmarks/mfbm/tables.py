"""Tables III and IV, a shape that nobody trained on, and Table IV with localisation error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from benchmarks.mfbm.methods import Makers, estimates, signals
from benchmarks.mfbm.unseen import UNSEEN
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.result.scoring import scores
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE, Case
from perrin.types import FloatArray, IntArray, Json

NOISE: Final = 0.5
"""Localisation error of the last table, in one-frame steps."""
_SHOWN: Final = 128
"""Points of the curves that are kept for the figure."""
EstimatedCurves = tuple[FloatArray, FloatArray, FloatArray]


def all_tables(methods: Makers) -> tuple[Json, Json]:
    """Every table by its name, and the curves of Table IV and of the unseen shape."""
    third, _ = _table(TABLE_THREE, methods)
    fourth, curves = _table(TABLE_FOUR, methods)
    unseen, shape = _table({UNSEEN.title: UNSEEN}, methods)
    told = {"mfbm-net": lambda _: MfbmNet(sigma=NOISE)} if "mfbm-net" in methods else {}
    noisy, _ = _table(TABLE_FOUR, {k: v for k, v in methods.items() if "raw" not in k} | told, noise=NOISE)
    tables = {
        "Table III": third,
        "Table IV": fourth,
        "a shape in no training family": unseen,
        f"Table IV with an error of {NOISE:g} steps": noisy,
    }
    return tables, curves | shape


def _table(cases: Mapping[str, Case], methods: Makers, *, noise: float = 0.0) -> tuple[Json, Json]:
    """Errors of every method in every case beside the published ones, and the curves of the figure."""
    errors: Json = {}
    curves: Json = {}
    for key, case in cases.items():
        tracks, truth = signals(case, noise=noise), case.curve()
        keep = np.unique(np.linspace(0, case.length - 1, _SHOWN).astype(int))
        errors[key] = {"H(t)": case.title, "T": case.length, **({} if noise else _published(case))}
        curves[key] = {"t": (keep + 1).tolist(), "truth": truth[keep].round(4).tolist()}
        for name, make in methods.items():
            found = estimates(make(case), tracks)
            errors[key][name] = _scores(found, truth)
            if not noise and np.isfinite(case.network[0]):
                errors[key][name] |= _ratios(errors[key][name], case)
            curves[key][name] = _curve(found, keep)
    return errors, curves


def _published(case: Case) -> Json:
    columns = (("the paper's network", case.network), ("the paper's Coeurjolly", case.coeurjolly))
    return {title: {"mae": error[0], "rmse": error[1]} for title, error in columns if np.isfinite(error[0])}


def _scores(data: EstimatedCurves, truth: FloatArray) -> Json:
    value, low, high = data
    whole = np.broadcast_to(truth, value.shape)
    return scores(whole, value, low, high) if np.isfinite(low).any() else scores(whole, value)


def _ratios(found: Json, case: Case) -> Json:
    mae, rmse = case.network
    return {"MAE / paper's network": found["mae"] / mae, "RMSE / paper's network": found["rmse"] / rmse}


def _curve(data: EstimatedCurves, keep: IntArray) -> Json:
    """Mean of the estimates, the band with 95 % of them, and the mean of the stated bands, where there is anything."""
    keep = keep[np.isfinite(data[0][:, keep]).any(axis=0)]
    value, low, high = (values[:, keep] for values in data)
    lines = {"mean": np.nanmean(value, axis=0)}
    lines["lo"], lines["hi"] = np.nanquantile(value, [0.025, 0.975], axis=0)
    if np.isfinite(low).all():
        lines |= {"stated lo": low.mean(axis=0), "stated hi": high.mean(axis=0)}
    return {"t": (keep + 1).tolist(), **{name: line.round(4).tolist() for name, line in lines.items()}}
