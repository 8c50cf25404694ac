"""The time-averaged MSD when 40 % of the frames are missing: perrin's and that of published packages.

Brownian tracks with frames removed at random must still give MSD(k frames) = 2 d D k dt. Who takes successive positions
for successive frames averages over lags of 1/(1 − .4) = 1.67 frames instead of one, and returns 1.67 times the truth.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import plotly.graph_objects as go

from benchmarks import peers
from benchmarks.record import surroundings
from perrin.features import mean_squared_displacement
from perrin.figures import theme
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks
from perrin.types import FloatArray, Json

TRACKS: Final = 1000
FRAMES: Final = 200
MISSING: Final = 0.4
LAGS: Final = (1, 2, 3, 4)
PEERS: Final = ("trackpy", "trait2d", "gemspa-spt")
RIGHT: Final = 0.02
"""How far the mean over tracks may lie from the truth; its standard deviation is .3 % at one frame."""


def run(data: Path) -> Json:  # noqa: ARG001
    """Mean MSD over all tracks at lags 1 to 4, as a multiple of the truth. Needs `make peers`, no data."""
    tracks = simulate_fbm(TRACKS, FRAMES, hurst=0.5, D=0.25, measurement=Measurement(missing=MISSING), seed=1).tracks
    truth = 4 * 0.25 * np.array(LAGS)
    msd, _ = mean_squared_displacement(tracks, list(LAGS))  # NaN without a pair
    rows = [_row("perrin", "", np.nanmean(msd, axis=0), truth)]
    positions = _grid(tracks)
    for name in PEERS:
        result = peers.run(name, "tamsd", {"positions": positions, "lags": len(LAGS)})
        rows.append(_row(name, result.version, np.nanmean(result.values["msd"], axis=0), truth))
    return {
        "command": "python -m benchmarks gaps",
        **surroundings(),
        "asked": f"MSD with {MISSING:.0%} of the frames missing as without; two published packages return 1.7 times it",
        "tracks": TRACKS,
        "frames": FRAMES,
        "lags": list(LAGS),
        "rows": rows,
        "met": bool(rows[0]["right"]) and sum(1.6 < row["times the truth"][0] < 1.8 for row in rows) == 2,
    }


def figures(result: Json) -> dict[str, go.Figure]:
    """`gaps`: the MSD over the truth at every lag, package by package."""
    figure = theme.blank(380, barmode="group")
    for row, color in zip(result["rows"], (theme.ACCENT, *theme.PALETTE), strict=False):
        times = row["times the truth"]
        figure.add_bar(
            x=result["lags"], y=times, name=f"{row['package']} {row['version']}".strip(), marker={"color": color},
            text=[f"{t:.2f}" for t in times], textposition="outside", cliponaxis=False,
        )  # fmt: skip
    figure.add_hline(y=1, line=theme.GUIDE)
    figure.update_xaxes(title="lag (frames)", dtick=1)
    figure.update_yaxes(title="MSD / truth, 40 % of frames missing", range=[0, 2])
    return {"gaps": figure}


def _row(name: str, version: str, msd: FloatArray, truth: FloatArray) -> Json:
    times = msd / truth
    return {
        "package": name, "version": version, "times the truth": times.round(4).tolist(),
        "right": bool(np.all(np.abs(times - 1) < RIGHT)),
    }  # fmt: skip


def _grid(tracks: Tracks) -> FloatArray:
    """(tracks, FRAMES, d) positions, NaN where a frame is missing."""
    grid = np.full((len(tracks), FRAMES, tracks.positions.shape[1]), np.nan)
    grid[np.repeat(np.arange(len(tracks)), tracks.lengths), tracks.frames] = tracks.positions
    return grid
