"""MATLAB files against SciPy, which writes them here and knows nothing of perrin, and h5py."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.io import loadmat, savemat

from perrin.errors import InputError
from perrin.tracks import matlab
from perrin.tracks.source import Source
from tests.helpers.matfiles import struct_array, write_v73

KINDS = [np.float64, np.float32, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.bool_]
SHAPES = hnp.array_shapes(min_dims=2, max_dims=3, min_side=0, max_side=5)


def written(path: Path, values: dict[str, Any], *, compressed: bool) -> Source:
    savemat(path, values, do_compression=compressed)
    return Source(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(KINDS), compressed=st.booleans())
def test_any_matrix_is_what_scipy_reads(data: st.DataObject, kind: type, compressed: bool, tmp_path: Path) -> None:
    array = data.draw(hnp.arrays(kind, SHAPES, elements={"allow_nan": False} if kind in KINDS[:2] else None))
    source = written(tmp_path / "a.mat", {"a": array, "b": np.ones((1, 2))}, compressed=compressed)
    wanted = loadmat(tmp_path / "a.mat")["a"]
    assert matlab.variables(source)["a"].shape == wanted.shape
    assert matlab.variables(source)["a"].numeric
    np.testing.assert_array_equal(matlab.load(source, "a"), wanted.astype(np.float64))


@pytest.mark.parametrize("compressed", [True, False])
def test_structs_cells_texts_and_sparse_matrices(compressed: bool, tmp_path: Path) -> None:
    cell = np.empty((1, 2), dtype=object)
    cell[0, 0], cell[0, 1] = np.arange(3.0), "word"
    sparse = scipy.sparse.random_array((7, 5), density=0.3, rng=np.random.default_rng(0)).tocsc()
    items = [{"x": np.ones((2, 3)), "name": "µm"}, {"x": np.zeros((0, 0)), "name": "b"}]
    values = {"s": struct_array(items), "c": cell, "t": "text", "p": sparse}
    source = written(tmp_path / "a.mat", values, compressed=compressed)
    assert matlab.variables(source)["s"].fields == ("x", "name")
    found = matlab.load(source, "s")
    np.testing.assert_array_equal(found[0]["x"], np.ones((2, 3)))
    assert found[1]["x"].size == 0
    assert [item["name"] for item in found] == ["µm", "b"]
    numbers, word = matlab.load(source, "c")
    np.testing.assert_array_equal(numbers, [[0.0, 1.0, 2.0]])
    assert word == "word"
    assert matlab.load(source, "t") == "text"
    np.testing.assert_array_equal(matlab.load(source, "p"), sparse.toarray())


def test_versions_agree(tmp_path: Path) -> None:
    items = [{"x": np.arange(6.0).reshape(2, 3)}, {"x": np.ones((4, 1))}]
    written(tmp_path / "old.mat", {"s": struct_array(items), "a": items[0]["x"]}, compressed=True)
    write_v73(tmp_path / "new.mat", {"s": items, "a": items[0]["x"]})
    old, new = Source(tmp_path / "old.mat"), Source(tmp_path / "new.mat")
    np.testing.assert_array_equal(matlab.load(old, "a"), matlab.load(new, "a"))
    for a, b in zip(matlab.load(old, "s"), matlab.load(new, "s"), strict=True):
        np.testing.assert_array_equal(a["x"], b["x"])


def test_a_variable_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    source = written(tmp_path / "a.mat", {"a": np.ones((2, 3))}, compressed=True)
    with pytest.raises(InputError, match=r"no variable 'b'. It has a \(2×3 double\)"):
        matlab.load(source, "b")
