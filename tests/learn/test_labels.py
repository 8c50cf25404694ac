"""Labels are read with care: every error names file, row, value and remedy."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.learn.labels import by_origin, by_teacher, read_labels
from perrin.simulate import simulate_fbm
from perrin.tracks import Tracks, concatenate


@pytest.fixture
def tracks():
    return simulate_fbm(4, 30, seed=1).tracks


def write(tmp_path, text):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    return path


def test_reads_alpha_in_any_order_and_leaves_tracks_out(tmp_path, tracks):
    found = read_labels(write(tmp_path, "alpha,track,note\n1.5,2,x\n0.5,0,y\n,3,\n"), tracks, "alpha")
    np.testing.assert_array_equal(found.target, [0.5, np.nan, 1.5, np.nan])
    assert found.missing == 2
    assert not found.classes


def test_reads_classes_and_a_column_called_label(tmp_path, tracks):
    found = read_labels(write(tmp_path, "track,label\n0,walk\n1,run\n3,walk\n"), tracks, "class")
    assert found.classes == ("run", "walk")
    np.testing.assert_array_equal(found.target, [1, 0, np.nan, 1])


def test_files_that_share_ids_need_their_names(tmp_path):
    walk = np.cumsum(np.ones((30, 2)), axis=0)
    both = concatenate([Tracks.from_arrays([walk], source=name) for name in ("a.csv", "b.csv")])
    with pytest.raises(InputError, match=r"use the same ids.*Add a column source"):
        read_labels(write(tmp_path, "track,alpha\n0,1\n"), both, "alpha")
    found = read_labels(write(tmp_path, "source,track,alpha\nb.csv,0,1.2\n"), both, "alpha")
    np.testing.assert_array_equal(found.target, [np.nan, 1.2])


@pytest.mark.parametrize(
    ("text", "target", "message"),
    [
        ("id,alpha\n0,1\n", "alpha", r"labels.csv: has no column 'track' .it has id, alpha"),
        ("track,class\n0,1\n", "alpha", "has no column 'alpha'"),
        ("track,alpha\n0,1\n0,1.2\n", "alpha", "row 3.*track '0' twice"),
        ("track,alpha\n0,1\n1,fast\n", "alpha", "row 3, column 'alpha': 'fast' is not a valid alpha. Give a number"),
        ("track,alpha\n0,2.5\n", "alpha", "row 2, column 'alpha': '2.5' is not a valid alpha"),
        ("track,alpha\n0,inf\n", "alpha", "row 2, column 'alpha': 'inf' is not a valid alpha"),
        ("track,alpha\n0,nan\n1,\n", "alpha", "column 'alpha': contains no labels"),
        ("track,label\n\n0,1\n1,fast\n", "alpha", "row 4, column 'label': 'fast' is not a valid alpha"),
        ("track,alpha\n\n77,1\n", "alpha", "row 3.*labels none of the 4 tracks"),
        ("track,class, class\n0,a,b\n", "class", "has 2 columns 'class'"),
        ("track,class\n0,a\n\n\n1,b\n\n0,b\n", "class", "row 7, column 'track': labels track '0' twice"),
        ("track,alpha\n77,1\n", "alpha", "labels none of the 4 tracks.*such as '0'"),
        ("track,class\n0,a\n1,a\n", "class", "contains 1 classes"),
    ],
)
def test_says_what_is_wrong(tmp_path, tracks, text, target, message):
    with pytest.raises(InputError, match=message):
        read_labels(write(tmp_path, text), tracks, target)


@pytest.mark.parametrize(
    "text",
    [
        "track,class\n0.0,a\n1.0,b\n",  # as pandas writes ids
        "track , class\n 0 , a \n 1 , b \n",
        "track;class\n0;a\n1;b\n",
        "track\tclass\n0\ta\n1\tb\n",
        "Track,Class\n0,a\n1,b\n2,NA\n3,\n",  # as R writes what is missing
        '"track","class"\n"0","a"\n"1","b"\n',
        "track,class\r\n0,a\r\n1,b\r\n,\r\n,\r\n",  # empty rows of a spreadsheet
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_of_labels_are_read_as_tracks_are(tmp_path, tracks, text, encoding):
    path = tmp_path / "labels[1].csv"
    path.write_bytes(text.encode(encoding))
    found = read_labels(path, tracks, "class")
    assert found.classes == ("a", "b")
    np.testing.assert_array_equal(found.target, [0, 1, np.nan, np.nan])
    assert found.unmatched == 0


def test_ids_and_classes_that_perrin_protects_from_spreadsheets_come_back(tmp_path):
    walk = np.cumsum(np.ones((30, 2)), axis=0)
    made = Tracks.from_arrays([walk, walk], ids=["=a", "b"])
    found = read_labels(write(tmp_path, "track,class\n'=a,'+x\nb,y\n"), made, "class")
    assert found.classes == ("+x", "y")


def test_alpha_with_decimal_commas(tmp_path, tracks):
    found = read_labels(write(tmp_path, "track;alpha\n0;0,5\n1;1,25\n"), tracks, "alpha")
    np.testing.assert_array_equal(found.target, [0.5, 1.25, np.nan, np.nan])


def test_a_missing_file(tmp_path, tracks):
    with pytest.raises(InputError, match=r"no\.csv: does not exist"):
        read_labels(tmp_path / "no.csv", tracks, "alpha")


def test_files_can_be_the_classes():
    walk = np.cumsum(np.random.default_rng(0).standard_normal((30, 2)), axis=0)
    one = Tracks.from_arrays([walk, walk], source="a.csv")
    found = by_origin(concatenate([one, Tracks.from_arrays([walk], source="b.csv")]))
    assert found.classes == ("a.csv", "b.csv")
    assert found.target.tolist() == [0, 0, 1]
    with pytest.raises(InputError, match="one file"):
        by_origin(one)


@pytest.mark.parametrize("teacher", ["exact", "tamsd"])
def test_long_tracks_teach_their_windows(teacher):
    long, short = simulate_fbm(3, 200, hurst=0.3, seed=1).tracks, simulate_fbm(2, 30, hurst=0.3, seed=2).tracks
    found = by_teacher(concatenate([long, short]), teacher, 50)
    assert np.isfinite(found.target[:3]).all()
    assert np.isnan(found.target[3:]).all()
    assert found.target[:3].mean() == pytest.approx(0.6, abs=0.15)
    with pytest.raises(InputError, match="two windows"):
        by_teacher(short, teacher, 50)
    with pytest.raises(InputError, match="unknown source of labels 'oracle'"):
        by_teacher(long, "oracle", 50)
