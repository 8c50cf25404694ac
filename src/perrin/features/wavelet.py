"""Wavelet scalograms of tracks: |W(scale, time)| of every axis, by one batched FFT and a filter bank.

The continuous wavelet transform in the convention of PyWavelets' `cwt` (an integrated wavelet, sampled, differenced),
so that what was learned from one is true of the other. A filter of a track of n positions needs no more than its taps
within n frames, and the filters of all families and scales share the transform of the signal.

Beyond its ends a signal is nothing, which at a track's end is a jump to zero; the path that steps make stays where it
began and ended, and shows nothing at its ends that was not in the track (docs/decisions/0081).

Families and reference scales: Wang, Zhang & Huang (2025) arXiv:2512.08510. Cone of influence: Torrence & Compo,
Bull. Am. Meteorol. Soc. 79, 61 (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, final

import numpy as np
from scipy.fft import fft, ifft, next_fast_len

from perrin.errors import InputError
from perrin.features.clock import Clock, frame_clock
from perrin.features.frames import frame_grid
from perrin.tracks import Tracks
from perrin.types import BoolArray, FloatArray, IntArray

ComplexArray = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]
Wavelet = Callable[[FloatArray], ComplexArray | FloatArray]
Taps = Callable[[str, float], tuple[ComplexArray, int]]
"""From family and scale to the taps of a filter and the lag of the first."""

FAMILIES: Final = ("morl", "mexh", "cgau1", "cmor1.5-1.0", "shan1.5-1.0", "fbsp3-0.5-0.5")
REFERENCE_SCALES: Final = (*(k / 10 for k in range(1, 10)), *map(float, range(1, 16)))
"""The 24 scales of the source, in frames."""
DEFAULT_FAMILIES: Final = ("cgau1",)
DEFAULT_SCALES: Final = tuple(0.25 * 2 ** (k / 2) for k in range(14))
"""Fourteen scales, half an octave apart, from a quarter of a frame to 23 frames: decision 0081."""

_SAMPLES: Final = 4096
"""Points at which a wavelet is integrated, as PyWavelets does by default."""
_AT_ONCE: Final = 300_000
"""Complex numbers that are transformed in one go."""
_CONE_ENERGY: Final = 0.98
"""Share of a filter's energy that must fall into the track for a value to be outside the cone of influence."""


def _morlet(x: FloatArray) -> FloatArray:
    return np.asarray(np.cos(5 * x) * np.exp(-(x**2) / 2))


def _mexican_hat(x: FloatArray) -> FloatArray:
    return np.asarray(2 / (np.sqrt(3) * np.pi**0.25) * (1 - x**2) * np.exp(-(x**2) / 2))


def _complex_gaussian(x: FloatArray) -> ComplexArray:
    return np.asarray((-2 * x - 1j) * np.exp(-1j * x - x**2) / np.sqrt(2 * np.sqrt(np.pi / 2)))


def _complex_morlet(x: FloatArray) -> ComplexArray:
    return np.asarray(np.exp(2j * np.pi * x - x**2 / 1.5) / np.sqrt(1.5 * np.pi))


def _shannon(x: FloatArray) -> ComplexArray:
    return np.asarray(np.sqrt(1.5) * np.sinc(1.5 * x) * np.exp(2j * np.pi * x))


def _b_spline(x: FloatArray) -> ComplexArray:
    return np.asarray(np.sqrt(0.5) * np.sinc(0.5 * x / 3) ** 3 * np.exp(1j * np.pi * x))


WAVELETS: Final[dict[str, tuple[Wavelet, float]]] = {
    "morl": (_morlet, 8.0),
    "mexh": (_mexican_hat, 8.0),
    "cgau1": (_complex_gaussian, 5.0),
    "cmor1.5-1.0": (_complex_morlet, 8.0),
    "shan1.5-1.0": (_shannon, 20.0),
    "fbsp3-0.5-0.5": (_b_spline, 20.0),
}
"""Every family by its name in PyWavelets: the wavelet, and how far it reaches on either side."""


@final
@dataclass(frozen=True)
class FilterBank:
    """Wavelets of some families at some scales.

    Attributes:
        families: names as in `WAVELETS`.
        scales: in frames, as PyWavelets counts them.
    """

    families: tuple[str, ...] = DEFAULT_FAMILIES
    scales: tuple[float, ...] = DEFAULT_SCALES

    def __post_init__(self) -> None:
        for name in self.families:
            if name not in WAVELETS:
                raise InputError(f"unknown wavelet {name!r}", remedy=f"Choose one of: {', '.join(WAVELETS)}.")
        if not self.families or not self.scales:
            raise InputError("a filter bank needs at least one family and one scale")
        if not all(np.isfinite(s) and s >= 0.1 for s in self.scales):
            raise InputError(
                f"the scales {self.scales} are not all 0.1 frames or more", remedy="Use scales of 0.1 frames or more."
            )

    def transform(self, signals: FloatArray) -> ComplexArray:
        """The transform of signals (k, n): (k, families, scales, n) complex; real families have no imaginary part."""
        return self._transform(signals, _filter)

    def transform_of_steps(self, steps: FloatArray) -> ComplexArray:
        """The transform of paths with the steps (k, n - 1), held at their ends: (k, families, scales, n) complex."""
        return self._transform(_steps_from_rest(steps), _filter_of_steps)

    def modulus(self, signals: FloatArray) -> FloatArray:
        """Scalograms |W| of signals (k, n): (k, families, scales, n)."""
        return self._modulus(signals, _filter)

    def modulus_of_steps(self, steps: FloatArray) -> FloatArray:
        """Scalograms |W| of paths with the steps (k, n - 1), held at their ends: (k, families, scales, n)."""
        return self._modulus(_steps_from_rest(steps), _filter_of_steps)

    def _transform(self, signals: FloatArray, taps: Taps) -> ComplexArray:
        found = np.empty((len(signals), len(self.families), len(self.scales), signals.shape[1]), dtype=np.complex128)
        for rows, part in self._blocks(signals, taps):
            for i, place in enumerate(_filter_parts(self.families)):
                value = part[:, place.pair]
                found[rows, i] = value if place.complex else value.imag if place.second else value.real
        return found

    def _modulus(self, signals: FloatArray, taps: Taps) -> FloatArray:
        found = np.empty((len(signals), len(self.families), len(self.scales), signals.shape[1]))
        for rows, part in self._blocks(signals, taps):
            for i, place in enumerate(_filter_parts(self.families)):
                value, out = part[:, place.pair], found[rows, i]
                if place.complex:
                    np.multiply(value.real, value.real, out=out)
                    out += value.imag * value.imag
                    np.sqrt(out, out=out)
                else:
                    np.abs(value.imag if place.second else value.real, out=out)
        return found

    def cone(self, n: int) -> BoolArray:
        """(families, scales, n) where the ends of a track of n positions speak: the cone of influence.

        There, more than 2 % of the filter's energy lies outside of the track.
        """
        reach = np.array([[_reach(name, scale) for scale in self.scales] for name in self.families])
        place = np.arange(n)
        return np.asarray(np.minimum(place, n - 1 - place) < reach[:, :, None])

    def _blocks(self, signals: FloatArray, taps: Taps) -> Iterator[tuple[slice, ComplexArray]]:
        """Some signals at a time: (k, pairs, scales, n), a pair being a complex family or two real ones."""
        k, n = signals.shape
        size = next_fast_len(2 * n - 1)
        spectra = _spectra(taps, self.families, self.scales, n, size)
        at_once = max(1, _AT_ONCE // spectra.size)
        for start in range(0, k, at_once):
            rows = slice(start, min(start + at_once, k))
            signal = fft(signals[rows], size, axis=1)
            yield rows, ifft(signal[:, None, None, :] * spectra, axis=3, overwrite_x=True)[..., :n]


REFERENCE: Final = FilterBank(FAMILIES, REFERENCE_SCALES)
"""The six families and 24 scales of Wang, Zhang & Huang."""
DEFAULT: Final = FilterBank()


def standardized(positions: FloatArray) -> FloatArray:
    """Positions (k, n) with mean 0 and standard deviation 1 in each row; rows that do not move are 0."""
    centered = positions - positions.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.mean(centered**2, axis=1, keepdims=True))
    return np.asarray(np.where(spread > 0, centered / np.where(spread > 0, spread, 1.0), 0.0))


def scalograms(tracks: Tracks, bank: FilterBank = DEFAULT) -> Iterator[tuple[IntArray, FloatArray]]:
    """The scalograms of all tracks, those of one number of frames together.

    Positions are standardised per axis; frames in which a track was not seen are interpolated linearly.

    Yields:
        The indices (k,) of tracks of the same number of frames T, and their |W| (k, d, families, scales, T). Tracks
        with irregular times or fewer than two positions are left out.
    """
    time = frame_clock(tracks)
    for rows, positions in tracks_by_length(tracks, time):
        k, d, n = positions.shape
        found = bank.modulus(standardized(positions.reshape(k * d, n)))
        yield rows, found.reshape(k, d, *found.shape[1:])


def tracks_by_length(tracks: Tracks, time: Clock, at_once: int = 512) -> Iterator[tuple[IntArray, FloatArray]]:
    """Positions (k, d, T) of regular tracks of the same number of frames, gaps interpolated, and their indices (k,)."""
    usable = np.flatnonzero(time.regular & (tracks.lengths > 1))
    span = np.zeros(len(tracks))
    span[usable] = tracks.times[tracks.offsets[1:][usable] - 1] - tracks.times[tracks.offsets[:-1][usable]]
    frames = np.rint(span / np.where(time.dt > 0, time.dt, 1.0)).astype(np.int64)
    for count in np.unique(frames[usable]):
        rows = usable[frames[usable] == count]
        for some in np.split(rows, range(at_once, len(rows), at_once)):
            yield some, np.stack([_filled(tracks, time, int(i)) for i in some])


def _filled(tracks: Tracks, time: Clock, index: int) -> FloatArray:
    """(d, T) positions of a track at all its frames."""
    track = frame_grid(tracks, time, index)
    if track.observed.all():
        return track.positions
    every = np.arange(len(track.observed))
    return np.stack([np.interp(every, track.frames, axis[track.frames]) for axis in track.positions])


@final
@dataclass(frozen=True)
class _FilterPart:
    """Where a family's values are: in which complex filter, and whether they are its imaginary part."""

    pair: int
    complex: bool
    second: bool


@lru_cache(maxsize=64)
def _filter_parts(families: tuple[str, ...]) -> tuple[_FilterPart, ...]:
    """Two real families share one complex filter: one is the real part of its output, one the imaginary part."""
    found: list[_FilterPart] = []
    used, open_pair = 0, -1
    for name in families:
        if _integral(name).dtype.kind == "c":
            found.append(_FilterPart(used, True, False))
            used += 1
        elif open_pair < 0:
            found.append(_FilterPart(used, False, False))
            open_pair, used = used, used + 1
        else:
            found.append(_FilterPart(open_pair, False, True))
            open_pair = -1
    return tuple(found)


@lru_cache(maxsize=32)
def _spectra(taps: Taps, families: tuple[str, ...], scales: tuple[float, ...], n: int, size: int) -> ComplexArray:
    """(pairs, scales, size) transforms of the filters, each cut to the lags that n positions have."""
    places = _filter_parts(families)
    kernels = np.zeros((1 + max(place.pair for place in places), len(scales), size), dtype=np.complex128)
    for name, place in zip(families, places, strict=True):
        for j, scale in enumerate(scales):
            values, first = taps(name, scale)
            lags = first + np.arange(len(values))
            inside = np.abs(lags) < n
            kernels[place.pair, j, lags[inside] % size] += values[inside] * (1j if place.second else 1.0)
    spectra: ComplexArray = fft(kernels, axis=2)
    return spectra


@lru_cache(maxsize=1024)
def _filter(name: str, scale: float) -> tuple[ComplexArray, int]:
    """Taps of the filter and the lag of the first: value(t) = Σ tap(lag) signal(t - lag)."""
    integral, reach = _integral(name), WAVELETS[name][1]
    x = np.linspace(-reach, reach, _SAMPLES)
    sampled = (np.arange(scale * (x[-1] - x[0]) + 1) / (scale * (x[1] - x[0]))).astype(np.int64)
    values = integral[sampled[sampled < _SAMPLES]][::-1]
    taps = -np.sqrt(scale) * np.diff(values, prepend=0.0, append=0.0)
    return np.asarray(taps), -1 - (len(values) - 2) // 2


def _filter_of_steps(name: str, scale: float) -> tuple[ComplexArray, int]:
    """As `_filter`, for the steps of the signal: value(t) = Σ tap(lag) step(t - lag)."""
    taps, first = _filter(name, scale)
    return np.cumsum(taps), first


def _steps_from_rest(steps: FloatArray) -> FloatArray:
    """(k, n) steps into each of n positions; into the first there is none."""
    return np.pad(steps, ((0, 0), (1, 0)))


@lru_cache(maxsize=len(WAVELETS))
def _integral(name: str) -> ComplexArray:
    """The running integral of the (conjugate) wavelet from one end of its reach to the other."""
    wavelet, reach = WAVELETS[name]
    x = np.linspace(-reach, reach, _SAMPLES)
    return np.asarray(np.conj(np.cumsum(wavelet(x)) * (x[1] - x[0])))


@lru_cache(maxsize=1024)
def _reach(name: str, scale: float) -> int:
    """Frames on either side that hold nearly all of the filter's energy."""
    taps, first = _filter(name, scale)
    energy = np.abs(taps) ** 2
    distance = np.abs(first + np.arange(len(taps)))
    within = np.cumsum(np.bincount(distance, weights=energy)) / energy.sum()
    return int(np.searchsorted(within, _CONE_ENERGY))
