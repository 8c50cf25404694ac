"""Whether what was asked for makes sense: every such question and its answer in words, once for all rooms."""

from __future__ import annotations

import numpy as np

from perrin.errors import InputError
from perrin.types import FloatArray, Seed


def check_sigma(sigma: float | tuple[float, ...] | None) -> None:
    """Raise InputError for a localisation error that is negative or not finite; None is one that is unknown."""
    if sigma is not None and not all(np.isfinite(s) and s >= 0 for s in np.atleast_1d(sigma)):
        raise InputError(f"the localization error cannot be {sigma}", remedy="Give 0 or a positive number.")


def check_alpha(alpha: float | None) -> None:
    """Raise InputError for an anomalous exponent outside (0, 2); None is one that is unknown."""
    if alpha is not None and not 0 < alpha < 2:
        raise InputError(f"alpha must be between 0 and 2, not {alpha}", remedy="Brownian motion has alpha = 1.")


def check_hurst_exponents(hurst: FloatArray) -> None:
    """Raise InputError for Hurst exponents outside (0, 1)."""
    if not np.all((hurst > 0) & (hurst < 1)):
        raise InputError("Hurst exponents must be between 0 and 1 (exclusive)", remedy="H = alpha / 2.")


def check_exposure(exposure: float) -> None:
    """Raise InputError for an exposure that is no part of the frame interval."""
    if not 0 <= exposure <= 1:
        raise InputError(f"the exposure must be a fraction from 0 to 1, not {exposure}")


def check_seed(seed: Seed) -> None:
    """Raise InputError for what cannot be a seed: anything but a whole number from 0 on, a generator, or None."""
    whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0
    if not (whole or seed is None or isinstance(seed, np.random.Generator)):
        raise InputError(
            f"the seed cannot be {seed!r}", remedy="Give 0 or a positive whole number, a NumPy generator, or None."
        )


def seed_number(seed: Seed) -> int:
    """The seed as a whole number from 0 on: of a generator a number that it draws, of None one that nobody foresees.

    Raises InputError for what cannot be a seed.
    """
    check_seed(seed)
    if isinstance(seed, int | np.integer):
        return int(seed)
    generator = np.random.default_rng() if seed is None else seed
    return int(generator.integers(1 << 62))


def check_trained_length(method: str, min_length: int, shortest: int) -> None:
    """Raise InputError where tracks of `min_length` positions are shorter than any that a network was trained on."""
    if min_length < shortest:
        raise InputError(
            f"{method} was not trained on tracks of {min_length} positions", remedy=f"Use {shortest} or more."
        )
