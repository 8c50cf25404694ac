"""Constant H or not: size of both tests on fractional Brownian motion, power against changes, speed, beads in actin.

The size in 1-D is measured on 10,000 tracks a cell; in 2-D and 3-D, of the calibrated test alone, on 2,000.

Cells that are done wait in decide.partial.json in the current folder, so that an interrupted run goes on; the file is
removed at the end. H(t) of multifractional Brownian motion runs over t = 1 … T frames, as in the paper.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots
from scipy.io import loadmat

from benchmarks.record import surroundings
from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.figures import theme
from perrin.hurst_test import run_hurst_test
from perrin.hurst_test.band import BandTest
from perrin.hurst_test.calibrated_test import statistic_of_regular
from perrin.hurst_test.null_distribution import null_table
from perrin.processes.mfbm import factor
from perrin.simulate import Measurement, fractional_brownian_motion, simulate_fbm
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, Json

LEVEL: Final = 0.05
TRACKS: Final = 10_000
"""Tracks in a cell of the size: a share of .05 is known to ± .0044 (95 %)."""
POWER_TRACKS: Final = 1_000
AXES_TRACKS: Final = 2_000
"""The same in 2-D and 3-D: known to ± .0096."""
AXES_HURST: Final = (0.1, 0.5, 0.9)
EXTREME_HURST: Final = (0.93, 0.95, 0.97, 0.99)
"""Where the table of the null distribution has no nodes (decision 0041)."""
_SEED: Final = 2_027
HURST: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
LENGTHS: Final = (128, 256, 512)
NOISE: Final = (0.0, 0.5)
CHANGES: Final = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
SHAPES: Final[dict[str, Callable[[FloatArray], FloatArray]]] = {
    "linear": lambda u: u - 0.5,
    "logistic": lambda u: 1 / (1 + np.exp(-100 * (u - 0.7))) - 0.5,
}
"""From -½ to ½ over u = t/T; H(t) = ½ + change times it. The logistic one is that of the paper's Table III."""
_PARTIAL: Final = Path("decide.partial.json")
_AT_ONCE: Final = 1_000


def run(data: Path) -> Json:
    """All entries; the beads in actin only where the data folder holds them."""
    kept: Json = json.loads(_PARTIAL.read_text(encoding="utf-8")) if _PARTIAL.exists() else {}

    def cell(name: str, measure: Callable[[], Json]) -> Json:
        if name not in kept:
            kept[name] = measure()
            _PARTIAL.write_text(json.dumps(kept), encoding="utf-8")
        return dict(kept[name])

    result: Json = {
        "command": "python -m benchmarks decide --data FOLDER",
        **surroundings(),
        "level": LEVEL,
        "size": [
            cell(f"size {h} {n} {noise}", lambda h=h, n=n, noise=noise: size(h, n, noise))  # type: ignore[misc]
            for n in LENGTHS for noise in NOISE for h in HURST
        ],
        "size in 2-D and 3-D": [
            cell(f"size {h} {n} {noise} {d}", lambda h=h, n=n, noise=noise, d=d: size_of_axes(h, n, noise, d))  # type: ignore[misc]
            for d in (2, 3) for n in LENGTHS for noise in NOISE for h in AXES_HURST
        ],
        "size near H = 1": [
            cell(f"size {h} {n} 0.0 1", lambda h=h, n=n: size_of_axes(h, n, 0.0, 1))  # type: ignore[misc]
            for n in LENGTHS for h in EXTREME_HURST
        ],
        "power": [
            cell(f"power {s} {n} {noise} {c}", lambda s=s, n=n, noise=noise, c=c: power(s, n, noise, c))  # type: ignore[misc]
            for s in SHAPES for n in LENGTHS[1:] for noise in NOISE for c in CHANGES
        ],
        "other changes": cell("other", other_changes),
        "speed": cell("speed", speed),
        "beads in actin": cell("actin", lambda: actin(data)),
    }  # fmt: skip
    _PARTIAL.unlink(missing_ok=True)
    return result


def size(hurst: float, n: int, noise: float) -> Json:
    """Share of FBM that either test takes for something else."""
    rng = np.random.default_rng([_SEED, 1, round(100 * hurst), n, round(10 * noise)])

    def draw(tracks: int) -> FloatArray:
        return fractional_brownian_motion(hurst, n, paths=tracks, rng=rng)

    return {"H": hurst, "positions": n, "noise": noise, **_shares(draw, noise, TRACKS, rng)}


def size_of_axes(hurst: float, n: int, noise: float, axes: int) -> Json:
    """Share of FBM with several axes that the calibrated test rejects."""
    rng = np.random.default_rng([_SEED, 5, round(100 * hurst), n, round(10 * noise), axes])
    paths = fractional_brownian_motion(hurst, n, paths=AXES_TRACKS * axes, rng=rng)
    paths = paths + noise * rng.standard_normal(paths.shape)
    share = float(np.mean(p_values(paths.reshape(AXES_TRACKS, axes, n)) <= LEVEL))
    return {"axes": axes, "H": hurst, "positions": n, "noise": noise, "tracks": AXES_TRACKS, "calibrated": share}


def power(shape: str, n: int, noise: float, change: float) -> Json:
    """Share of MFBM that either test finds."""
    rng = np.random.default_rng([_SEED, 2, len(shape), n, round(10 * noise), round(100 * change)])
    times = np.arange(1.0, n + 1)
    lower = factor(times, 0.5 + change * SHAPES[shape](times / n))

    def draw(tracks: int) -> FloatArray:
        paths: FloatArray = rng.standard_normal((tracks, n)) @ lower.T
        return paths

    found = _shares(draw, noise, POWER_TRACKS, rng)
    return {"shape": shape, "change of H": change, "positions": n, "noise": noise, **found}


def _shares(draw: Callable[[int], FloatArray], noise: float, tracks: int, rng: np.random.Generator) -> Json:
    """Shares of rejections of both tests on the same tracks, 1-D; `noise` is sigma over the one-frame step."""
    by_p, by_band = [], []
    for _ in range(tracks // _AT_ONCE):
        paths = draw(_AT_ONCE)
        paths = paths + noise * rng.standard_normal(paths.shape)
        by_p.append(p_values(paths) <= LEVEL)
        by_band.append(leaves_band(paths))
    return {
        "tracks": tracks,
        "calibrated": float(np.mean(by_p)),
        "band test": float(np.mean(by_band)),
    }


def p_values(paths: FloatArray) -> FloatArray:
    """(tracks,) p of the calibrated test of paths (tracks, axes, n), or (tracks, n) in 1-D."""
    paths = paths.reshape(len(paths), -1, paths.shape[-1])
    found = statistic_of_regular(np.diff(paths, axis=2))
    lengths = np.full(len(paths), paths.shape[2])
    return null_table().p_values(
        found.statistic, found.hurst.mean(axis=1), found.angle.mean(axis=1), lengths, paths.shape[1]
    )


def leaves_band(paths: FloatArray) -> BoolArray:
    """(tracks,) whether the band test with the paper's estimator says MFBM."""
    test = BandTest(Coeurjolly(), level=LEVEL)
    estimates = test.estimator.estimate(Tracks.from_arrays(list(paths[..., None])), rng=np.random.default_rng(0))
    curves = estimates.points["alpha"].to_numpy().reshape(paths.shape) / 2
    means = np.nanmean(curves, axis=1)
    inside = [
        test.inside(c, test.regular(float(m), paths.shape[1], 1)) for c, m in zip(curves, means, strict=True)
    ]  # fmt: skip
    return np.array(inside) < 1 - LEVEL


def other_changes() -> Json:
    """Share of tracks of 256 positions that the calibrated test rejects though H is constant, for other reasons."""
    rng, n = np.random.default_rng([_SEED, 3]), 256
    steps = np.diff(fractional_brownian_motion(0.5, n, paths=4_000, rng=rng), axis=1)
    louder, linked = steps.copy(), steps.copy()
    louder[:, n // 2 :] *= 2
    linked[:, 60] += 10
    return {
        "steps twice as large in the second half": float(np.mean(p_values(_walk(louder)) <= LEVEL)),
        "one leap of ten steps": float(np.mean(p_values(_walk(linked)) <= LEVEL)),
    }


def _walk(steps: FloatArray) -> FloatArray:
    return np.pad(np.cumsum(steps, axis=1), [(0, 0), (1, 0)])


def speed() -> Json:
    """Processor seconds for 1,000 tracks of 512 positions in 2-D, H from .1 to .9, error included."""
    hurst = np.random.default_rng([_SEED, 4]).uniform(0.1, 0.9, 1_000)
    tracks = simulate_fbm(1_000, 512, hurst=hurst, measurement=Measurement(sigma=0.7)).tracks
    began = time.process_time()
    run_hurst_test(tracks)
    return {"processor seconds, one worker": time.process_time() - began}


def actin(data: Path) -> Json:
    """Beads in entangled F-actin and in glycerol: how many tracks of 100 positions or more reject one H."""
    names = {"F-actin, mesh 625 nm": "625nm_mesh_size.mat", "glycerol": "brownian_beads.mat"}
    found: Json = {}
    for name, file in names.items():
        path = data / "anomdiffdb_beads" / file
        if not path.exists():
            continue
        matrix: FloatArray = loadmat(path)["tr"]
        pieces = np.split(matrix[:, :2], np.flatnonzero(np.diff(matrix[:, 2])) + 1)
        found[name] = run_hurst_test(Tracks.from_arrays([p for p in pieces if len(p) >= 100])).summary()
    return found


def figures(result: Json) -> dict[str, go.Figure]:
    """Size of both tests, and power against the change of H."""
    return {"decide-size": _size_figure(result), "decide-power": _power_figure(result)}


_TESTS: Final = {"calibrated": theme.ACCENT, "band test": theme.EMPHASIS}


def _size_figure(result: Json) -> go.Figure:
    figure = theme.blank(360)
    for test, color in _TESTS.items():
        figure.add_scatter(
            x=[_label(c) for c in result["size"]], y=[100 * c[test] for c in result["size"]], mode="markers", name=test,
            marker={"color": color, "size": 8},
        )  # fmt: skip
    several = result.get("size in 2-D and 3-D", [])
    for axes, symbol in ((2, "diamond-open"), (3, "square-open")):
        cells = [c for c in several if c["axes"] == axes]
        figure.add_scatter(
            x=[_label(c) for c in cells], y=[100 * c["calibrated"] for c in cells], mode="markers",
            name=f"calibrated, {axes}-D", marker={"color": theme.ACCENT, "size": 8, "symbol": symbol},
        )  # fmt: skip
    figure.add_hrect(y0=4, y1=6, fillcolor=theme.ACCENT, opacity=0.15, line_width=0)
    figure.update_yaxes(title={"text": "FBM rejected at 5 % (%)"}, rangemode="tozero")
    figure.update_xaxes(tickangle=-60, tickfont={"size": 10})
    return figure.update_layout(margin={"b": 130})


def _label(cell: Json) -> str:
    return f"H {cell['H']:g}, {cell['positions']}{', error' if cell['noise'] else ''}"


def _power_figure(result: Json) -> go.Figure:
    columns = [(s, n) for s in SHAPES for n in LENGTHS[1:]]
    figure = make_subplots(
        1, len(columns), shared_yaxes=True, subplot_titles=[f"{s}, {n} positions" for s, n in columns]
    )
    figure.update_layout(template=theme.TEMPLATE, height=340)
    for place, (shape, n) in enumerate(columns, start=1):
        for test, color in _TESTS.items():
            for noise, dash in zip(NOISE, ("solid", "dot"), strict=True):
                cells = [
                    c for c in result["power"] if (c["shape"], c["positions"], c["noise"]) == (shape, n, noise)
                ]  # fmt: skip
                figure.add_scatter(
                    x=[c["change of H"] for c in cells], y=[100 * c[test] for c in cells], mode="lines+markers",
                    name=test + (", error half a step" if noise else ""), line={"color": color, "dash": dash},
                    showlegend=place == 1, row=1, col=place,
                )  # fmt: skip
        figure.update_xaxes(title={"text": "change of H"}, row=1, col=place)
    figure.update_yaxes(title={"text": "found at 5 % (%)"}, range=[0, 102], row=1, col=1)
    return figure.update_layout(legend={"y": 1.18}, margin={"t": 90})
