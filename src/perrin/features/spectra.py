"""Numbers from scalograms, for learning: spectra pooled over time, and what pooling would lose.

With |W|² summed over axes, for each family and scale: the logarithm of its mean over time (the spectrum) and how it
rises towards larger scales; how it is distributed (rests and flights, jumps); how it goes on (its correlation over
time, a spectrum of the second order); how it changes along the track; and how it goes along with the next larger scale.
Mean |W| gives the fingerprint of a class.

Second-order spectra: Andén & Mallat, IEEE Trans. Signal Process. 62, 4114 (2014).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from perrin.features.wavelet import DEFAULT, FilterBank, standardized
from perrin.types import FloatArray

LAGS: Final = (1, 4, 12)
"""Frames after which |W| is compared with itself."""
RISES: Final = (1, 2, 4)
"""Scales further on whose level is compared: how it rises is what tells alpha."""
_PARTS: Final = 6
"""Parts of the track whose energies are compared."""
_TINY: Final = 1e-12
_LEAST: Final = -8.0
"""Logarithm of the smallest share that is told from none."""


def energy(positions: FloatArray, bank: FilterBank = DEFAULT) -> FloatArray:
    """|W|² of windows (k, d, T), summed over axes: (k, families, scales, T), in units of the mean squared step.

    Windows stay where they began and ended: were they set to zero there, the jump would be all that a scale shows.
    """
    k, d, n = positions.shape
    steps = np.diff(positions, axis=2)
    unit = np.sqrt((steps**2).mean(axis=(1, 2)))
    steps /= np.where(unit > 0, unit, 1.0)[:, None, None]
    modulus = bank.modulus_of_steps(steps.reshape(k * d, n - 1))
    modulus *= modulus
    return np.asarray(modulus.reshape(k, d, *modulus.shape[1:]).sum(axis=1))


def spectra(positions: FloatArray, bank: FilterBank = DEFAULT) -> dict[str, FloatArray]:
    """Named numbers (k,) of windows (k, d, T) of T frames without gaps; finite for all that move at all."""
    return pooled(energy(positions, bank), bank)


def pooled(power: FloatArray, bank: FilterBank) -> dict[str, FloatArray]:
    """The same from energies (k, families, scales, T)."""
    mean = power.mean(axis=3) + _TINY
    share = power / mean[..., None]
    size = np.sqrt(share)
    excess = size - size.mean(axis=3, keepdims=True)
    numbers = {"level": np.log(mean)} | _distribution(share, size) | _time_course(share, excess)
    found = {
        f"{family} {scale:.3g}: {name}": values[:, i, j]
        for name, values in numbers.items()
        for i, family in enumerate(bank.families)
        for j, scale in enumerate(bank.scales)
    }
    level, beside = numbers["level"], _scale_correlation(excess)
    for i, family in enumerate(bank.families):
        for j, scale in enumerate(bank.scales[:-1]):
            found[f"{family} {scale:.3g}: with the next"] = beside[:, i, j]
            for on in (by for by in RISES if j + by < len(bank.scales)):
                found[f"{family} {scale:.3g}: level, {on} on"] = level[:, i, j + on] - level[:, i, j]
    return found


def fingerprint(positions: FloatArray, bank: FilterBank) -> FloatArray:
    """(k, families, scales) time-mean |W| of windows (k, d, T), mean over axes, that sums to 1 over the scales.

    Axes are standardised each for itself, as in the source.
    """
    k, d, n = positions.shape
    modulus = bank.modulus(standardized(positions.reshape(k * d, n))).mean(axis=3)
    mean = modulus.reshape(k, d, *modulus.shape[1:]).mean(axis=1)
    total = mean.sum(axis=2, keepdims=True)
    return np.asarray(mean / np.where(total > 0, total, 1.0))


def _distribution(share: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
    """How unevenly the energy at a scale is spread over time."""
    low, middle, high = (_log(q) for q in np.quantile(share, [0.1, 0.5, 0.9], axis=3))
    return {
        "mean over root mean square": np.log(size.mean(axis=3) + _TINY),
        "fourth moment": np.log((share**2).mean(axis=3) + _TINY),
        "smallest tenth": low,
        "median": middle,
        "largest tenth": high,
        "largest": _log(share.max(axis=3)),
    }


def _time_course(share: FloatArray, excess: FloatArray) -> dict[str, FloatArray]:
    """How the energy at a scale goes on and changes along the track."""
    frames = share.shape[3]
    spread = (excess**2).mean(axis=3) + _TINY
    found = {}
    for lag in LAGS:
        reach = min(lag, frames // 2)
        found[f"after {lag}"] = (excess[..., reach:] * excess[..., :-reach]).mean(axis=3) / spread
    for i, part in enumerate(np.array_split(share, _PARTS, axis=3), start=1):
        found[f"part {i} of {_PARTS}"] = np.log(part.mean(axis=3) + 1e-3)
    so_far = np.cumsum(share, axis=3)
    lead = so_far / (so_far[..., -1:] + _TINY) - np.arange(1, frames + 1) / frames
    return found | {"earlier than even": lead.mean(axis=3), "most uneven": np.abs(lead).max(axis=3)}


def _scale_correlation(excess: FloatArray) -> FloatArray:
    """(k, families, scales - 1) correlation over time of |W| at neighbouring scales."""
    spread = np.sqrt((excess**2).mean(axis=3)) + _TINY
    product = (excess[:, :, 1:] * excess[:, :, :-1]).mean(axis=3)
    return np.asarray(product / (spread[:, :, 1:] * spread[:, :, :-1]))


def _log(share: FloatArray) -> FloatArray:
    return np.asarray(np.maximum(np.log(share + _TINY), _LEAST))
