"""Standard normal numbers by the ziggurat, a whole array at a time.

Of a 64-bit integer nine bits choose a layer and the sign and 52 the place in it; 98.5 % of the numbers are done with
that. The others lie in a wedge or in the tail, and are decided there exactly.

Marsaglia & Tsang, J. Stat. Softw. 5(8) (2000); the layer comes from bits that the place does not use (Doornik 2005).
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np

from perrin.types import FloatArray, IntArray

_LAYERS: Final = 256
_EDGE: Final = 3.6541528853610088
_AREA: Final = 0.00492867323399
_PLACES: Final = 2.0**52
_WHOLE_WORDS: Final = frozenset(("PCG64", "PCG64DXSM", "SFC64", "Philox"))
"""Generators whose raw output is 64 random bits."""


def fill_normal(out: FloatArray, rng: np.random.Generator) -> None:
    """Fill a contiguous array with independent standard normal numbers."""
    source = rng.bit_generator
    if type(source).__name__ not in _WHOLE_WORDS:
        rng.standard_normal(out=out)
        return
    flat = out.reshape(-1)
    width, quick, _ = _tables()
    words = source.random_raw(len(flat))
    layer = np.bitwise_and(words, 2 * _LAYERS - 1).view(np.int64)
    words >>= 12
    place = words.view(np.int64).astype(np.float64)
    undecided = np.flatnonzero(place >= quick.take(layer, mode="clip"))
    np.multiply(place, width.take(layer, mode="clip"), out=flat)
    if len(undecided):
        flat[undecided] = _decided(flat[undecided], layer[undecided], rng)


@cache
def _tables() -> tuple[FloatArray, FloatArray, FloatArray]:
    """For each layer and sign its width by 2⁵² and the place below which a number is done; and the layers' ends."""
    ends = np.zeros(_LAYERS + 1)
    ends[:2] = _AREA * np.exp(0.5 * _EDGE**2), _EDGE
    for i in range(2, _LAYERS):
        ends[i] = np.sqrt(-2 * np.log(_AREA / ends[i - 1] + np.exp(-0.5 * ends[i - 1] ** 2)))
    width = ends[:-1] / _PLACES
    quick = np.floor(ends[1:] / ends[:-1] * _PLACES)
    return np.concatenate([width, -width]), np.tile(quick, 2), ends


def _decided(numbers: FloatArray, layer: IntArray, rng: np.random.Generator) -> FloatArray:
    """Numbers beyond the sure part of their layers: kept, replaced by one of the tail, or drawn anew."""
    ends = _tables()[2]
    layer = layer % _LAYERS
    low, high = np.exp(-0.5 * ends[layer] ** 2), np.exp(-0.5 * ends[layer + 1] ** 2)
    kept = low + rng.random(len(numbers)) * (high - low) < np.exp(-0.5 * numbers**2)
    tail = layer == 0
    if tail.any():
        numbers[tail] = np.copysign(_tail(int(tail.sum()), rng), numbers[tail])
    again = np.flatnonzero(~kept & ~tail)
    if len(again):
        fresh = np.empty(len(again))
        fill_normal(fresh, rng)
        numbers[again] = fresh
    return numbers


def _tail(n: int, rng: np.random.Generator) -> FloatArray:
    """n normal numbers above the edge (Marsaglia, Technometrics 6, 101, 1964)."""
    found = np.empty(n)
    missing = np.arange(n)
    while len(missing):
        beyond = rng.standard_exponential(len(missing)) / _EDGE
        kept = 2 * rng.standard_exponential(len(missing)) > beyond**2
        found[missing[kept]] = _EDGE + beyond[kept]
        missing = missing[~kept]
    return found
