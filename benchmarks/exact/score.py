"""Errors and coverage in one cell: perrin, its slow twin, the bound, TAMSD and peers on the same tracks."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Final

import numpy as np

from benchmarks import peers
from benchmarks.exact.bound import cramer_rao
from benchmarks.exact.settings import DT, POOL, SIGMA, Setting, SettingTracks, simulate
from benchmarks.exact.slow import SlowTwin
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.pooled_error import PooledError
from perrin.estimate.exact.whole_tracks import WholeTracks
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.motion_parameters import MotionParameters, initial_status
from perrin.features import frame_clock
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json

SLOW: Final = {20: 1_000, 128: 300, 512: 100}
"""Tracks of a cell that the slow twin takes, by length; errors are compared on the same tracks."""
PEERS: Final = {20: 300, 128: 100, 512: 20}
"""Tracks of a cell that published packages take."""
CLOSE: Final = 0.01
POOLING: Final = 1.03


def score_setting(setting: Setting, n: int, d: int, tracks: int, seed: int) -> Json:
    """One cell of the benchmark."""
    scene = simulate(setting, n, d, tracks, seed)
    laws, pooled = _estimates(setting, scene)
    truth = _truth(setting, scene)
    ours = _errors(laws, truth)
    few = np.flatnonzero(scene.pattern == 0)[: min(SLOW[n], POOL) if pooled else SLOW[n]]
    slow = _slow_errors(setting, scene, few, pooled, truth)
    ratios = {name: {kind: _ratio(kind, ours[name][few], slow[name]) for kind in ("MAE", "RMSE")} for name in slow}
    coverage = _coverage(laws, truth)
    row: Json = {
        "setting": setting.name, "told": setting.error_given, "prior": setting.prior, "n": n, "d": d, "tracks": tracks,
        "MAE": {name: _mean(np.abs(errors)) for name, errors in ours.items()},
        "RMSE": {name: _root(errors) for name, errors in ours.items()},
        "coverage": coverage,
        "of the slow twin": {"tracks": len(few), **ratios},
        "Cramér-Rao": cramer_rao(scene.times[0], setting, d),
        "TAMSD": _tamsd(scene),
        "peers": _peers(setting, scene, n) if d == 1 and not (setting.missing or setting.uneven) else {},
        "met": {
            "slow": all(abs(r - 1) <= CLOSE or r < 1 for each in ratios.values() for r in each.values()),
            "coverage": all(0.94 <= c <= 0.96 for c in coverage.values()),
        },
    }  # fmt: skip
    if setting.error_given == "pooled":
        known = _errors(_laws(scene.tracks, SIGMA, setting), truth)["H"]
        cost = _mean(np.abs(ours["H"])) / _mean(np.abs(known))
        row["pooling"] = {"tracks": POOL, "MAE of H against sigma known": round(cost, 4), "met": cost <= POOLING}
    return row


def _estimates(setting: Setting, scene: SettingTracks) -> tuple[MotionParameters, list[PooledError | None]]:
    """perrin's laws, and the errors that were pooled over each group of tracks."""
    told = {"none": 0.0, "sigma": SIGMA, "nothing": None, "pooled": None}[setting.error_given]
    if setting.error_given != "pooled":
        return _laws(scene.tracks, told, setting), []
    laws, pooled = MotionParameters.empty(len(scene.tracks)), []
    for start in range(0, len(scene.tracks), POOL):
        group = scene.tracks.select(range(start, min(start + POOL, len(scene.tracks))))
        # as a run does it: in chunks, whose summaries are put together
        parts = [group.select(range(at, min(at + 64, len(group)))) for at in range(0, len(group), 64)]
        exact = Exact(exposure=setting.exposure)
        pooled.append(exact.prepare([exact.summarize(part) for part in parts]).pooled)
        found = _laws(group, None, setting, pooled[-1])
        for name in vars(laws):
            getattr(laws, name)[start : start + len(group)] = getattr(found, name)
    return laws, pooled


def _laws(tracks: Tracks, sigma: float | None, setting: Setting, pooled: PooledError | None = None) -> MotionParameters:
    """One law a track, by perrin's exact estimator; the fit is not tested."""
    errors = LocalizationError.of(sigma, tracks, pooled)
    grids = partial(MotionModel.for_tracks, errors, alpha=None, blur=setting.exposure, drift=False)
    return (
        WholeTracks(tracks, frame_clock(tracks), errors, grids, test_fit=False)
        .estimate(initial_status(tracks, 8))
        .parameters
    )


def _truth(setting: Setting, scene: SettingTracks) -> dict[str, FloatArray]:
    truth = {
        "H": scene.hurst,
        "log D": scene.log_s2 - np.log(2) - 2 * scene.hurst * np.log(DT),
        "log D_frame": scene.log_s2 - np.log(2 * DT),
    }
    if setting.error_given in ("nothing", "pooled"):
        truth["log sigma"] = np.full(len(scene.hurst), np.log(SIGMA))
    return truth


def _errors(parameters: MotionParameters, truth: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """Of each quantity; tracks that hardly move are immobile to the estimator, and have none."""
    with np.errstate(divide="ignore"):
        found = {
            "H": parameters.alpha / 2, "log D": np.log(parameters.D), "log D_frame": np.log(parameters.D_frame),
            "log sigma": np.log(parameters.sigma),
        }  # fmt: skip
    return {name: found[name] - values for name, values in truth.items()}


def _coverage(parameters: MotionParameters, truth: dict[str, FloatArray]) -> dict[str, float]:
    told = parameters.status == "ok"
    alpha, log_d = 2 * truth["H"], truth["log D"]
    return {
        "H": _mean(((parameters.alpha_lo <= alpha) & (alpha <= parameters.alpha_hi))[told]),
        "D": _mean(((np.log(parameters.D_lo) <= log_d) & (log_d <= np.log(parameters.D_hi)))[told]),
    }


@lru_cache(maxsize=3)
def _twin(times: tuple[float, ...], blur: float) -> SlowTwin:
    return SlowTwin(np.array(times), blur)


def _slow_errors(
    setting: Setting,
    scene: SettingTracks,
    few: np.ndarray,
    pooled: list[PooledError | None],
    truth: dict[str, FloatArray],
) -> dict[str, FloatArray]:
    sigma: float | None = {"none": 0.0, "sigma": SIGMA, "nothing": None, "pooled": None}[setting.error_given]
    if pooled and pooled[0] is not None:
        sigma = pooled[0].sigma
    twin = _twin(tuple(scene.times[0]), setting.exposure)
    means = twin.means(scene.displacements(few), sigma)
    found = {
        "H": means.hurst,
        "log D": means.log_s2 - np.log(2) - 2 * means.hurst * np.log(DT),
        "log D_frame": means.log_s2 - np.log(2 * DT),
        "log sigma": means.log_sigma,
    }
    return {name: found[name] - values[few] for name, values in truth.items() if name != "log sigma" or not pooled}


def _ratio(kind: str, ours: FloatArray, slow: FloatArray) -> float:
    told = np.isfinite(ours)
    error = _root if kind == "RMSE" else lambda e: _mean(np.abs(e))
    return round(error(ours[told]) / error(slow[told]), 4)


def _tamsd(scene: SettingTracks) -> Json:
    """Mean absolute errors of TAMSD over lags 1 to 4, localisation error left in."""
    some = scene.tracks.select(range(min(2_000, len(scene.tracks))))
    table = Tamsd(window=int(scene.tracks.lengths[0]) + 1).estimate(some, rng=np.random.default_rng(0)).tracks
    alpha = table["alpha"].cast(float).fill_null(np.nan).to_numpy()
    told = np.isfinite(alpha)
    if told.mean() < 0.5:
        return {"lags": "1-4", "tracks": len(some), "estimated": int(told.sum()), "MAE of H": None}
    error = _mean(np.abs(alpha / 2 - scene.hurst[: len(some)]))
    return {"lags": "1-4", "tracks": len(some), "estimated": int(told.sum()), "MAE of H": error}


def _peers(setting: Setting, scene: SettingTracks, n: int) -> Json:
    """Mean absolute errors of H of published packages, on the first tracks of a one-dimensional cell."""
    few = min(PEERS[n], len(scene.tracks))
    positions = scene.tracks.positions.reshape(-1, n)[:few]
    sigma = {"none": 0.0, "sigma": SIGMA}.get(setting.error_given, np.nan)
    tdml = peers.run("whittlehurst", "hurst", {"increments": np.diff(positions, axis=1)})
    fit = peers.run("bayesmsd", "fit", {"positions": positions, "sigma": sigma, "blur": setting.exposure})
    found = {"whittlehurst": tdml.values["hurst"], "bayesmsd": fit.values["alpha"] / 2}
    versions = {"whittlehurst": tdml.version, "bayesmsd": fit.version}
    return {
        name: {"version": versions[name], "tracks": few, "MAE of H": _mean(np.abs(hurst - scene.hurst[:few]))}
        for name, hurst in found.items()
    }


def _mean(values: FloatArray) -> float:
    return round(float(np.nanmean(values)), 5)


def _root(errors: FloatArray) -> float:
    return round(float(np.sqrt(np.nanmean(errors**2))), 5)
