"""Fractional Gaussian noise and its sum, drawn exactly by circulant embedding.

The covariances of n stationary increments are the first row of a circulant matrix of twice the size; its eigenvalues
are a cosine transform, and none is negative for 0 < H < 1, so that normal numbers of these variances, transformed
back, have the covariance exactly. Every length and every H takes the same O(n log n) road.

Davies & Harte, Biometrika 74, 95 (1987); Dietrich & Newsam, SIAM J. Sci. Comput. 18, 1088 (1997).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from scipy.fft import dct, fft, next_fast_len

from perrin.errors import InputError, PerrinError
from perrin.processes import increment_autocovariance, increment_covariance
from perrin.simulate.normal import fill_normal
from perrin.types import FloatArray

_BLOCK: Final = 32_768
"""Complex numbers that are transformed in one go: few enough to stay in the cache."""
_ROUNDING: Final = 1e-12
"""Largest negative eigenvalue, as a part of the largest one, that is rounding."""


def fractional_gaussian_noise(
    hurst: float | FloatArray, n: int, *, paths: int, rng: np.random.Generator, blur: float = 0.0
) -> FloatArray:
    """Increments of fractional Brownian motion one frame apart, in units of the one-frame scale s.

    Args:
        hurst: Hurst exponent in (0, 1), one for all paths or one each.
        n: increments of a path.
        paths: number of independent paths.
        rng: where the normal numbers come from; 2n or a little more a path.
        blur: exposure as a fraction of the frame interval; positions are averages over the exposure.

    Returns:
        (paths, n), each row with covariance `increment_autocovariance(hurst, n, blur)`.

    Raises:
        InputError: where an exponent does not lie between 0 and 1, or a number of paths or increments is negative.
    """
    noise = np.empty((paths, n))
    for rows, block in _blocks(hurst, n, paths, rng, blur):
        noise[rows] = block
    return noise


def fractional_brownian_motion(
    hurst: float | FloatArray, n: int, *, paths: int, rng: np.random.Generator, blur: float = 0.0
) -> FloatArray:
    """Positions of fractional Brownian motion at n successive frames, the first of them 0, in units of s.

    Takes what `fractional_gaussian_noise` takes, with n positions instead of increments.

    Returns:
        (paths, n); the variance of a displacement over k frames is k^2H without blur.
    """
    positions = np.zeros((paths, n))
    for rows, block in _blocks(hurst, n - 1, paths, rng, blur):
        np.cumsum(block, axis=1, out=positions[rows, 1:])
    return positions


def increments_between(
    times: FloatArray, hurst: float, paths: int, rng: np.random.Generator, blur: float = 0.0
) -> FloatArray:
    """Increments between any times, in units of s: one factorisation for all paths.

    Args:
        times: (n,) increasing times in frames.
        hurst: Hurst exponent in (0, 1).
        paths: number of independent paths.
        rng: where the normal numbers come from.
        blur: exposure as a fraction of the frame interval.

    Returns:
        (n - 1, paths), each column with covariance `increment_covariance(times, hurst, blur)`.
    """
    covariance = increment_covariance(times, np.array([hurst]), blur)[0]
    return np.asarray(np.linalg.cholesky(covariance) @ rng.standard_normal((len(times) - 1, paths)))


def _blocks(
    hurst: float | FloatArray, n: int, paths: int, rng: np.random.Generator, blur: float
) -> Iterator[tuple[slice, FloatArray]]:
    """Some paths at a time, few enough for the cache."""
    exponents = np.atleast_1d(np.asarray(hurst, dtype=np.float64))
    if n < 0 or paths < 0:
        raise InputError(f"cannot draw {paths} paths of {n} increments")
    if not np.all((exponents > 0) & (exponents < 1)):
        wrong = exponents[~((exponents > 0) & (exponents < 1))][0]
        raise InputError(
            f"a Hurst exponent must be between 0 and 1, not {wrong:g}", remedy="Hurst exponent H = alpha / 2."
        )
    if len(exponents) not in (1, paths):
        raise InputError(f"{len(exponents)} Hurst exponents for {paths} paths", remedy="Give one, or one per path.")
    if n == 0 or paths == 0:
        return
    half = next_fast_len(max(n, 2), real=True)
    if len(exponents) == 1:
        yield from _alike(_eigenvalues(exponents, half, blur)[0], n, paths, rng)
    else:
        yield from _each(exponents, half, n, rng, blur)


def _alike(eigenvalues: FloatArray, n: int, paths: int, rng: np.random.Generator) -> Iterator[tuple[slice, FloatArray]]:
    """Paths of one H: the real and the imaginary part of one complex transform are two of them."""
    size = 2 * (len(eigenvalues) - 1)
    amplitudes = np.sqrt(np.concatenate([eigenvalues, eigenvalues[-2:0:-1]]) / size)
    pairs = max(1, _BLOCK // size)
    numbers = np.empty((min(pairs, -(-paths // 2)), 2 * size))
    for start in range(0, paths, 2 * pairs):
        stop = min(start + 2 * pairs, paths)
        normal = numbers[: -(-(stop - start) // 2)]
        fill_normal(normal, rng)
        spectrum = normal.view(np.complex128)
        spectrum *= amplitudes
        both = fft(spectrum, axis=1, overwrite_x=True)
        yield slice(start, stop, 2), both.real[:, :n]
        yield slice(start + 1, stop, 2), both.imag[: (stop - start) // 2, :n]


def _each(
    hurst: FloatArray, half: int, n: int, rng: np.random.Generator, blur: float
) -> Iterator[tuple[slice, FloatArray]]:
    """Paths that have an H each."""
    at_once = max(1, _BLOCK // (half + 1))
    numbers = np.empty((min(at_once, len(hurst)), 2 * (half + 1)))
    for start in range(0, len(hurst), at_once):
        rows = slice(start, min(start + at_once, len(hurst)))
        variances = half * _eigenvalues(hurst[rows], half, blur)
        # The real transform reads no imaginary part at either end, where the real one must carry all.
        variances[:, [0, -1]] *= 2
        normal = numbers[: rows.stop - start]
        fill_normal(normal, rng)
        spectrum = normal.view(np.complex128)
        spectrum *= np.sqrt(variances, out=variances)
        yield rows, np.fft.irfft(spectrum, 2 * half, axis=1)[:, :n]


def _eigenvalues(hurst: FloatArray, half: int, blur: float) -> FloatArray:
    """(k, half + 1) of the circulant of 2 half covariances, the second half being the mirror of the first."""
    eigenvalues: FloatArray = dct(increment_autocovariance(hurst, half + 1, blur), type=1, axis=-1)
    if eigenvalues.min() < 0:
        if np.any(eigenvalues.min(axis=-1) < -_ROUNDING * eigenvalues.max(axis=-1)):
            raise PerrinError(f"the circulant of {half} increments is not positive (H = {hurst.min()}, blur {blur})")
        np.maximum(eigenvalues, 0, out=eigenvalues)
    return eigenvalues
