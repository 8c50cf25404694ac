"""One track that a method cannot bear costs that track alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from perrin.errors import PerrinError
from perrin.estimate import Estimator
from perrin.estimate.motion_parameters import MotionParameters, initial_status, tabulate
from perrin.features import frame_clock
from perrin.problems import cause_of
from perrin.result import Estimates, concatenate_estimates, status
from perrin.tracks import Tracks

_TOO_LONG: Final = 1 << 62
"""A window longer than every track."""

R = TypeVar("R")


def estimate_all(estimator: Estimator, tracks: Tracks, rng: np.random.Generator) -> Estimates:
    """The estimates of `tracks`; those on which the method raises get the status failed, the others stay as they are.

    Raises what `isolating` raises.
    """
    return isolating(
        lambda some, stream: _signed(estimator, estimator.estimate(some, rng=stream)),
        lambda track, error: _failed(estimator, track, error),
        concatenate_estimates, tracks, rng,
    )  # fmt: skip


def _signed(estimator: Estimator, found: Estimates) -> Estimates:
    """The same with the name and the info of what made it, which an estimator of one's own may have left out."""
    return replace(found, method=estimator.info.name, info=estimator.info)


def isolating(
    work: Callable[[Tracks, np.random.Generator], R],
    failed: Callable[[Tracks, Exception], R],
    joined: Callable[[list[R]], R],
    tracks: Tracks,
    rng: np.random.Generator,
) -> R:
    """What `work` makes of the tracks; where it raises, halves are tried until the one track is found that it is for.

    Args:
        work: on any number of tracks.
        failed: what stands for a single track on which it raises.
        joined: the results of consecutive tracks as one.
        tracks: on which to work.
        rng: for the work; halves draw from streams of their own.

    Raises what says that the call as a whole makes no sense (PerrinError), or that the machine is at its end
    (MemoryError, OSError).
    """
    try:
        return work(tracks, rng)
    except (PerrinError, MemoryError, OSError):
        raise
    except Exception as error:
        if len(tracks) == 0:
            raise
        if len(tracks) == 1:
            return failed(tracks, error)
        half = len(tracks) // 2
        parts = [tracks.select(range(half)), tracks.select(range(half, len(tracks)))]
        streams = rng.spawn(2)
        return joined([isolating(work, failed, joined, *one) for one in zip(parts, streams, strict=True)])


def advice_on(error: Exception) -> str:
    """What to say of a track on which a method stopped."""
    return f"the method failed on this track ({cause_of(error)}); please report it"


def _failed(estimator: Estimator, tracks: Tracks, error: Exception) -> Estimates:
    outcome = initial_status(tracks, 1)
    outcome[outcome == status.OK] = status.FAILED
    whole = MotionParameters.empty(len(tracks), status.FAILED)
    whole.status[:] = outcome
    nothing = np.full(len(tracks), None, dtype=object)
    return tabulate(
        tracks, frame_clock(tracks), window=_TOO_LONG, windows=MotionParameters.empty(0), whole=whole,
        advice=np.full(len(tracks), advice_on(error), dtype=object), sigma_source=nothing, estimator=estimator,
    )  # fmt: skip
