"""MATLAB files of version 5, element by element; nothing is believed that the bytes do not bear out.

Format: MathWorks, *MAT-File Format*, chapter 1. Elements are a type, a size and so many bytes; a matrix is an element
of elements; a compressed element holds one matrix.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import numpy as np

from perrin.errors import InputError
from perrin.tracks.matlab.variable import Variable
from perrin.tracks.source import Source, largest_unzipped
from perrin.types import FloatArray

_HEADER: Final = 128
_MATRIX: Final = 14
_COMPRESSED: Final = 15
_KINDS: Final = {
    1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single", 8: "int8", 9: "uint8",
    10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64", 15: "uint64", 16: "function", 17: "opaque",
}  # fmt: skip
_STORED: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_ENCODED: Final = {16: "utf-8", 17: "utf-16", 18: "utf-32"}
_DEEPEST: Final = 16
_HEAD: Final = 1 << 16


class _BrokenV5Error(Exception):
    """The bytes are not as the format says; the message tells what."""


class _Element(NamedTuple):
    kind: int
    start: int
    end: int
    next: int


def variables(source: Source) -> dict[str, Variable]:
    """The variables by name; raises InputError where the file is damaged."""
    found = {}
    try:
        for order, data, element in _top(source, head_only=True):
            variable, _ = _head(data, element, order)
            found[variable.name] = variable
    except (_BrokenV5Error, struct.error, zlib.error) as error:
        raise _damaged(source, error) from None
    return found


def load(source: Source, name: str) -> Any:
    """Variable `name` as plain values; raises InputError where it is damaged or claims more than the file holds."""
    try:
        for order, data, element in _top(source, head_only=False):
            if _head(data, element, order)[0].name == name:
                return _value(data, element, order, 0)
        raise _BrokenV5Error(f"variable {name} is missing")
    except (_BrokenV5Error, struct.error, zlib.error) as error:
        raise _damaged(source, error) from None


def _top(source: Source, *, head_only: bool) -> Iterator[tuple[str, bytes, _Element]]:
    """Byte order, bytes and place of each matrix in the file; of compressed ones perhaps only the beginning."""
    with source.open() as file:
        data = file.read()
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None:
        raise _BrokenV5Error("its header is not valid")
    at, room = _HEADER, largest_unzipped(len(data))
    while at + 8 <= len(data):
        element = _element(data, at, len(data), order)
        if element.kind == _COMPRESSED:
            inner = _unzip(data[element.start : element.end], min(_HEAD, room) if head_only else room)
            room -= 0 if head_only else len(inner)
            kind, size = struct.unpack_from(f"{order}II", inner)
            if not head_only and size > len(inner) - 8:
                raise _BrokenV5Error("a compressed variable is cut off, or unpacks to far more than the file's size")
            if kind == _MATRIX:
                yield order, inner, _Element(kind, 8, 8 + size if not head_only else len(inner), 0)
        elif element.kind == _MATRIX:
            yield order, data, element
        at = element.next


def _unzip(data: bytes, limit: int) -> bytes:
    return zlib.decompressobj().decompress(data, max(limit, 1))


def _element(data: bytes, at: int, end: int, order: str) -> _Element:
    if at + 8 > end:
        raise _BrokenV5Error("an element is cut off")
    first, size = struct.unpack_from(f"{order}II", data, at)
    if first >> 16:
        # A small element keeps its type, its size and up to four bytes in eight.
        kind, size = first & 0xFFFF, first >> 16
        if size > 4:
            raise _BrokenV5Error("a small element is too large")
        return _Element(kind, at + 4, at + 4 + size, at + 8)
    if at + 8 + size > end:
        raise _BrokenV5Error("the file is cut off")
    pad = 0 if first == _COMPRESSED else -size % 8
    return _Element(first, at + 8, at + 8 + size, at + 8 + size + pad)


def _head(data: bytes, matrix: _Element, order: str) -> tuple[Variable, int]:
    """The variable, and where its content starts; -1 for an empty matrix, which has no content."""
    if matrix.start == matrix.end:
        return Variable("", "double", (0, 0)), -1
    flags = _element(data, matrix.start, matrix.end, order)
    if flags.end - flags.start < 4:
        raise _BrokenV5Error("a matrix has no flags")
    (word,) = struct.unpack_from(f"{order}I", data, flags.start)
    kind = _KINDS.get(word & 0xFF, "")
    if kind == "opaque":
        name = _element(data, flags.next, matrix.end, order)
        return Variable(_text(data, name), kind, (1, 1)), name.next
    shape = _element(data, flags.next, matrix.end, order)
    sizes = struct.unpack_from(f"{order}{(shape.end - shape.start) // 4}i", data, shape.start)
    name = _element(data, shape.next, matrix.end, order)
    at = name.next
    fields: tuple[str, ...] = ()
    if kind in ("struct", "object"):
        at, fields = _fields(data, at, matrix.end, order, kind)
    if not kind or any(n < 0 for n in sizes) or len(sizes) < 2:
        raise _BrokenV5Error("a matrix has an impossible class or shape")
    if word & 0x0200 and kind == "uint8":
        kind = "logical"
    if word & 0x0800:
        kind = "complex"
    return Variable(_text(data, name), kind, sizes, fields), at


def _fields(data: bytes, at: int, end: int, order: str, kind: str) -> tuple[int, tuple[str, ...]]:
    if kind == "object":
        at = _element(data, at, end, order).next
    width = _element(data, at, end, order)
    (length,) = struct.unpack_from(f"{order}i", data, width.start)
    names = _element(data, width.next, end, order)
    if length <= 0 or (names.end - names.start) % length:
        raise _BrokenV5Error("the field names of a struct are not valid")
    text = data[names.start : names.end]
    parts = [text[i : i + length] for i in range(0, len(text), length)]
    return names.next, tuple(part.split(b"\x00")[0].decode("latin-1") for part in parts)


def _text(data: bytes, element: _Element) -> str:
    return data[element.start : element.end].decode("latin-1")


def _value(data: bytes, matrix: _Element, order: str, depth: int) -> Any:
    """A matrix as plain values, all the way down; raises unless every shape in it fits into the bytes it has."""
    variable, at = _head(data, matrix, order)
    if at < 0:
        return np.zeros((0, 0))
    count = math.prod(variable.shape)
    if depth > _DEEPEST or (variable.kind != "sparse" and count > matrix.end - at):
        raise _BrokenV5Error("a variable states more values than the file can contain")
    match variable.kind:
        case "cell" | "struct":
            width = 1 if variable.kind == "cell" else len(variable.fields)
            if count * width > matrix.end - at:
                raise _BrokenV5Error("a variable states more values than the file can contain")
            found = []
            for _ in range(count * width):
                child = _element(data, at, matrix.end, order)
                if child.kind != _MATRIX:
                    raise _BrokenV5Error("a cell contains something that is not a matrix")
                found.append(_value(data, child, order, depth + 1))
                at = child.next
            if variable.kind == "cell":
                return found
            rows = (found[i * width : (i + 1) * width] for i in range(count))
            return [dict(zip(variable.fields, row, strict=True)) for row in rows]
        case "char":
            return _characters(data, _element(data, at, matrix.end, order), order)
        case "sparse":
            return _sparse(data, at, matrix.end, order, variable.shape)
        case "object" | "function" | "opaque" | "complex":
            raise _BrokenV5Error(f"it contains {variable.kind} data, which are not plain numbers")
    numbers = _numbers(data, _element(data, at, matrix.end, order), order)
    if len(numbers) != count:
        raise _BrokenV5Error(f"a matrix of {count:,} values contains {len(numbers):,}")
    return numbers.astype(np.float64).reshape(variable.shape, order="F")


def _numbers(data: bytes, element: _Element, order: str) -> np.ndarray[Any, Any]:
    """The numbers of an element, in the type they are stored in."""
    size = element.end - element.start
    dtype = np.dtype(order + _STORED.get(element.kind, "V0"))
    if dtype.itemsize == 0 or size % dtype.itemsize:
        raise _BrokenV5Error("an element contains no plain numbers")
    return np.frombuffer(data, dtype, size // dtype.itemsize, element.start)


def _characters(data: bytes, element: _Element, order: str) -> str:
    if element.kind in _ENCODED:
        ending = "" if element.kind == 16 else "-le" if order == "<" else "-be"
        return data[element.start : element.end].decode(_ENCODED[element.kind] + ending, errors="replace")
    return "".join(map(chr, _numbers(data, element, order).astype(np.uint16).tolist()))


def _sparse(data: bytes, at: int, end: int, order: str, shape: tuple[int, ...]) -> FloatArray:
    """A sparse matrix written out; raises where that is far larger than its content."""
    parts = []
    for _ in range(3):
        element = _element(data, at, end, order)
        parts.append(_numbers(data, element, order))
        at = element.next
    rows, starts, values = parts[0].astype(np.int64), parts[1].astype(np.int64), parts[2]
    height, width = shape[0], shape[1]
    if len(shape) != 2 or len(starts) != width + 1 or starts[0] != 0 or np.any(np.diff(starts) < 0):
        raise _BrokenV5Error("the columns of a sparse matrix are not valid")
    n = int(starts[-1])
    if n > min(len(rows), len(values)) or np.any((rows[:n] < 0) | (rows[:n] >= height)):
        raise _BrokenV5Error("the rows of a sparse matrix are not valid")
    if height * width * 8 > largest_unzipped(16 * n):
        raise _BrokenV5Error("a sparse matrix is far larger than its content")
    out = np.zeros((height, width))
    out[rows[:n], np.repeat(np.arange(width), np.diff(starts))] = values[:n]
    return out


def _damaged(source: Source, error: Exception) -> InputError:
    return InputError(
        f"is a damaged MATLAB file ({error})", file=source.path, remedy="Save it again in MATLAB (save -v7)."
    )
