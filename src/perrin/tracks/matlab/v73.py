"""MATLAB files of version 7.3, which are HDF5: read with h5py, which the extra `formats` installs."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import Any, Final, TypeVar

import numpy as np

from perrin.errors import InputError
from perrin.tracks.matlab.variable import Variable
from perrin.tracks.source import Source, largest_unzipped

_T = TypeVar("_T")
_DEEPEST: Final = 16
_OBJECT_BYTES: Final = 100
"""An object of HDF5 takes more than this many bytes of a file."""


class _BrokenV73Error(Exception):
    """The file is not as it should be; the message tells what."""


def variables(source: Source) -> dict[str, Variable]:
    """The variables by name; raises InputError where the file is damaged or h5py is missing."""
    return _within(source, lambda file: {name: _variable(file, name) for name in file if not name.startswith("#")})


def load(source: Source, name: str) -> Any:
    """Variable `name` as plain values; raises InputError where it is damaged or claims more than the file holds."""
    return _within(source, lambda file: _Loader(file, source.path.stat().st_size).value(_child(file, name), 0))


def _within(source: Source, work: Callable[[Any], _T]) -> _T:
    try:
        import h5py
    except ImportError:
        raise InputError(
            "is a MATLAB file of version 7.3, which needs the package h5py",
            file=source.path,
            remedy="Install it with: pip install 'perrin[formats]' (or save the file in MATLAB with save -v7).",
        ) from None
    try:
        if source.gzipped:
            with source.open() as stream:
                place: Any = io.BytesIO(stream.read())
        else:
            place = source.path
        with h5py.File(place, "r") as file:
            return work(file)
    except InputError:
        raise
    except Exception as error:  # h5py raises whatever comes where a file is not as it should be
        raise InputError(
            f"is a damaged MATLAB file ({str(error)[:120]})", file=source.path, remedy="Save it again in MATLAB."
        ) from None


def _child(group: Any, name: str) -> Any:
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise _BrokenV73Error(f"{name} refers to data outside the file")
    return group[name]


def _kind(node: Any) -> str:
    stated = node.attrs.get("MATLAB_class", b"")
    return stated.decode("latin-1") if isinstance(stated, bytes) else ""


def _variable(file: Any, name: str) -> Variable:
    import h5py

    node = _child(file, name)
    if isinstance(node, h5py.Group):
        return Variable(name, _kind(node) or "struct", (1, 1), tuple(node))
    return Variable(name, _kind(node) or "unknown", tuple(int(n) for n in node.shape[::-1]))


class _Loader:
    """Reads objects until they were more, or larger, than the file can hold."""

    def __init__(self, file: Any, size: int) -> None:
        self.file = file
        self.objects = 1000 + size // _OBJECT_BYTES
        self.bytes = largest_unzipped(size)

    def value(self, node: Any, depth: int) -> Any:
        """The object as a float array, list, dictionary list or text."""
        import h5py

        self.objects -= 1
        if depth > _DEEPEST or self.objects < 0:
            raise _BrokenV73Error("its variables refer to each other in a loop")
        if isinstance(node, h5py.Group):
            return self._sparse(node) if "MATLAB_sparse" in node.attrs else self._struct(node, depth)
        if h5py.check_ref_dtype(node.dtype) is not None:
            return [self.value(self.file[ref], depth + 1) for ref in self._read(node).reshape(-1)]
        array = self._read(node)
        if _kind(node) == "char":
            return "".join(chr(int(code)) for code in array.reshape(-1)) if array.dtype.kind in "iu" else ""
        if array.dtype.kind not in "iufb":
            return None
        if node.attrs.get("MATLAB_empty"):
            return np.zeros((0, 0))
        return np.atleast_2d(np.asarray(array, dtype=np.float64)).T

    def _struct(self, node: Any, depth: int) -> list[dict[str, Any]]:
        """One struct, or an array of them, whose fields are lists of references without a class of their own."""
        import h5py

        fields = {name: _child(node, name) for name in node}
        listed = {
            name: field
            for name, field in fields.items()
            if isinstance(field, h5py.Dataset) and h5py.check_ref_dtype(field.dtype) is not None and not _kind(field)
        }
        if len(listed) < len(fields) or not fields:
            return [{name: self.value(field, depth + 1) for name, field in fields.items()}]
        columns = {name: self.value(field, depth + 1) for name, field in fields.items()}
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise _BrokenV73Error("the fields of a struct differ in number")
        return [{name: column[i] for name, column in columns.items()} for i in range(lengths.pop())]

    def _sparse(self, node: Any) -> Any:
        from scipy.sparse import csc_array

        starts = self._read(_child(node, "jc")).astype(np.int64)
        rows = self._read(_child(node, "ir")).astype(np.int64) if "ir" in node else np.zeros(0, dtype=np.int64)
        data = self._read(_child(node, "data")).astype(np.float64) if "data" in node else np.zeros(0)
        height = int(node.attrs["MATLAB_sparse"])
        if height * (len(starts) - 1) * 8 > self.bytes:
            raise _BrokenV73Error("a sparse matrix is far larger than its content")
        return csc_array((data, rows, starts), shape=(height, len(starts) - 1)).toarray()

    def _read(self, node: Any) -> Any:
        if node.is_virtual or node.external:
            raise _BrokenV73Error("its data are in other files")
        self.bytes -= math.prod(node.shape) * node.dtype.itemsize
        if self.bytes < 0:
            raise _BrokenV73Error("it states more values than the file can contain")
        return node[()]
