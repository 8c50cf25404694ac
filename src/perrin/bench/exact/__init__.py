"""`perrin bench exact`: errors and coverage of the exact estimator beside its slow twin, the limit, and peers."""

from __future__ import annotations

from pathlib import Path

from perrin.bench.exact.figure import figures
from perrin.bench.exact.misfits import misfits
from perrin.bench.exact.score import score
from perrin.bench.exact.settings import DIMENSIONS, LENGTHS, SETTINGS
from perrin.bench.progress import steps
from perrin.bench.record import surroundings
from perrin.types import Json

__all__ = ["figures", "run"]

TRACKS = 10_000
"""Of each cell."""


def run(data: Path, tracks: int = TRACKS) -> Json:
    """One row a setting, length and dimension; `data` is not needed."""
    del data
    cells = [(setting, n, d) for setting in SETTINGS for n in LENGTHS for d in DIMENSIONS]
    rows = [score(setting, n, d, tracks, seed=i) for i, (setting, n, d) in enumerate(steps(cells, "exact"))]
    return {
        "asked": "MAE and RMSE of H, log D, log D_frame and log sigma within 1 % of the slow implementation; pooling "
        "500 tracks costs at most 3 %; 95 % intervals cover 94 to 96 % of truths drawn from the prior",
        "tracks of a cell": tracks,
        "rows": rows,
        "wrong on purpose": misfits(),
        "met": {
            "slow": all(row["met"]["slow"] for row in rows),
            "coverage": all(row["met"]["coverage"] for row in rows if row["prior"]),
            "pooling": all(row["pooling"]["met"] for row in rows if "pooling" in row),
        },
        "surroundings": surroundings(),
    }
