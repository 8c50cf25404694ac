"""What renewal models share: stretches of whole frames, one after the other, each with properties of its own."""

from __future__ import annotations

import numpy as np

from perrin.types import FloatArray, IntArray


def interval_at(ends: IntArray, frames: int) -> IntArray:
    """(k, frames) which stretch each frame belongs to, counted from 0.

    Args:
        ends: (k, m) frames at which the stretches end, rising in each row: stretch j holds the frames from ends[j - 1]
            to ends[j] (exclusive); empty ones are jumped over.
        frames: number of frames; the last end of each row must not lie before it.
    """
    k = len(ends)
    row = np.repeat(np.arange(k), ends.shape[1])
    inside = ends.ravel() < frames
    at = row[inside] * frames + ends.ravel()[inside]
    ended = np.bincount(at, minlength=k * frames).reshape(k, frames)
    return np.asarray(np.cumsum(ended, axis=1), dtype=np.int64)


def heavy_tailed(exponent: FloatArray, count: int, rng: np.random.Generator) -> FloatArray:
    """(k, count) durations of 1 or more with P(> t) = t^-exponent, `exponent` (k,)."""
    # 1 - U lies in (0, 1]; the largest are cut so that they can be counted in whole numbers.
    log_duration = -np.log1p(-rng.random((len(exponent), count))) / exponent[:, None]
    return np.asarray(np.exp(np.minimum(log_duration, 30.0)))


def on_sphere(radius: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(…, 3) vectors of the lengths `radius` (…) in directions that are even over the sphere."""
    direction = rng.standard_normal((*radius.shape, 3))
    direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
    return np.asarray(direction * radius[..., None])


def gather(values: FloatArray, index: IntArray) -> FloatArray:
    """(k, frames, …) the rows of `values` (k, m, …) at `index` (k, frames)."""
    return values[np.arange(len(index))[:, None], index]
