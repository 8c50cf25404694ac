"""NumPy files (.npy) without pickle: the header is believed only as far as the file is long."""

from __future__ import annotations

import io
import math
from typing import Any, Final

import numpy as np

from perrin.errors import InputError
from perrin.tracks.source import Source

_MAGIC: Final = b"\x93NUMPY"


def is_npy(source: Source) -> bool:
    """True when the file starts as NumPy files do."""
    return source.raw.startswith(_MAGIC)


def header(source: Source) -> tuple[tuple[int, ...], np.dtype[Any]] | None:
    """Shape and type of the array, or None where the header makes no sense or tells of Python objects."""
    found = _header(source.raw)
    return None if found is None or found[2].hasobject else (found[0], found[2])


def load(source: Source) -> np.ndarray[Any, Any]:
    """The array; raises InputError where the file is damaged, cut off, or holds Python objects."""
    with source.open() as file:
        data = file.read()
    found = _header(data)
    if found is None:
        raise _damaged(source, "its header is not valid")
    shape, fortran, dtype, start = found
    if dtype.hasobject:
        raise _damaged(source, "it contains Python objects, which perrin never unpickles")
    size = math.prod(shape)
    if dtype.itemsize == 0 or min(shape, default=1) < 0 or size * dtype.itemsize > len(data) - start:
        raise _damaged(source, f"it is too short for {dtype} of shape {shape}")
    flat = np.frombuffer(data, dtype=dtype, count=size, offset=start) if size else np.zeros(0, dtype=dtype)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int] | None:
    stream = io.BytesIO(data[: 1 << 16])
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream)
    except Exception:  # NumPy hands on whatever Python's own parser of literals raises
        return None
    return tuple(shape), bool(fortran), dtype, stream.tell()


def _damaged(source: Source, why: str) -> InputError:
    return InputError(
        f"is a damaged NumPy file, or contains Python objects ({why})",
        file=source.path,
        remedy="Save the numbers again with numpy.save.",
    )
