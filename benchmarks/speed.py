"""`python -m benchmarks speed`: microseconds a track beside published packages, windows a second, the whole command.

One thread each, in processor time, the fastest of several turns; peers are timed inside their own process.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from benchmarks import peers
from benchmarks.progress import steps
from benchmarks.record import surroundings
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.localization_error import LocalizationError
from perrin.estimate.exact.motion_model import MotionModel
from perrin.estimate.exact.noise_free import noise_free_windows
from perrin.estimate.exact.whole_tracks import WholeTracks
from perrin.estimate.motion_parameters import MotionParameters, initial_status
from perrin.features import frame_clock
from perrin.figures import theme
from perrin.simulate import Measurement, fractional_gaussian_noise, simulate_fbm
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json

LENGTHS: Final = {20: 20_000, 128: 10_000, 512: 4_000}
"""Increments of a one-dimensional track, and how many perrin is timed on."""
PEERS: Final = {20: 1_000, 128: 600, 512: 100}
TURNS: Final = 5
TIMES_TDML: Final = 50
TIMES_BAYESMSD: Final = 200
WINDOWS: Final = 300_000
"""Windows of 20 positions in 2-D that two cores are to do in a second."""
POINTS: Final = (100_000, 1_000_000)


def run(data: Path) -> Json:
    """Every part of the benchmark; `data` is not needed."""
    del data
    clean = [_clean(m) for m in steps(list(LENGTHS), "clean")]
    noisy = [_noisy(m) for m in steps(list(LENGTHS), "noisy")]
    windows = _windows()
    commands = [_command(points) for points in steps(POINTS, "command")]
    return {
        "asked": f"{TIMES_TDML} times as fast as whittlehurst's TDML with sigma known; more accurate than bayesmsd and "
        f"{TIMES_BAYESMSD} times as fast; {WINDOWS:,} windows a second on two cores with one shared unknown sigma",
        "clean": clean, "noisy": noisy, "windows": windows, "command": commands,
        "met": {
            "TDML": all(row["times as fast"] >= TIMES_TDML for row in clean),
            "bayesmsd": all(row["times as fast"] >= TIMES_BAYESMSD and row["MAE of H"]["perrin"] <
                            row["MAE of H"]["bayesmsd"] for row in noisy),
            "windows": windows["windows a second on two cores"] >= WINDOWS,
        },
        "surroundings": surroundings(),
    }  # fmt: skip


def figures(result: Json) -> dict[str, go.Figure]:
    """`speed`: microseconds a track against length."""
    figure = theme.blank(420)
    curves = (
        ("perrin, clean: H", "clean", "perrin", theme.ACCENT, "solid"),
        ("whittlehurst TDML, clean", "clean", "whittlehurst", theme.PALETTE[1], "solid"),
        ("perrin, sigma unknown: all numbers", "noisy", "perrin", theme.ACCENT, "dot"),
        ("bayesmsd, sigma unknown", "noisy", "bayesmsd", theme.PALETTE[3], "dot"),
    )
    for name, part, key, color, dash in curves:
        rows = result[part]
        figure.add_scatter(
            x=[row["increments"] for row in rows], y=[row["microseconds a track"][key] for row in rows], name=name,
            mode="lines+markers", line={"color": color, "dash": dash, "width": 2.5},
        )  # fmt: skip
    figure.update_xaxes(type="log", title="increments of a one-dimensional track", tickvals=list(LENGTHS))
    figure.update_yaxes(type="log", title="microseconds a track")
    figure.update_layout(legend={"orientation": "h", "y": -0.25, "yanchor": "top"}, margin={"b": 120})
    return {"speed": figure}


def _clean(m: int) -> Json:
    """No error: H, which is what TDML estimates; with its interval as well, for information."""
    rng = np.random.default_rng(m)
    hurst = rng.uniform(0.05, 0.95, LENGTHS[m])
    noise = fractional_gaussian_noise(hurst, m, paths=LENGTHS[m], rng=rng)[:, :, None]
    shared = noise_free_windows(m, 1, 0.0)

    def estimate() -> FloatArray:
        found = np.empty(len(noise))
        for rows, posterior in shared.posteriors(noise):
            found[rows] = posterior.mean_hurst
        return found

    seconds, found = _timed(estimate)
    with_interval, _ = _timed(lambda: [posterior.hurst for _, posterior in shared.posteriors(noise)])
    few = PEERS[m]
    peer = peers.run("whittlehurst", "hurst", {"increments": noise[:few, :, 0]}, repeats=3)
    micro = {"perrin": 1e6 * seconds / len(noise), "whittlehurst": 1e6 * peer.seconds_per_item}
    row = _row(m, micro, "whittlehurst", found, peer.values["hurst"], hurst, few)
    return row | {"version": peer.version, "perrin with intervals": round(1e6 * with_interval / len(noise), 3)}


def _noisy(m: int) -> Json:
    """Noise of half a step, nothing told: H, D and sigma with their intervals, which is what bayesmsd estimates."""
    n, few = LENGTHS[512], PEERS[m]
    hurst = np.random.default_rng(m).uniform(0.05, 0.95, n)
    made = simulate_fbm(n, m + 1, hurst=hurst, D=0.5, dimension=1, measurement=Measurement(sigma=0.5), seed=m)
    estimate = partial(_laws, made.tracks, LocalizationError("fitted", np.nan))
    seconds, laws = _timed(estimate)
    positions = made.tracks.positions.reshape(n, m + 1)[:few]
    peer = peers.run("bayesmsd", "fit", {"positions": positions})
    micro = {"perrin": 1e6 * seconds / n, "bayesmsd": 1e6 * peer.seconds_per_item}
    row = _row(m, micro, "bayesmsd", laws.alpha / 2, peer.values["alpha"] / 2, hurst, few)
    return row | {"version": peer.version}


def _row(
    m: int, micro: dict[str, float], rival: str, ours: FloatArray, theirs: FloatArray, truth: FloatArray, few: int
) -> Json:
    errors = {"perrin": np.abs(ours - truth)[:few], rival: np.abs(theirs - truth[:few])}
    return {
        "increments": m, "tracks": {"perrin": len(truth), rival: few, "both errors": few},
        "microseconds a track": {name: round(value, 3) for name, value in micro.items()},
        "times as fast": round(micro[rival] / micro["perrin"], 1),
        "MAE of H": {name: round(float(np.nanmean(values)), 4) for name, values in errors.items()},
    }  # fmt: skip


def _laws(tracks: Tracks, errors: LocalizationError) -> MotionParameters:
    grids = partial(MotionModel.for_tracks, errors, alpha=None, blur=0.0, drift=False)
    return (
        WholeTracks(tracks, frame_clock(tracks), errors, grids, test_fit=False)
        .estimate(initial_status(tracks, 8))
        .parameters
    )


def _windows() -> Json:
    """Rolling windows of 20 positions in 2-D: alpha and D with intervals, the shared error found first."""
    rng = np.random.default_rng(0)
    hurst, D = rng.uniform(0.1, 0.9, 200), 0.5 * 10 ** rng.uniform(-0.5, 0.5, 200)
    tracks = simulate_fbm(200, 500, hurst=hurst, D=D, measurement=Measurement(sigma=0.5), seed=1).tracks
    exact = Exact()
    pooling, summary = _timed(lambda: exact.summarize(tracks), turns=1)
    ready = exact.prepare([summary])
    errors = LocalizationError.of(None, tracks, ready.pooled)
    seconds, laws = _timed(lambda: ready.windows(tracks, frame_clock(tracks), errors, initial_status(tracks, 8)))
    count = len(laws.status)
    return {
        "windows": count, "sigma": None if ready.pooled is None else round(ready.pooled.sigma, 4), "true sigma": 0.5,
        "microseconds a window": round(1e6 * seconds / count, 3),
        "windows a second on two cores": round(2 * count / seconds),
        "seconds to find the shared error": round(pooling, 3),
    }  # fmt: skip


def _timed(call: Callable[[], Any], turns: int = TURNS) -> tuple[float, Any]:
    """Processor seconds of the fastest turn, and what came out."""
    taken, found = [], None
    for _ in range(turns):
        start = process_time()
        found = call()
        taken.append(process_time() - start)
    return min(taken), found


def _command(points: int) -> Json:
    """The whole command: a CSV in; two tables, a record and a report out."""
    with TemporaryDirectory() as folder:
        csv, out = Path(folder) / "tracks.csv", Path(folder) / "out"
        count = points // 100
        simulate_fbm(count, 100, D=0.5, dt=0.1, measurement=Measurement(sigma=0.05), seed=2).write(csv)
        start = perf_counter()
        command = [sys.executable, "-m", "perrin", "analyze", str(csv), "-o", str(out), "--workers", "2"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
        wall = perf_counter() - start
        record = json.loads((out / "run.json").read_text(encoding="utf-8"))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        return {
            "points": points, "tracks": count, "workers": 2, "seconds": round(wall, 1), "parts": record["timings"],
            "megabytes of CSV": round(csv.stat().st_size / 1e6), "peak megabytes of a process": round(peak / 1e3),
        }  # fmt: skip
