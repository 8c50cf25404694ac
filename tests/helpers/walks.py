"""Small files of tracks."""

from pathlib import Path

import numpy as np

HEADING = "track,frame,x,y"
CALIBRATED = "track,frame,x (µm),y (µm)"


def walks(tracks: int = 4, length: int = 24, seed: int = 1, first: int = 0) -> list[str]:
    """Rows of Brownian walks in 2-D."""
    rng = np.random.default_rng(seed)
    rows = []
    for track in range(first, first + tracks):
        path = np.cumsum(rng.normal(0, 1, (length, 2)), axis=0)
        rows += [f"{track},{frame},{x:.6f},{y:.6f}" for frame, (x, y) in enumerate(path)]
    return rows


def write(path: Path, rows: list[str], heading: str = HEADING) -> Path:
    """A CSV file of these rows."""
    path.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    return path
