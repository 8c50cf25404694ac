"""Multifractional Brownian motion of any length in O(T log T) a path, from its harmonizable representation.

All Hurst exponents share one white noise in frequency,

    B(t, H) = ∫ (e^{iωt} - 1) C_H |ω|^(-H-1/2) dW(ω),   C_H² = Γ(2H+1) sin(πH) / 2π,   X(t) = B(t, H(t)),

so the field is sampled as a function of H (Chebyshev polynomials in logit H) and read off at H(t): one field serves
any function, and no matrix is ever factorised. The frequencies come in three parts, each a Gram matrix and so never
indefinite: the folded spectrum on a regular grid by FFT, with its singularity at ω = 0 taken out smoothly; that
singularity by Gauss-Legendre panels that halve towards zero; below them, motion that is a straight line.

The error against the exact covariance is a quadrature error, a few 1e-6 of the standard deviations (tested).

Field and white noise: Ayache, Cohen & Lévy Véhel, ICASSP 6, 3810 (2000). Circulant sampling of several fractional
motions at once: Amblard, Coeurjolly, Lavancier & Philippe, Bull. Soc. Math. France 28, 65 (2013).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Self, final

import numpy as np
from scipy.fft import irfft, next_fast_len
from scipy.special import erfc, gammaln, zeta

from perrin.errors import InputError
from perrin.types import FloatArray

LOWEST, HIGHEST = 0.009, 0.991
"""Range of Hurst exponents of the tabulated field."""
_TERMS: Final = 36
"""Chebyshev polynomials in logit H."""
_CUT: Final = 3.3
"""Width of the smooth cut around the singular frequencies, in 1/T: wide enough for an FFT of 3 T points."""
_RANK_TOLERANCE: Final = 1e-9
_PANELS: Final = 14
"""Panels that halve towards zero frequency."""


@final
@dataclass(frozen=True, eq=False)
class Field:
    """The field of T times, ready to be sampled.

    Attributes:
        spectrum: (F, terms, rank) factor of the folded spectrum on the FFT's frequencies, in polynomials of H.
        size: length of the FFT.
        waves: (T, 2 J) cosines minus one, and sines, of the low frequencies.
        heights: (J, terms) their amplitudes, in polynomials of H.
        slopes: (terms, rank) factor of the straight line below all frequencies.
    """

    spectrum: FloatArray
    size: int
    waves: FloatArray
    heights: FloatArray
    slopes: FloatArray

    @classmethod
    def of(cls, length: int) -> Self:
        """The field for times 1 to `length`."""
        nodes, to_terms = _nodes()
        frequencies, weights, least = _low_frequencies(length)
        size = next_fast_len(3 * length, real=True)
        grid = 2 * np.pi * np.arange(1, size // 2 + 1) / size
        folded = np.zeros((size // 2 + 1, len(nodes), len(nodes)))
        folded[1:] = _folded_spectrum(grid, nodes) - _singular(grid, nodes) * _cut(grid, length)[:, None, None]
        heights = np.sqrt(2 * weights * _cut(frequencies, length))[:, None] * _amplitude(frequencies, nodes)
        times = np.arange(1, length + 1)
        phases = times[:, None] * frequencies
        total = nodes[:, None] + nodes
        line = 2 * np.outer(_constant(nodes), _constant(nodes)) * least ** (2 - total) / (2 - total)
        return cls(
            spectrum=to_terms @ _factor(folded * (2 * np.pi / size)),
            size=size,
            waves=np.concatenate([-2 * np.sin(phases / 2) ** 2, np.sin(phases)], axis=1),
            heights=heights @ to_terms.T,
            slopes=to_terms @ _factor(line[None])[0],
        )

    def single(self) -> Field:
        """The same in single precision: twice as fast, rounding about 1e-7 of the largest excursion."""
        narrow = (getattr(self, name).astype(np.float32) for name in ("waves", "heights", "slopes"))
        return Field(self.spectrum.astype(np.float32), self.size, *narrow)

    def sample(self, hurst: FloatArray, rng: np.random.Generator) -> FloatArray:
        """One path per row of `hurst` (n, T): X(t) at t = 1..T, of unit variance at t = 1."""
        n, length = hurst.shape
        terms, rank = self.spectrum.shape[1:]
        real = self.spectrum.dtype
        noise = rng.standard_normal((len(self.spectrum), rank, n, 2), dtype=real)
        noise[0, ..., 1] = 0.0
        if self.size % 2 == 0:
            noise[-1, ..., 1] = 0.0
            noise[-1, ..., 0] *= 2**0.5
        noise *= 0.5**0.5
        waves: Any = (self.spectrum @ noise.reshape(len(noise), rank, 2 * n)).reshape(-1, terms, n, 2)
        waves = waves.view(np.complex64 if real == np.float32 else np.complex128)[..., 0]
        steps = irfft(waves, self.size, axis=0, norm="forward")[:length]
        field = np.cumsum(steps, axis=0)
        swell = rng.standard_normal((2, len(self.heights), 1, n), dtype=real) * self.heights[:, :, None]
        field += (self.waves @ swell.reshape(-1, terms * n)).reshape(length, terms, n)
        slope = self.slopes @ rng.standard_normal((self.slopes.shape[1], n), dtype=real)
        field += np.arange(1, length + 1, dtype=real)[:, None, None] * slope
        weights = _polynomials(hurst.T, terms).astype(real, copy=False)
        return np.asarray(np.einsum("tkn,tkn->nt", field, weights))


@lru_cache(maxsize=32)
def field(length: int, single: bool = False) -> Field:
    """The field of `length` times, kept for the next paths of that length."""
    return field(length).single() if single else Field.of(length)


def sample_paths(hurst: FloatArray, rng: np.random.Generator, *, single: bool = False) -> FloatArray:
    """Paths X(t), t = 1..T, of multifractional Brownian motion without a matrix.

    Args:
        hurst: (n, T) Hurst exponents of each path, in [0.009, 0.991].
        rng: source of randomness.
        single: compute in single precision, as training can afford.

    Returns:
        (n, T), of unit variance at t = 1.
    """
    if hurst.size and not (hurst.min() >= LOWEST and hurst.max() <= HIGHEST):
        raise InputError(
            f"this method needs Hurst exponents within [{LOWEST}, {HIGHEST}]", remedy='Use method="exact".'
        )
    return field(hurst.shape[1], single).sample(hurst, rng)


def _nodes() -> tuple[FloatArray, FloatArray]:
    """Hurst exponents at the Chebyshev nodes, and the matrix from values there to coefficients."""
    angles = np.pi * (np.arange(_TERMS) + 0.5) / _TERMS
    half = np.log(HIGHEST / LOWEST)
    to_terms = 2 / _TERMS * np.cos(np.arange(_TERMS)[:, None] * angles)
    to_terms[0] /= 2
    return 1 / (1 + np.exp(-half * np.cos(angles))), to_terms


def _polynomials(hurst: FloatArray, terms: int) -> FloatArray:
    """(T, terms, n) Chebyshev polynomials at the Hurst exponents (T, n)."""
    place = np.clip(np.log(hurst / (1 - hurst)) / np.log(HIGHEST / LOWEST), -1, 1)
    values = np.empty((len(hurst), terms, hurst.shape[1]))
    values[:, 0], values[:, 1] = 1.0, place
    for k in range(2, terms):
        np.multiply(values[:, k - 1], place, out=values[:, k])
        values[:, k] *= 2
        values[:, k] -= values[:, k - 2]
    return values


def _constant(hurst: FloatArray) -> FloatArray:
    return np.exp(0.5 * (gammaln(2 * hurst + 1) + np.log(np.sin(np.pi * hurst) / (2 * np.pi))))


def _amplitude(frequencies: FloatArray, hurst: FloatArray) -> FloatArray:
    """(F, K) C_H ω^(-H-1/2)."""
    return _constant(hurst) * frequencies[:, None] ** (-hurst - 0.5)


def _singular(frequencies: FloatArray, hurst: FloatArray) -> FloatArray:
    """(F, K, K) spectrum of the increments without folding."""
    amplitude = 2 * np.sin(frequencies / 2)[:, None] * _amplitude(frequencies, hurst)
    return amplitude[:, :, None] * amplitude[:, None, :]


def _folded_spectrum(frequencies: FloatArray, hurst: FloatArray) -> FloatArray:
    """(F, K, K) spectrum of the increments at whole times: all frequencies ω + 2πm add up (Hurwitz zeta)."""
    row, column = np.triu_indices(len(hurst))
    power = hurst[row] + hurst[column] + 1
    turn = (frequencies / (2 * np.pi))[:, None]
    folded = (2 * np.pi) ** -power * (zeta(power, turn) + zeta(power, 1 - turn))
    constant = _constant(hurst)
    folded *= 4 * np.sin(frequencies / 2)[:, None] ** 2 * constant[row] * constant[column]
    full = np.empty((len(frequencies), len(hurst), len(hurst)))
    full[:, row, column] = full[:, column, row] = folded
    return full


def _cut(frequencies: FloatArray, length: int) -> FloatArray:
    """1 at low frequencies, 0 at high ones, smooth enough for the trapezoidal rule to be spectrally accurate."""
    width = _CUT / length
    return np.asarray(0.5 * erfc((frequencies - 6 * width) / (np.sqrt(2) * width)))


def _low_frequencies(length: int) -> tuple[FloatArray, FloatArray, float]:
    """Gauss-Legendre frequencies and weights from zero to the end of the cut, and the border of the straight line."""
    end = 12.5 * _CUT / length
    even = np.linspace(0, end, 5)
    borders = np.concatenate([even[1] * 0.5 ** np.arange(_PANELS, 0, -1), even[1:]])
    place, weight = np.polynomial.legendre.leggauss(16)
    fine, fine_weight = np.polynomial.legendre.leggauss(6)
    frequencies, weights = [], []
    for low, high in pairwise(borders):
        x, w = (place, weight) if low >= even[1] * 0.5 else (fine, fine_weight)
        frequencies.append(low + (high - low) * (x + 1) / 2)
        weights.append(w * (high - low) / 2)
    return np.concatenate(frequencies), np.concatenate(weights), float(borders[0])


def _factor(matrices: FloatArray) -> FloatArray:
    """(F, K, rank) with A Aᵀ the positive semi-definite matrices (F, K, K), to 1e-9 of the largest value."""
    values, vectors = np.linalg.eigh(matrices)
    kept = int((values > _RANK_TOLERANCE * values[:, -1:]).sum(axis=1).max())
    return np.asarray(vectors[..., -kept:] * np.sqrt(np.maximum(values[:, None, -kept:], 0.0)))
