"""Known facts about real tracks, reproduced: beads in water, Perrin's grains, beads in actin, sptPALM.

The data sets stay outside the project; `python -m benchmarks real --data FOLDER` reads them in place. Every entry of
the result has `asked` (the fact), `measured` (numbers) and `met`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from scipy.io import loadmat

from perrin.errors import InputError
from perrin.features import mean_squared_displacement
from perrin.result import Estimates, summarize
from perrin.run import analyze as analyze_with
from perrin.tracks import Tracks, read
from perrin.types import FloatArray, Json
from perrin.version import __version__

WALKTHROUGH_LAGS: Final = range(1, 101)
"""Lags, in frames, of the line that the trackpy walkthrough fits to the ensemble MSD of the same video."""

_WHOLE_TRACKS: Final = 1_000_000
"""A window that no track fills: whole tracks only."""


def analyze(tracks: Tracks, **settings: Any) -> Estimates:
    """`perrin.analyze` on all cores."""
    return analyze_with(tracks, workers=os.cpu_count() or 1, **settings)


def run(data: Path) -> Json:
    """All entries. Raises InputError naming the first file that is not in `data`."""
    return {
        "command": "python -m benchmarks real --data FOLDER",
        "perrin": __version__,
        "bulk_water": bulk_water(data),
        "perrin_1909": perrin_1909(data),
        "actin_beads": actin_beads(data),
        "fbm_validation": fbm_validation(data),
        "sptpalm": sptpalm(data),
    }


def bulk_water(data: Path) -> Json:
    """1 µm beads in water: alpha from exact, from TAMSD lags 1 to 4, and from the walkthrough's long lags."""
    tracks = read(_file(data, "trackpy_bulk_water/bulk_water_um_nodrift.csv"))
    plain, drift = (
        analyze(tracks, sigma=0.0, drift=d, window=_WHOLE_TRACKS).tracks.filter(pl.col("status") == "ok")
        for d in (False, True)
    )
    tamsd = analyze(tracks, method="tamsd").tracks.filter(pl.col("status") == "ok")
    walkthrough = _ensemble_exponent(tracks)
    misfit = float((plain["fit_p"] < 0.05).mean())  # type: ignore[arg-type]
    measured = {
        "tracks": len(tracks),
        "exact, no error": _medians(plain),
        "exact, no error, drift marginalised": _medians(drift),
        "tamsd, lags 1-4": _medians(tamsd),
        f"ensemble MSD, lags {WALKTHROUGH_LAGS[0]}-{WALKTHROUGH_LAGS[-1]}": walkthrough,
        "step correlation at lag 1": _step_correlation(tracks),
        "fraction of tracks with fit_p < .05": misfit,
        "fraction whose advice says that FBM does not fit": float(
            plain["advice"].str.contains("does not fit").mean()  # type: ignore[arg-type]
        ),
    }
    alpha, d = _median(plain, "alpha"), _median(plain, "D")
    return {
        "asked": "exact without noise: median alpha 1.24, D .55; TAMSD lags 1-4 the same; long lags 1.07; FBM misfits",
        "measured": measured,
        "met": bool(
            abs(alpha - 1.24) < 0.02
            and abs(d - 0.55) < 0.03
            and abs(_median(tamsd, "alpha") - alpha) < 0.03
            and abs(walkthrough["alpha"] - 1.07) < 0.03
            and misfit > 0.5
        ),
    }


def perrin_1909(data: Path) -> Json:
    """Perrin's mastic grains: every interval covers alpha = 1; with alpha given, one D for all."""
    files = [_file(data, f"perrin_1909/traj{i}.txt") for i in (1, 2, 3)]
    tracks = read(files, pixel_size=1e6, frame_interval=30.0)
    free = analyze(tracks).tracks
    shared = summarize(analyze(tracks, alpha=1.0, sigma=0.0).tracks)["common_D"]
    fitted = analyze(tracks, alpha=1.0).tracks.select("source", "D", "D_lo", "D_hi").to_dicts()
    rows = free.select("source", "n_points", "alpha", "alpha_lo", "alpha_hi", "fit_p").to_dicts()
    covered = bool(((free["alpha_lo"] < 1) & (free["alpha_hi"] > 1)).all())
    return {
        "asked": "each 95 % interval covers alpha = 1; alpha given as 1 and pooled: D = .45 µm²/s",
        "measured": {
            "alpha free, error fitted": rows,
            "alpha = 1, no error: shared D in µm²/s": shared,
            "alpha = 1, error fitted: D of each": fitted,
        },
        "met": covered and abs(shared["value"] - 0.45) < 0.005,
    }


def actin_beads(data: Path) -> Json:
    """Beads in entangled F-actin against beads in glycerol, tracks of 20 positions or more."""
    sets = {
        "F-actin, mesh 625 nm": _matrix(_file(data, "anomdiffdb_beads/625nm_mesh_size.mat")),
        "glycerol": _matrix(_file(data, "anomdiffdb_beads/brownian_beads.mat")),
    }
    measured: Json = {}
    for name, tracks in sets.items():
        measured[name] = {
            "tracks": len(tracks),
            "exact": _median(analyze(tracks, window=_WHOLE_TRACKS).tracks, "alpha"),
            "exact, no error": _median(analyze(tracks, window=_WHOLE_TRACKS, sigma=0.0).tracks, "alpha"),
            "tamsd, lags 1-4": _median(analyze(tracks, method="tamsd").tracks, "alpha"),
        }
    actin, glycerol = measured.values()
    apart = {method: glycerol[method] - actin[method] for method in ("exact", "exact, no error")}
    return {
        "asked": "median alpha in F-actin at least .25 below that in glycerol",
        "measured": measured | {"difference": apart},
        "met": min(apart.values()) >= 0.25,
    }


def fbm_validation(data: Path) -> Json:
    """Simulated FBM of a foreign generator, 301 positions, noise-free: the known H."""
    path = _file(data, "erp_fbm_validation/v1_first30.csv")
    truth = pl.read_csv(path).group_by("pid", maintain_order=True).agg(pl.col("H").first())["H"].to_numpy()
    table = analyze(read(path, frame_interval=0.01), sigma=0.0).tracks
    error = table["alpha"].to_numpy() / 2 - truth
    inside = (table["alpha_lo"].to_numpy() < 2 * truth) & (2 * truth < table["alpha_hi"].to_numpy())
    mean_error, coverage = float(np.abs(error).mean()), float(inside.mean())
    return {
        "asked": "the known H recovered (Cramér-Rao: about .02 in 2-D at 301 positions)",
        "measured": {"tracks": len(truth), "mean absolute error of H": mean_error, "coverage of 95 %": coverage},
        "met": mean_error < 0.025 and coverage >= 0.85,
    }


def sptpalm(data: Path) -> Json:
    """HaloTag-NLS in nuclei, most tracks of 1 to 3 positions: no numbers from noise."""
    path = _file(data, "saspt_u2os_nls/region_0_7ms_trajs.csv")
    tracks = read(path, frame_interval=0.00748, pixel_size=0.16)
    table = analyze(tracks).tracks
    short = table.filter(pl.col("n_points") < 8)
    silent = short["alpha"].null_count() == short.height and bool((short["advice"] != "").all())
    counts = dict(table["status"].value_counts().rows())
    estimated = table.filter(pl.col("status") == "ok")
    return {
        "asked": "an honest report: tracks too short get no number but a status and advice",
        "measured": {
            "tracks": len(tracks),
            "median length": float(np.median(tracks.lengths)),
            "statuses": counts,
            "error source": table["sigma_source"].drop_nulls().unique().to_list(),
            "median width of the interval of alpha": float(
                (estimated["alpha_hi"] - estimated["alpha_lo"]).median()  # type: ignore[arg-type]
            ),
        },
        "met": silent and counts.get("too_short", 0) == short.height,
    }


def _file(data: Path, name: str) -> Path:
    path = data / name
    if not path.exists():
        raise InputError("is not there", file=path, remedy="Name the folder of the data sets with --data.")
    return path


def _median(table: pl.DataFrame, column: str) -> float:
    return float(table[column].drop_nulls().median())  # type: ignore[arg-type]


def _medians(table: pl.DataFrame) -> dict[str, float]:
    return {f"median {c}": _median(table, c) for c in ("alpha", "D", "D_frame")}


def _matrix(path: Path) -> Tracks:
    """Columns x, y, id without times: consecutive rows of a track are consecutive frames."""
    matrix: FloatArray = loadmat(path)["tr"]
    pieces = np.split(matrix[:, :2], np.flatnonzero(np.diff(matrix[:, 2])) + 1)
    return Tracks.from_arrays([p for p in pieces if len(p) >= 20])


def _ensemble_exponent(tracks: Tracks) -> dict[str, Any]:
    """Log-log line through the MSD averaged over all pairs of all tracks, every lag counting the same."""
    lags = list(WALKTHROUGH_LAGS)
    msd, pairs = mean_squared_displacement(tracks, lags)
    ensemble = np.nansum(np.nan_to_num(msd) * pairs, axis=0) / pairs.sum(axis=0)
    step = tracks.provenance[0].frame_interval or 1.0
    slope, height = np.polyfit(np.log(np.array(lags) * step), np.log(ensemble), 1)
    return {"alpha": float(slope), "prefactor in µm²/s^α": float(np.exp(height))}


def _step_correlation(tracks: Tracks) -> float:
    """Mean product of successive one-frame steps over their mean square."""
    first = second = 0.0
    for begin, end in zip(tracks.offsets[:-1], tracks.offsets[1:], strict=True):
        steps = np.diff(tracks.positions[begin:end], axis=0)
        single = np.diff(tracks.frames[begin:end]) == 1
        both = single[1:] & single[:-1]
        first += float((steps[1:] * steps[:-1])[both].sum())
        second += float((steps[1:] ** 2)[both].sum())
    return first / second
