"""MATLAB files, version 5 (`-v6`, `-v7`) and 7.3 (HDF5), as plain arrays, lists and dictionaries.

What a variable is can be told from its header alone. Before anything is built, every size that the file
claims is held against the bytes it has, so that a small file cannot ask for all memory.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import numpy as np

from perrin.errors import InputError
from perrin.tracks.matlab.variable import Variable
from perrin.tracks.source import Source
from perrin.types import FloatArray

_V5: Final = b"MATLAB 5.0"
_V73: Final = b"MATLAB 7.3"

__all__ = ["Variable", "is_mat", "listing", "load", "matrix", "variables", "vector"]


def is_mat(source: Source) -> bool:
    """True when the file starts as MATLAB files do."""
    return source.raw.startswith((_V5, _V73))


@lru_cache(maxsize=4)
def variables(source: Source) -> dict[str, Variable]:
    """The variables of a MATLAB file by name, from their headers; none for another file.

    Raises InputError where the file is damaged, or is of version 7.3 and h5py is not installed.
    """
    if source.raw.startswith(_V73):
        from perrin.tracks.matlab import v73

        return v73.variables(source)
    if source.raw.startswith(_V5):
        from perrin.tracks.matlab import v5

        return v5.variables(source)
    return {}


def load(source: Source, name: str) -> Any:
    """Variable `name`: a 2-D float array, a list of dictionaries (structs), a list (cell), text, or None for others.

    Raises InputError where it is not there, is damaged, or claims more than the file can hold.
    """
    if name not in variables(source):
        raise InputError(f"has no variable {name!r}", file=source.path, remedy=f"It has {listing(source)}.")
    if source.raw.startswith(_V73):
        from perrin.tracks.matlab import v73

        return v73.load(source, name)
    from perrin.tracks.matlab import v5

    return v5.load(source, name)


def listing(source: Source) -> str:
    """The variables in words."""
    return ", ".join(str(variable) for variable in variables(source).values()) or "no variables"


def matrix(source: Source, value: Any, *, what: str) -> FloatArray:
    """`value` as a 2-D array; raises InputError where it is none."""
    if not isinstance(value, np.ndarray) or value.ndim != 2:
        raise InputError(f"{what} is not a matrix of numbers", file=source.path, remedy="Save it again in MATLAB.")
    return value


def vector(source: Source, value: Any, *, what: str) -> FloatArray:
    """`value` as a vector, lying or standing; raises InputError where it is none."""
    array = matrix(source, value, what=what)
    if array.size and 1 not in array.shape:
        raise InputError(f"{what} is not a vector of numbers", file=source.path, remedy="Save it again in MATLAB.")
    return array.reshape(-1)
