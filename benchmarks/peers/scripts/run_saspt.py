"""saspt: state arrays, the occupation of a grid of states by all tracks together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from exchange import PeerTask, answer
from saspt import StateArray


def occupations(
    positions: np.ndarray,
    track: np.ndarray,
    frame: np.ndarray,
    frame_interval: np.ndarray,
    likelihood: str = "rbme",
    focal_depth: float = np.inf,
    **grid: np.ndarray,
) -> PeerTask:
    """Occupations of the grid, posterior (`posterior`) and by likelihood alone (`naive`), and its axes.

    `positions` (points, 2) in µm, `track` and `frame` (points,) integers, `frame_interval` in s, `focal_depth` in µm.
    `likelihood` is rbme (axes D in µm²/s, localisation error in µm), rbme_marginal or gamma (D) or fbme (D, Hurst
    exponent, localisation error). `grid` may set diff_coefs, loc_errors and hurst_pars. Occupations sum to 1 and are
    weighted by jumps; `axis_0`, `axis_1` … hold the grid. An item is a track.
    """
    detections = pd.DataFrame({"trajectory": track, "frame": frame, "y": positions[:, 1], "x": positions[:, 0]})
    settings = {
        "likelihood_type": str(likelihood),
        "pixel_size_um": 1.0,
        "frame_interval": float(frame_interval),
        "focal_depth": float(focal_depth),
        "sample_size": len(np.unique(track)),
        **grid,
    }

    def call(_: int) -> dict[str, np.ndarray]:
        states = StateArray.from_detections(detections, **settings)
        axes = {f"axis_{i}": values for i, values in enumerate(states.parameter_values)}
        return {"posterior": states.posterior_occs, "naive": states.naive_occs, **axes}

    return PeerTask(call, 1, settings["sample_size"])


answer("saspt", {"occupations": occupations})
