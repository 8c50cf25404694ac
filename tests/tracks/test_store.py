"""perrin's own files: what is written is read back."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import perrin
from perrin.errors import InputError
from perrin.testing.reader import check_reader, check_same
from perrin.tracks import NO_FRAME, Tracks, Units, concatenate
from perrin.tracks.formats import readers
from perrin.tracks.store import METADATA_KEY, write_csv, write_parquet

FIXTURES = Path(__file__).parent.parent / "fixtures"
PARQUET = next(r for r in readers() if r.name == "perrin-parquet")
COMMON = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def any_tracks(draw: st.DrawFn, *, ids: st.SearchStrategy[str], units: st.SearchStrategy[Units]) -> Tracks:
    dimension = draw(st.integers(1, 3))
    lengths = draw(st.lists(st.integers(1, 6), min_size=1, max_size=5))
    value = st.floats(-1e6, 1e6).map(lambda v: v + 0.0)
    shapes = [(n, dimension) for n in lengths]
    sigma = draw(st.booleans())
    gaps = [np.cumsum(draw(arrays.arrays(np.int64, n, elements=st.integers(1, 4)))) for n in lengths]
    timed = draw(st.booleans())
    return Tracks.from_arrays(
        [draw(arrays.arrays(np.float64, shape, elements=value)) for shape in shapes],
        times=[gap * 0.1 for gap in gaps] if timed else None,
        interval=0.03,
        ids=draw(st.lists(ids, min_size=len(lengths), max_size=len(lengths), unique=True)),
        units=draw(units),
        sigma=[draw(arrays.arrays(np.float64, s, elements=st.floats(0, 10))) for s in shapes] if sigma else None,
    )


UNITS = st.sampled_from([Units("µm", "s"), Units("px", "frame"), Units("px", "s"), Units("µm", "frame")])
SERIES = st.sampled_from([Units("log Close", "frame"), Units("µm/s", "s")])


@pytest.mark.slow
@COMMON
@given(any_tracks(ids=st.text(min_size=1, max_size=4), units=UNITS | SERIES))
def test_parquet_restores_tracks_exactly(tmp_path: Path, tracks: Tracks) -> None:
    write_parquet(tracks, tmp_path / "a.parquet")
    check_same(tracks, perrin.read(tmp_path / "a.parquet"))


@pytest.mark.slow
@COMMON
@given(any_tracks(ids=st.integers(0, 99).map(str), units=UNITS))
def test_csv_gives_equal_tracks(tmp_path: Path, tracks: Tracks) -> None:
    if any(len(np.unique(axis)) < 2 for axis in tracks.positions.T):
        return  # a constant axis of a foreign table is no axis
    path = tmp_path / "a.csv"
    write_csv(tracks, path)
    again = perrin.read(path)
    if tracks.units.time == "frame" and (tracks.frames == NO_FRAME).all():
        lone = len(tracks) > 1 and tracks.lengths.max() == 1
        assert len(again.provenance[0].notes) == lone, "only that every track has one point may be said"
    check_same(tracks, again, exact=False)


def several() -> Tracks:
    one = perrin.read(FIXTURES / "trackmate.xml", condition="wt", replicate="a")
    two = perrin.read(FIXTURES / "table.csv", condition="mutant")
    return concatenate([one, two])


def test_parquet_keeps_parents_sources_conditions_and_frames(tmp_path: Path) -> None:
    tracks = several()
    write_parquet(tracks, tmp_path / "a.parquet")
    again = check_reader(PARQUET, tmp_path / "a.parquet")
    check_same(tracks, again)
    assert again.info["parent"].drop_nulls().to_list() == ["1.1", "1.1", "2.1"]
    assert again.info["source"].unique(maintain_order=True).to_list() == ["trackmate.xml", "table.csv"]
    assert perrin.read(tmp_path / "a.parquet").provenance[0].format == "perrin-parquet"


def test_csv_keeps_parents_sources_and_conditions(tmp_path: Path) -> None:
    tracks = several()
    write_csv(tracks, tmp_path / "a.csv")
    heading = (tmp_path / "a.csv").read_text().split("\n")[0]
    assert heading == "source,condition,replicate,track,parent track,frame,t (s),x (µm),y (µm)"
    check_same(tracks, perrin.read(tmp_path / "a.csv"), exact=False)


def test_parquet_keeps_tracks_that_cannot_be_used(tmp_path: Path) -> None:
    table = {
        "track": [1, 1, 1, 2, 2, 3],
        "frame": [0, 1, 1, 0, 1, 5],
        "x": [0.0, 1.0, 2.0, 0.0, 1.0, None],
        "y": [0.0, 1.0, 2.0, 0.0, 1.0, 1.0],
    }
    tracks = perrin.read(table)
    assert tracks.info["flaw"].is_not_null().to_list() == [True, False, True]
    write_parquet(tracks, tmp_path / "a.parquet")
    check_same(tracks, perrin.read(tmp_path / "a.parquet"))


def test_parquet_keeps_some_frames_missing(tmp_path: Path) -> None:
    tracks = perrin.read(
        {"track": ["a", "a", "b"], "frame": [3, None, 4], "t (s)": [0.1, 0.25, 0.5], "x": [1.0, 2.0, 3.0]}
    )
    assert tracks.frames.tolist() == [3, NO_FRAME, 4]
    write_parquet(tracks, tmp_path / "a.parquet")
    check_same(tracks, perrin.read(tmp_path / "a.parquet"))


def test_pixels_may_be_calibrated_later(tmp_path: Path) -> None:
    tracks = perrin.read(FIXTURES / "mosaic.csv")
    write_parquet(tracks, tmp_path / "a.parquet")
    again = perrin.read(tmp_path / "a.parquet", pixel_size=0.5, frame_interval=0.25)
    assert (again.units.length, again.units.time) == ("µm", "s")
    np.testing.assert_array_equal(again.positions, tracks.positions * 0.5)
    np.testing.assert_array_equal(again.times, tracks.times * 0.25)


def test_two_tracks_of_one_id_are_not_written(tmp_path: Path) -> None:
    tracks = Tracks.from_arrays([np.zeros((2, 2)), np.ones((2, 2))], ids=["a", "a"])
    with pytest.raises(InputError, match="two tracks have the id 'a'"):
        write_parquet(tracks, tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        ({"version": 2, "length": "µm", "time": "s"}, "version 2 .* reads version 1"),
        ({"length": "µm", "time": "s"}, "version None"),
        ({"version": 1, "length": "µm"}, "states its units"),
        ([], "states its units"),
    ],
)
def test_other_versions_are_refused(meta: object, message: str, tmp_path: Path) -> None:
    pl.DataFrame({"track": ["a"], "t": [0.0], "x": [1.0]}).write_parquet(
        tmp_path / "a.parquet", metadata={METADATA_KEY: json.dumps(meta)}
    )
    with pytest.raises(InputError, match=message):
        perrin.read(tmp_path / "a.parquet")


def test_damaged_and_foreign_parquet(tmp_path: Path) -> None:
    write_parquet(perrin.read(FIXTURES / "table.csv"), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-40])
    with pytest.raises(InputError, match="damaged Parquet"):
        perrin.read(tmp_path / "cut.parquet")
    pl.DataFrame({"trajectory": [1, 1], "frame": [0, 1], "x_um": [1.0, 2.0]}).write_parquet(tmp_path / "b.parquet")
    tracks = perrin.read(tmp_path / "b.parquet")
    assert tracks.provenance[0].format == "table"
    assert tracks.units.length == "µm"
