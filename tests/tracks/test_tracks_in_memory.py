"""`Tracks.from_arrays`: what is plainly meant is taken, what cannot be is told."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from perrin.errors import InputError
from perrin.tracks import Tracks, Units
from perrin.tracks.model import track_info

PLANE = [np.zeros((4, 2)), np.ones((3, 2))]


def test_flat_arrays_are_positions_along_one_axis():
    tracks = Tracks.from_arrays([np.arange(3.0), np.arange(3.0)], sigma=[np.full(3, 0.1)] * 2)
    assert tracks.dimension == 1
    assert tracks.lengths.tolist() == [3, 3]
    assert tracks.positions[:, 0].tolist() == [0, 1, 2, 0, 1, 2]
    assert tracks.sigma.shape == (6, 1)


@pytest.mark.parametrize(
    ("sigma", "words"),
    [
        ([np.full(4, 0.1), np.full(3, 0.1)], "shape"),
        ([np.full((4, 2), 0.1), np.full((2, 2), 0.1)], "shape"),
        ([np.full((4, 2), np.nan), np.full((3, 2), 0.1)], "missing"),
        ([np.full((4, 2), -0.1), np.full((3, 2), 0.1)], "negative"),
        ([np.full((4, 2), np.inf), np.full((3, 2), 0.1)], "infinite"),
    ],
)
def test_errors_that_cannot_be_are_refused(sigma, words):
    """They were ignored, or met later as an IndexError."""
    with pytest.raises(InputError, match=f"localization error.*{words}"):
        Tracks.from_arrays(PLANE, sigma=sigma)


def test_tracks_of_different_axes_do_not_go_together():
    with pytest.raises(InputError, match="numbers of axes"):
        Tracks.from_arrays([np.zeros((4, 2)), np.zeros((4, 3))])


@pytest.fixture
def three() -> Tracks:
    return Tracks.from_arrays([np.full((n, 2), float(n)) for n in (4, 5, 6)], ids=["a", "b", "c"])


def test_tracks_are_counted_and_taken_one_after_the_other(three):
    assert len(three) == 3
    assert [one.info["track"].item() for one in three] == ["a", "b", "c"]
    assert [len(one) for one in three] == [1, 1, 1]


@pytest.mark.parametrize(
    ("which", "lengths"),
    [
        (1, [5]),
        (-1, [6]),
        (np.int64(2), [6]),
        ("c", [6]),
        ("memory:a", [4]),
        (slice(None, None, -1), [6, 5, 4]),
        (slice(1, 99), [5, 6]),
        ([2, 0], [6, 4]),
        ([], []),
        (["c", "a"], [6, 4]),
        (np.array([True, False, True]), [4, 6]),
        ([False, False, False], []),
        (pl.Series([False, True, True]), [5, 6]),
        (np.array([2, -3]), [6, 4]),
    ],
)
def test_some_tracks_by_number_id_slice_or_mask(three, which, lengths):
    some = three[which]
    assert isinstance(some, Tracks)
    assert some.lengths.tolist() == lengths
    assert np.array_equal(some.positions[:, 0], np.repeat(np.array(lengths, dtype=float), lengths))


@pytest.mark.parametrize(
    ("which", "error", "words"),
    [
        (3, IndexError, "no track has the number 3; they are numbered from 0 to 2"),
        (-4, IndexError, "number -4"),
        (1.5, IndexError, "number 1.5"),
        ("d", InputError, "no track has the id 'd'. The ids are 'a', 'b', 'c'"),
        ([True, False], InputError, "2 bools for 3 tracks"),
    ],
)
def test_tracks_that_are_not_there_are_told(three, which, error, words):
    with pytest.raises(error, match=words):
        three[which]


def test_an_id_of_two_files_wants_the_file_too(three):
    info = three.info.with_columns(source=pl.Series(["x.csv", "y.csv", "y.csv"]), track=pl.Series(["a", "a", "b"]))
    both = replace(three, info=info)
    with pytest.raises(InputError, match=r"2 tracks have the id 'a'\. Name one as 'x.csv:a'"):
        both["a"]
    assert both["y.csv:a"].lengths.tolist() == [5]


def test_tables_hold_the_points(three):
    polars, pandas = three.to_polars(), three.to_pandas()
    assert polars.columns == list(pandas.columns) == ["source", "track", "frame", "t", "x", "y"]
    assert pandas["x"].to_list() == polars["x"].to_list() == three.positions[:, 0].tolist()


def test_arrays_remain_their_owners():
    """They became read-only in the hands of the caller, who now may write there without changing the tracks."""
    places, times, frames = np.zeros((4, 2)), np.arange(4.0), np.arange(4)
    offsets, sigma = np.array([0, 4]), np.ones((4, 2))
    tracks = Tracks(places, times, offsets, track_info(["a"], source="mine"), Units(), frames, sigma)
    for array in (places, times, frames, offsets, sigma):
        array[0] += 7
    assert tracks.positions.max() == 0
    assert (tracks.times[0], tracks.frames[0], tracks.offsets[0], tracks.sigma.max()) == (0, 0, 0, 1)
    with pytest.raises(ValueError, match="read-only"):
        tracks.positions[0] = 1
