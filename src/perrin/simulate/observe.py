"""From the motion of particles to the tracks that are seen of it, with the truth at every point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perrin.simulate.measurement import Measurement
from perrin.simulate.simulation import Simulation
from perrin.tracks import NO_FRAME, Provenance, Tracks, Units
from perrin.tracks.model import track_info
from perrin.types import FloatArray, IntArray


def observe(
    motion: FloatArray,
    times: FloatArray,
    *,
    alpha: FloatArray,
    D: FloatArray,
    measurement: Measurement,
    units: Units,
    rng: np.random.Generator,
    state: IntArray | None = None,
    model: Sequence[str] | None = None,
) -> Simulation:
    """Tracks as a camera sees the motion: some frames missing, every position with its error.

    Args:
        motion: (tracks, n, d) true positions in units of length (averaged over the exposure, if there is one).
        times: (tracks, n) increasing, in units of time.
        alpha: true anomalous exponent, broadcast to (tracks, n).
        D: true generalised diffusion coefficient, likewise.
        measurement: sigma, missing and jitter are used here.
        units: of the tracks.
        rng: of the errors and of the missing frames.
        state: (tracks, n) number of the state at each time, where there are states.
        model: name of the process behind each track, where there are several.

    Returns:
        Simulation with ids "0", "1", …; frames are numbered unless times are uneven.
    """
    count, n = motion.shape[:2]
    seen = measurement.observed(count, n, rng)
    lengths = seen.sum(axis=1)
    frames = np.full(int(lengths.sum()), NO_FRAME, dtype=np.int64)
    if not measurement.jitter:
        frames = np.broadcast_to(np.arange(n), (count, n))[seen].astype(np.int64)
    interval = None if measurement.jitter else float(times[0, 1] - times[0, 0])
    tracks = Tracks(
        positions=measurement.with_errors(motion[seen], rng),
        times=times[seen],
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        info=track_info([str(i) for i in range(count)], source="simulation"),
        units=units,
        frames=frames,
        provenance=(Provenance(source="simulation", format="simulated", rows=len(frames), frame_interval=interval),),
    )
    exponent, coefficient = (np.broadcast_to(values, (count, n))[seen] for values in (alpha, D))
    return Simulation(
        tracks, exponent, coefficient, state=None if state is None else state[seen],
        model=None if model is None else tuple(model),
    )  # fmt: skip
