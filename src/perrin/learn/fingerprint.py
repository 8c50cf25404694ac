"""Fingerprints of classes: their mean wavelet spectra over scales, and how far classes lie apart.

As in Wang, Zhang & Huang (2025) arXiv:2512.08510: mean |W| over time and axes for each scale, divided by its sum over
scales; then the mean over windows, and over tracks. The distance of two classes is that of Hellinger between their
fingerprints (0 for equal ones, 1 for those that share no scale), mean over families. Chance makes it larger than it is:
its square by as much as resampling tracks makes it larger again, and so much is taken off the ends of its interval.
"""

from __future__ import annotations

from itertools import combinations
from typing import Final

import numpy as np

from perrin.features.spectra import fingerprint
from perrin.features.wavelet import FAMILIES, FilterBank
from perrin.learn.examples import Examples, examples
from perrin.learn.labels import Labels
from perrin.result.fingerprints import DISTANCES, SPECTRA, Fingerprints
from perrin.tracks import Tracks
from perrin.types import FloatArray

BANK: Final = FilterBank(FAMILIES, tuple(2 ** (k / 4) for k in range(-4, 20)))
"""Twenty-four scales, a quarter octave apart, from half a frame to 27 frames."""
_RESAMPLED: Final = 300
_AT_ONCE: Final = 200


def fingerprints_of(tracks: Tracks, labels: Labels, *, window: int, seed: int = 0) -> Fingerprints:
    """Fingerprints of labelled classes of tracks; raises InputError where no track fills a window."""
    sample = examples(tracks, labels.target, window)
    rng = np.random.default_rng([seed, 13])
    every = _of_tracks(sample)
    kind = sample.target[np.unique(sample.track, return_index=True)[1]]
    per_track = {name: every[kind == n] for n, name in enumerate(labels.classes) if (kind == n).any()}
    drawn = {name: _resampled(values, rng) for name, values in per_track.items()}
    rows = [row for name, values in per_track.items() for row in _rows(name, values, drawn[name])]
    pairs = [_pair(a, b, per_track, drawn, rng) for a, b in combinations(per_track, 2)]
    absent = tuple(name for name in labels.classes if name not in per_track)
    return Fingerprints(
        SPECTRA.from_rows(rows), DISTANCES.from_rows(pairs), window, sample.left_out, sample.windows_left_out, absent
    )


def _of_tracks(sample: Examples) -> FloatArray:
    """(tracks, families, scales) mean over the windows of each track, in the order of their numbers."""
    found = np.zeros((sample.windows.size, len(BANK.families), len(BANK.scales)))
    for rows, places in sample.windows.groups:
        for i in range(0, len(rows), _AT_ONCE):
            found[rows[i : i + _AT_ONCE]] = fingerprint(places[i : i + _AT_ONCE], BANK)
    owners, index = np.unique(sample.track, return_inverse=True)
    total = np.zeros((len(owners), *found.shape[1:]))
    np.add.at(total, index, found[sample.windows.usable])
    return np.asarray(total / np.bincount(index)[:, None, None])


def _resampled(values: FloatArray, rng: np.random.Generator) -> FloatArray:
    """(_RESAMPLED, families, scales) means over tracks drawn anew; one set at a time, for there may be many tracks."""
    n = len(values)
    counts = (np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(_RESAMPLED))
    return np.stack([np.tensordot(count, values, axes=1) / n for count in counts])


def _rows(name: str, values: FloatArray, drawn: FloatArray) -> list[tuple[object, ...]]:
    mean, ends = values.mean(axis=0), np.quantile(drawn, [0.025, 0.975], axis=0)
    return [
        (name, len(values), family, scale, float(mean[i, j]), *_known(ends[:, i, j], len(values)))
        for i, family in enumerate(BANK.families)
        for j, scale in enumerate(BANK.scales)
    ]


def _pair(
    a: str, b: str, per_track: dict[str, FloatArray], drawn: dict[str, FloatArray], rng: np.random.Generator
) -> tuple[object, ...]:
    value = float(hellinger(per_track[a].mean(axis=0), per_track[b].mean(axis=0)))
    squares = hellinger(drawn[a], drawn[b]) ** 2
    by_drawing = squares.mean() - value**2
    ends = np.sqrt(np.maximum(np.quantile(squares, [0.025, 0.975]) - 2 * by_drawing, 0))
    fewest = min(len(per_track[a]), len(per_track[b]))
    by_chance = max((_halves(per_track[name], rng) for name in (a, b) if len(per_track[name]) > 1), default=None)
    return a, b, value, *_known(ends, fewest), by_chance


def _known(ends: FloatArray, tracks: int) -> tuple[float | None, float | None]:
    """The ends of an interval over resampled tracks; none where there is but one."""
    return (float(ends[0]), float(ends[1])) if tracks > 1 else (None, None)


def _halves(values: FloatArray, rng: np.random.Generator) -> float:
    """Mean distance of two halves of a class."""
    orders = [rng.permutation(len(values)) for _ in range(20)]
    half = len(values) // 2
    return float(np.mean([hellinger(values[o[:half]].mean(axis=0), values[o[half:]].mean(axis=0)) for o in orders]))


def hellinger(first: FloatArray, second: FloatArray) -> FloatArray:
    """(…) Hellinger distance of fingerprints (…, families, scales), mean over families."""
    overlap = np.sqrt(first * second).sum(axis=-1)
    return np.asarray(np.sqrt(np.maximum(1 - overlap, 0)).mean(axis=-1))
