"""bayesmsd: Gaussian-process fit of a power-law MSD with localisation error and motion blur."""

from __future__ import annotations

import numpy as np
from bayesmsd.lib import NPXFit
from exchange import PeerTask, answer


def fit(positions: np.ndarray, blur: float = 0.0, sigma: float = np.nan) -> PeerTask:
    """`alpha`, `gamma` (variance of a one-frame step of an axis) and `sigma` of each 1-D track.

    `positions` is (k, n), NaN where a frame is missing; `sigma` is the known localisation error, NaN if it is fitted.
    A fit that fails gives NaN.
    """

    def call(i: int) -> dict[str, float]:
        model = NPXFit([positions[i][:, None]], ss_order=1, n=0, motion_blur_f=float(blur))
        if not np.isnan(sigma):
            model.parameters["log(σ²) (dim 0)"].fix_to = 2 * np.log(float(sigma)) if sigma > 0 else -np.inf
        try:
            found = model.run(show_progress=False)["params"]
        except (RuntimeError, ValueError, np.linalg.LinAlgError):
            return dict.fromkeys(("alpha", "gamma", "sigma"), np.nan)
        return {
            "alpha": found["α (dim 0)"],
            "gamma": np.exp(found["log(Γ) (dim 0)"]),
            "sigma": np.exp(found["log(σ²) (dim 0)"] / 2),
        }

    return PeerTask(call, len(positions))


answer("bayesmsd", {"fit": fit})
