"""pytrackmate: spots and tracks of a TrackMate file, read into a table."""

from __future__ import annotations

import numpy as np
from exchange import PeerTask, answer
from pytrackmate import trackmate_peak_import


def read(small: np.ndarray, path: np.ndarray) -> PeerTask:
    """Read `small`, which warms up and costs next to nothing, and `path`; returns the number of rows and of tracks."""

    def call(i: int) -> dict[str, np.ndarray]:
        table = trackmate_peak_import(str((small, path)[i]), get_tracks=True)
        return {"rows": np.array(len(table)), "tracks": np.array(table["label"].nunique())}

    return PeerTask(call, calls=2)


answer("pytrackmate", {"read": read})
