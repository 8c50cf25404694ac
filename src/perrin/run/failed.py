"""One track that a method cannot bear costs that track alone."""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.errors import PerrinError
from perrin.estimate import Estimator
from perrin.estimate.laws import Laws, tabulate, triage
from perrin.represent import clock
from perrin.result import Estimates, concatenate_estimates, status
from perrin.tracks import Tracks

_TOO_LONG: Final = 1 << 62
"""A window longer than every track."""


def estimate_all(estimator: Estimator, tracks: Tracks, rng: np.random.Generator) -> Estimates:
    """The estimates of `tracks`; those on which the method raises get the status failed, the others stay as they are.

    Halves are tried until the track is found. Raises what says that the call as a whole makes no sense (PerrinError),
    or that the machine is at its end (MemoryError, OSError).
    """
    try:
        return estimator.estimate(tracks, rng=rng)
    except (PerrinError, MemoryError, OSError):
        raise
    except Exception as error:
        if len(tracks) == 0:
            raise
        if len(tracks) == 1:
            return _failed(estimator, tracks, error)
        half = len(tracks) // 2
        parts = [tracks.select(range(half)), tracks.select(range(half, len(tracks)))]
        streams = rng.spawn(2)
        return concatenate_estimates(
            [estimate_all(estimator, part, stream) for part, stream in zip(parts, streams, strict=True)]
        )


def _failed(estimator: Estimator, tracks: Tracks, error: Exception) -> Estimates:
    outcome = triage(tracks, 1)
    outcome[outcome == status.OK] = status.FAILED
    whole = Laws.empty(len(tracks), status.FAILED)
    whole.status[:] = outcome
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    advice = np.full(len(tracks), f"the method stopped on this track ({said}); please report it", dtype=object)
    nothing = np.full(len(tracks), None, dtype=object)
    return tabulate(
        tracks, clock(tracks), window=_TOO_LONG, windows=Laws.empty(0), whole=whole, advice=advice,
        sigma_source=nothing, estimator=estimator,
    )  # fmt: skip
