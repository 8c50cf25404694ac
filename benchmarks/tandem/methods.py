"""The methods that are compared, each as told what it may know, and their errors on a scene."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from benchmarks.tandem.scenes import MIDDLE, Scene
from perrin.estimate import Estimator
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.estimate.networks.tandem_lstm import TandemLstm
from perrin.estimate.networks.tandem_lstm_paper import TandemLstmPaper
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json
from perrin.weights import manifest

LAGS: Final[Mapping[str, tuple[int, ...]]] = {
    "1-4": (1, 2, 3, 4), "1-10": tuple(range(1, 11)), "1-19": tuple(range(1, 20)),
}  # fmt: skip
"""Lags of the TAMSD fits, in frames; a window of 20 positions has no longer ones than 19."""
_POOLED_OVER: Final = 2_000


def tamsds(sigma: float) -> dict[str, Estimator]:
    """TAMSD over each choice of lags, as it is, and with the known error subtracted."""
    found: dict[str, Estimator] = {f"tamsd {name}": Tamsd(lags=lags) for name, lags in LAGS.items()}
    if sigma:
        found |= {f"tamsd {name}, error subtracted": Tamsd(lags=lags, sigma=sigma) for name, lags in LAGS.items()}
    return found


def of_windows(scene: Scene) -> dict[str, Estimator]:
    """The methods for windows of 20 positions, told the error unless their name says otherwise."""
    found: dict[str, Estimator] = {
        "tandem-lstm": TandemLstm(sigma=scene.sigma),
        "exact": Exact(sigma=scene.sigma),
    }
    if f"h-lstm-paper-{scene.tracks.dimension}d" in manifest():
        found["tandem-lstm-paper"] = TandemLstmPaper()
    if scene.sigma:
        found["tandem-lstm, error pooled"] = pooled(TandemLstm(), scene.tracks)
        found["exact, error pooled"] = pooled(Exact(), scene.tracks)
    return found | tamsds(scene.sigma)


def of_curves(scene: Scene) -> dict[str, Estimator]:
    """The methods for alpha(t) and D(t) of longer tracks, all told the error."""
    return {
        "tandem-lstm": TandemLstm(sigma=scene.sigma), "exact": Exact(sigma=scene.sigma),
        "tandem-lstm-paper": TandemLstmPaper(), "mfbm-net": MfbmNet(sigma=scene.sigma), **tamsds(scene.sigma),
    }  # fmt: skip


def pooled(estimator: Estimator, tracks: Tracks) -> Estimator:
    """`estimator` after its pass over the population, as a run does it."""
    return estimator.prepare([estimator.summarize(tracks.select(range(min(len(tracks), _POOLED_OVER))))])


def curves(estimator: Estimator, scene: Scene) -> dict[str, FloatArray]:
    """(tracks, n) H, log D and the ends of their intervals; NaN where there is no value."""
    points = estimator.estimate(scene.tracks, rng=np.random.default_rng(0)).points
    shape = scene.hurst.shape

    def column(name: str) -> FloatArray:
        return points[name].cast(float).fill_null(np.nan).to_numpy().reshape(shape)

    with np.errstate(divide="ignore"):
        found = {name: np.log(column(name)) for name in ("D", "D_lo", "D_hi")}
    return found | {name: column(name) / 2 for name in ("alpha", "alpha_lo", "alpha_hi")}


def middle_errors(estimator: Estimator, scene: Scene) -> Json:
    """Errors at the middle of windows."""
    at = slice(MIDDLE, MIDDLE + 1)
    return _errors({name: v[:, at] for name, v in curves(estimator, scene).items()}, scene, at)


def curve_errors(estimator: Estimator, scene: Scene) -> Json:
    """Errors over whole tracks, edges included."""
    return _errors(curves(estimator, scene), scene, slice(None))


def _errors(found: dict[str, FloatArray], scene: Scene, at: slice) -> Json:
    hurst, log_d = scene.hurst[:, at], scene.log_d[:, at]
    miss_h, miss_d = found["alpha"] - hurst, found["D"] - log_d
    with np.errstate(over="ignore"):
        relative = np.abs(np.expm1(miss_d))
    row: Json = {
        "MAE of H": _mean(np.abs(miss_h)),
        "RMSE of H": round(float(np.sqrt(np.nanmean(miss_h**2))), 5),
        "MAE of log D": _mean(np.abs(miss_d)),
        "mean of |D/true - 1|": round(float(np.nanmean(relative)), 4),
        "median of |D/true - 1|": round(float(np.nanmedian(relative)), 4),
        "estimated": round(float(np.isfinite(miss_h).mean()), 4),
    }
    if np.isfinite(found["alpha_lo"]).any():
        given = np.isfinite(miss_h)
        for name, truth in (("alpha", hurst), ("D", log_d)):
            inside = (found[f"{name}_lo"] <= truth) & (truth <= found[f"{name}_hi"])
            row[f"coverage of {name}"] = round(float(inside[given].mean()), 4)
    return row


def _mean(values: FloatArray) -> float:
    return round(float(np.nanmean(values)), 5)
