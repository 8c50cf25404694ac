"""Tables in memory: polars, pandas and Arrow, all the same."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import perrin
from perrin.errors import InputError
from perrin.testing.reader import check_same

TABLE = {
    "particle": [7, 7, 7, 9, 9],
    "frame": [0, 1, 3, 1, 2],
    "x": [1.5, 1.75, 2.0, 7.0, 7.5],
    "y": [2.5, 2.25, 2.0, 8.0, 8.5],
}


def expected() -> perrin.Tracks:
    return perrin.read(TABLE)


def test_a_mapping_of_columns() -> None:
    tracks = expected()
    assert tracks.info["track"].to_list() == ["7", "9"]
    assert tracks.positions.tolist() == [[1.5, 2.5], [1.75, 2.25], [2.0, 2.0], [7.0, 8.0], [7.5, 8.5]]
    assert tracks.frames.tolist() == [0, 1, 3, 1, 2]
    assert tracks.provenance[0].format == "memory"


@pytest.mark.parametrize(
    "table",
    [
        pl.DataFrame(TABLE),
        pl.LazyFrame(TABLE),
        pl.DataFrame(TABLE).with_columns(pl.col("particle").cast(pl.Float64), pl.col("x").cast(pl.Float32)),
        pl.DataFrame(TABLE).with_columns(pl.col("particle").cast(pl.String), pl.col("y").cast(pl.String)),
        pd.DataFrame(TABLE),
        pd.DataFrame(TABLE).set_index("frame", drop=False),
        pd.DataFrame(TABLE).astype({"particle": "Int64", "frame": "Int32", "x": "float32"}),
        pd.DataFrame(TABLE).astype({"particle": str}),
        pd.DataFrame(TABLE).astype({"particle": "category"}),
        pa.table(TABLE),
        pa.RecordBatch.from_pydict(TABLE),
    ],
    ids=lambda table: type(table).__module__.split(".")[0],
)
def test_any_table_gives_the_same_tracks(table: object) -> None:
    check_same(expected(), perrin.read(table))


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_missing_values_in_pandas_are_counted(missing: object) -> None:
    frame = pd.DataFrame({**TABLE, "particle": pd.Series([7, 7, missing, 9, 9], dtype=object)})
    tracks = perrin.read(frame)
    assert tracks.lengths.tolist() == [2, 2]
    assert tracks.provenance[0].ignored == {"untracked": 1}


def test_ids_of_several_types_are_words() -> None:
    frame = pd.DataFrame({**TABLE, "particle": pd.Series(["a", "a", 7, 7, None], dtype=object)})
    tracks = perrin.read(frame)
    assert tracks.info["track"].to_list() == ["a", "7"]


def test_missing_numbers_in_nullable_pandas_columns_are_counted() -> None:
    frame = pd.DataFrame({**TABLE, "x": pd.array([1.5, None, 2.0, 7.0, 7.5], dtype="Float64")})
    assert perrin.read(frame).provenance[0].ignored == {"position_missing": 1}


def test_columns_are_chosen_as_in_files() -> None:
    frame = pd.DataFrame(TABLE).rename(columns={"x": "east", "frame": "when"})
    tracks = perrin.read(frame, columns={"x": "east", "frame": "when"}, pixel_size=0.5, frame_interval=0.25)
    np.testing.assert_array_equal(tracks.positions[:, 0], np.array(TABLE["x"]) * 0.5)
    np.testing.assert_array_equal(tracks.times, np.array(TABLE["frame"]) * 0.25)


def test_times_are_no_dates() -> None:
    when = pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-01", "2020-01-02"])
    with pytest.raises(InputError, match="column 'time': contains dates or durations, not numbers"):
        perrin.read(pd.DataFrame({"x": TABLE["x"], "time": when}))


def test_the_table_is_not_touched_and_not_shared() -> None:
    x = np.array(TABLE["x"])
    tracks = perrin.read(pl.DataFrame({**TABLE, "x": x}))
    x[:] = 0.0
    assert tracks.positions[:, 0].tolist() == TABLE["x"]
    frame = pd.DataFrame(TABLE)
    perrin.read(frame)
    pd.testing.assert_frame_equal(frame, pd.DataFrame(TABLE))


INDEXED = pd.DataFrame(TABLE).set_index(["particle", "frame"])


@pytest.mark.parametrize(
    "table",
    [
        INDEXED,
        INDEXED.swaplevel(),
        INDEXED.reset_index("frame"),
        INDEXED.reset_index("particle"),
        INDEXED.rename_axis(["track", "frame"]),
        INDEXED.sample(frac=1, random_state=3),
        pd.DataFrame(TABLE)[lambda rows: rows["x"] > 0].set_axis([4, 8, 15, 16, 23]),
    ],
)
def test_levels_of_an_index_are_columns(table: pd.DataFrame) -> None:
    """They were dropped without a word, and all particles became one."""
    read = perrin.read(table.sort_index() if "particle" in table.index.names else table)
    check_same(expected(), read)


def test_levels_without_names_are_asked_for() -> None:
    with pytest.raises(InputError, match=r"the index has 2 levels, of which some have no names\. Name them"):
        perrin.read(INDEXED.rename_axis([None, None]))


def test_a_column_goes_before_a_level_of_its_name() -> None:
    table = pd.DataFrame(TABLE).set_index(pd.Index([9, 9, 9, 9, 9], name="frame"))
    check_same(expected(), perrin.read(table))


def test_a_series_is_one_track_along_one_axis() -> None:
    values = [1.0, 3.0, 2.0]
    for series in (
        pd.Series(values, name="Close"),
        pl.Series("Close", values),
        pd.Series(values, name="Close").iloc[:],
    ):
        tracks = perrin.read(series)
        assert (len(tracks), tracks.dimension, tracks.units.length) == (1, 1, "Close")
        assert tracks.positions[:, 0].tolist() == values
        assert tracks.frames.tolist() == [0, 1, 2]
    assert perrin.read(pd.Series(values), increments=True).positions[:, 0].tolist() == [1.0, 4.0, 6.0]
    dated = pd.Series(values, index=pd.date_range("2020-01-01", periods=3, name="Date"))
    assert perrin.read(dated, log=True).positions[:, 0].tolist() == np.log(values).tolist()


def test_a_series_with_tracks_and_frames_in_its_index_has_them() -> None:
    tracks = perrin.read(INDEXED["x"])
    assert tracks.info["track"].to_list() == ["7", "9"]
    assert tracks.frames.tolist() == TABLE["frame"]
    assert tracks.positions[:, 0].tolist() == TABLE["x"]


def test_a_list_of_tables_is_a_source_each() -> None:
    tracks = perrin.read([pd.DataFrame(TABLE), pl.DataFrame(TABLE), INDEXED], frame_interval=0.5)
    assert tracks.info["source"].to_list() == ["memory 1"] * 2 + ["memory 2"] * 2 + ["memory 3"] * 2
    assert tracks.info["track"].to_list() == ["7", "9"] * 3
    assert tracks.units.time == "s"
    check_same(tracks[4:].select([0, 1]), perrin.read([INDEXED] * 3, frame_interval=0.5)[["memory 3:7", "memory 3:9"]])


def test_a_list_of_arrays_is_a_track_each() -> None:
    hole = np.array([[0.0, 1.0], [np.nan, 1.0], [2.0, 3.0]])
    tracks = perrin.read([np.zeros((4, 2)), hole], pixel_size=0.5, frame_interval=0.1)
    assert tracks.lengths.tolist() == [4, 2]
    assert tracks[1].frames.tolist() == [0, 2]
    assert tracks[1].positions.tolist() == [[0.0, 0.5], [1.0, 1.5]]
    assert tracks.provenance[0].ignored == {"position_missing": 1}
    assert perrin.read([np.arange(3), np.arange(5)]).dimension == 1
    assert perrin.read(list(np.zeros((2, 5, 3)) + np.arange(5)[:, None])).dimension == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "nothing to read in an empty list. Give one file or table"),
        (3, "cannot read tracks from int. Give a path"),
        ([1.0, 2.0], "cannot read tracks from float"),
        (np.zeros((4, 2)), r"cannot read tracks from ndarray of shape \(4, 2\). Give a list of arrays"),
        ([np.zeros((4, 2)), np.zeros((4, 3))], r"array 1 has the shape \(4, 3\)"),
        ([np.zeros((4, 5))], r"array 0 has the shape \(4, 5\)"),
        (["a.csv", pl.DataFrame(TABLE)], "the list mixes DataFrame, str"),
        ([np.zeros((4, 2)), pl.DataFrame(TABLE)], "the list mixes DataFrame, ndarray"),
    ],
)
def test_what_cannot_be_read_is_told_with_a_remedy(data: object, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        perrin.read(data)
    assert caught.value.remedy


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        perrin.read(pl.DataFrame(schema={"x": pl.Float64, "frame": pl.Int64}))
    with pytest.raises(InputError, match="no column for x"):
        perrin.read(pl.DataFrame({"a": [1.0], "frame": [1]}))
