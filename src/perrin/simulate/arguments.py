"""Whether what was asked of a simulator can be made, in words where it cannot."""

from __future__ import annotations

from typing import Any

import numpy as np

from perrin.errors import InputError
from perrin.types import FloatArray, Seed
from perrin.validate import check_seed


def random_generator(seed: Seed, bits: type[np.random.BitGenerator] = np.random.PCG64) -> np.random.Generator:
    """The generator that a seed stands for: itself where it is one. Raises InputError for what cannot be a seed."""
    check_seed(seed)
    return seed if isinstance(seed, np.random.Generator) else np.random.Generator(bits(seed))


def check_size(tracks: int, length: int, dimension: int, dt: float) -> None:
    """Raise InputError for sizes that make no tracks."""
    if length < 2 or tracks < 1 or not 1 <= dimension <= 3 or not (dt > 0 and np.isfinite(dt)):
        raise InputError(
            f"cannot simulate {tracks} tracks of {length} frames in {dimension}-D with a frame interval of {dt:g}",
            remedy="Use 1 track or more, 2 frames or more, 1 to 3 axes, and a positive frame interval.",
        )


def numbers_of(values: Any, name: str, remedy: str) -> FloatArray:
    """Numbers as an array; raises InputError for what is no number."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} cannot be {values!r}", remedy=remedy) from None


def check_coefficients(D: FloatArray) -> None:
    """Raise InputError for diffusion coefficients that are not positive."""
    if not np.all((D > 0) & np.isfinite(D)):
        raise InputError("D must be positive", remedy="Give numbers above 0, in length²/time^alpha.")


def one_each(values: Any, tracks: int, name: str) -> FloatArray:
    """(tracks,) numbers from one for all or one a track; raises InputError for anything else."""
    numbers = numbers_of(values, name, "Give one number, or one per track. For an H(t) use perrin.simulate_mfbm.")
    if numbers.shape not in ((), (1,), (tracks,)):
        raise InputError(
            f"{name} has the shape {numbers.shape} for {tracks} tracks", remedy="Give one number, or one per track."
        )
    return np.broadcast_to(numbers, (tracks,))
