"""Truth for the tests of populations: short tracks of mixed kinds, seeded."""

import numpy as np

from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks, Units

DT = 0.01


def crowd(seed, n, D, fractions, *, alpha=1.0, sigma=0.0, lengths=(2, 10), dimension=2, missing=0.0):
    """n tracks of lengths[0] to lengths[1] positions: D_frame and alpha of each kind, and how frequent kinds are.

    D = 0 is a particle at rest. Returns the tracks and the kind of each.
    """
    rng = np.random.default_rng(seed)
    kind = rng.choice(len(D), n, p=fractions)
    alphas = np.broadcast_to(alpha, len(D))[kind]
    still = np.asarray(D)[kind] == 0
    general = np.where(still, 1e-12, np.asarray(D)[kind]) * DT ** (1 - alphas)
    seen = simulate_fbm(
        n, lengths[1], hurst=alphas / 2, D=general, dimension=dimension, dt=DT, seed=seed,
        measurement=Measurement(sigma=sigma, missing=missing), units=Units("µm", "s"),
    ).tracks  # fmt: skip
    return shortened(seen, rng.integers(lengths[0], lengths[1] + 1, n)), kind


def shortened(tracks, lengths):
    """The first `lengths` positions of each track."""
    ends = np.minimum(tracks.offsets[:-1] + lengths, tracks.offsets[1:])
    rows = [slice(*pair) for pair in zip(tracks.offsets[:-1], ends, strict=True)]
    parts, times = [tracks.positions[r] for r in rows], [tracks.times[r] for r in rows]
    return Tracks.from_arrays(parts, times=times, units=tracks.units)


def distance(places, weights, truth, fractions):
    """Wasserstein distance between two distributions on a line."""
    from scipy.stats import wasserstein_distance

    return wasserstein_distance(places, truth, np.maximum(weights, 0), fractions)
