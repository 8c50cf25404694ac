"""A number for every track, from its name alone: who draws the smallest ones is a fair sample, however tracks lie."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import polars as pl


def hash_numbers(info: pl.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """(n,) numbers drawn evenly from all of 64 bits by the SHA-256 of `source` and `track`."""
    names = info.select("source", "track").iter_rows()
    return np.array([int.from_bytes(sha256(repr(name).encode()).digest()[:8], "big") for name in names], np.uint64)


def sampled(info: pl.DataFrame, share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """(n,) which tracks are among about `share` of all; the same ones, and more, for a larger share."""
    if share >= 1:
        return np.ones(info.height, dtype=bool)
    return hash_numbers(info) < np.uint64(share * 2.0**64)
