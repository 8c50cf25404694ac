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


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="cannot read tracks from int"):
        perrin.read(3)
    with pytest.raises(InputError, match="no rows"):
        perrin.read(pl.DataFrame(schema={"x": pl.Float64, "frame": pl.Int64}))
    with pytest.raises(InputError, match="no column for x"):
        perrin.read(pl.DataFrame({"a": [1.0], "frame": [1]}))
