"""Truth for the tests: dense, exact, seeded."""

import numpy as np

from perrin.tracks import Tracks, Units


def fbm(rng, n_tracks, n, d=2, hurst=0.5, noise=0.0, times=None, velocity=0.0):
    """(n_tracks, n, d) FBM positions with one-frame variance 1, drawn from the kernel by Cholesky."""
    t = np.arange(n, dtype=float) if times is None else np.asarray(times, dtype=float)
    hurst = np.broadcast_to(hurst, (n_tracks,))
    positions = np.zeros((n_tracks, n, d))
    for h in np.unique(hurst):
        rows = np.flatnonzero(hurst == h)
        a = (t[1:] - t[0]) ** (2 * h)
        c = 0.5 * (a[:, None] + a - np.abs(t[1:, None] - t[1:]) ** (2 * h))
        positions[rows, 1:] = np.linalg.cholesky(c) @ rng.standard_normal((len(rows), n - 1, d))
    return positions + velocity * (t - t[0])[:, None] + noise * rng.standard_normal((n_tracks, n, d))


def tracks_of(positions, *, times=None, dt=1.0, units=None, **more):
    """Tracks from a list of (n, d) arrays, at frames 0, 1, … times dt or at the given times."""
    stamps = None if times is None else [np.asarray(t, dtype=float) * dt for t in times]
    return Tracks.from_arrays(list(positions), times=stamps, interval=dt, units=units or Units("µm", "s"), **more)
