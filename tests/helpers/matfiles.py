"""MATLAB files as MATLAB writes them: version 7 with SciPy, version 7.3 with h5py."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy.io import savemat

_HEADER = b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  1 00:00:00 2024 HDF5 schema 1.00 ."


def struct_array(items: list[dict[str, Any]]) -> np.ndarray:
    """A 1×N struct array for `savemat`."""
    array = np.empty((1, len(items)), dtype=[(name, object) for name in items[0]])
    for i, item in enumerate(items):
        for name, value in item.items():
            array[0, i][name] = value
    return array


def write_v7(path: Path, variables: dict[str, Any], *, compressed: bool = True) -> None:
    """Lists of dictionaries become struct arrays."""
    plain = {k: struct_array(v) if isinstance(v, list) else v for k, v in variables.items()}
    savemat(path, plain, do_compression=compressed)


def write_v73(path: Path, variables: dict[str, Any]) -> None:
    """Matrices transposed, struct arrays as one dataset of references a field; all as MATLAB lays it out."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            if isinstance(value, list) and len(value) > 1:
                group = file.create_group(name)
                group.attrs["MATLAB_class"] = np.bytes_("struct")
                for key in value[0]:
                    refs = np.empty((len(value), 1), dtype=h5py.ref_dtype)
                    for i, item in enumerate(value):
                        node = _matrix(file.require_group("#refs#"), f"{name}_{key}_{i}", item[key])
                        refs[i, 0] = node.ref
                    group.create_dataset(key, data=refs, dtype=h5py.ref_dtype)
            elif isinstance(value, list):
                group = file.create_group(name)
                group.attrs["MATLAB_class"] = np.bytes_("struct")
                for key, item in value[0].items():
                    _matrix(group, key, item)
            else:
                _matrix(file, name, value)
    with path.open("r+b") as raw:
        raw.write(_HEADER.ljust(124) + b"\x00\x02IM")


def _matrix(group: Any, name: str, value: Any) -> Any:
    array = np.atleast_2d(np.asarray(value, dtype=np.float64))
    node = group.create_dataset(name, data=array.T, compression="gzip" if array.size > 1 else None)
    node.attrs["MATLAB_class"] = np.bytes_("double")
    return node
