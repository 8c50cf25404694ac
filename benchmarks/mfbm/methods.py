"""What is compared: every method that perrin has for H(t), set as for a case, on fresh signals of that case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from perrin.errors import InputError
from perrin.estimate import Estimator, method
from perrin.estimate.networks.mfbm_cnn import MfbmCnn
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.simulate.harmonizable import sample_paths
from perrin.simulate.mfbm_cases import Case
from perrin.tracks import Tracks
from perrin.types import FloatArray
from perrin.weights import manifest

SIGNALS: Final = 500
"""Of a case, as in the paper."""
Maker = Callable[[Case], Estimator]
"""A method as it is set for a case."""
Makers = Mapping[str, Maker]


def available(*, raw: bool = False) -> Makers:
    """The methods, by what they are called in the tables; networks whose weights are not there are left out.

    Args:
        raw: mfbm-cnn also on signals as published, neither shifted nor scaled.

    Raises:
        InputError: for `raw` where perrin has no weights of mfbm-cnn.
    """
    found: dict[str, Maker] = {}
    if "mfbm-net" in manifest():
        found["mfbm-net"] = lambda _: MfbmNet(sigma=0.0)
        found["mfbm-net, error unknown"] = lambda _: MfbmNet()
    if "mfbm-cnn" in manifest():
        found["mfbm-cnn"] = lambda _: MfbmCnn()
    if raw:
        if "mfbm-cnn" not in manifest():
            raise InputError("perrin has no weights of mfbm-cnn", remedy="Make them with: perrin train mfbm-cnn --ship")
        found["mfbm-cnn, raw signals"] = lambda _: MfbmCnn(raw=True)
    return {**found, "coeurjolly": _coeurjolly, "local-variations": lambda _: method("local-variations")()}


def _coeurjolly(case: Case) -> Estimator:
    """With the half-width of neighbourhoods that the paper uses for this case."""
    make: Any = method("coeurjolly")
    found: Estimator = make(window=2 * case.half_window + 1)
    return found


def signals(case: Case, n: int = SIGNALS, *, noise: float = 0.0, seed: int = 2022) -> Tracks:
    """Fresh signals of a case, in the paper's unit: time is 1..T, the one-frame variance 1, and `noise` is added."""
    rng = np.random.default_rng([seed, case.length])
    paths = sample_paths(np.tile(case.curve(), (n, 1)), rng)
    return Tracks.from_arrays(list((paths + noise * rng.standard_normal(paths.shape))[:, :, None]))


def estimates(estimator: Estimator, tracks: Tracks) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(n, T) estimates of H with the ends of their intervals, NaN where there are none."""
    points = estimator.estimate(tracks, rng=np.random.default_rng(0)).points
    value, low, high = (
        points[column].cast(float).fill_null(np.nan).to_numpy().reshape(len(tracks), -1) / 2
        for column in ("alpha", "alpha_lo", "alpha_hi")
    )
    return value, low, high
