"""Write, read, equal: for every dialect that perrin reads and every format that it writes."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import perrin
from perrin.errors import InputError
from perrin.export import WRITERS, choose_writer, table_of_tracks
from perrin.testing.reader import check_same
from perrin.tracks import NO_FRAME, Tracks, Units
from perrin.tracks.model import track_info
from tests.helpers.dialects import DIALECTS, Dialect

FIXTURES = Path(__file__).parent.parent / "fixtures"
ENDINGS = {name: known.ending or ".csv" for name, known in WRITERS.working()}


def round_trip(tracks: Tracks, name: str, folder: Path) -> Tracks:
    path = folder / f"out{ENDINGS[name]}"
    WRITERS[name].write(table_of_tracks(tracks), path)
    options = {}
    if name == "napari-array" and tracks.units.length == "µm":
        options["pixel_size"] = 1.0
    return perrin.read(path, **options)


def check_kept(before: Tracks, after: Tracks, name: str) -> None:
    """Assert that all came back that the format can hold."""
    if name == "parquet":
        check_same(before, after)
        return
    if name == "napari-array":
        assert after.lengths.tolist() == before.lengths.tolist()
        np.testing.assert_array_equal(after.positions, before.positions)
        if before.frames[0] != NO_FRAME:
            assert after.frames.tolist() == before.frames.tolist()
        return
    framed = after.frames if before.frames[0] == NO_FRAME and name in ("trackmate", "napari") else before.frames
    check_same(replace(before, frames=framed), after, exact=False)


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda d: f"{d.reader}: {d.name}")
def test_every_reader_and_every_writer(dialect: Dialect, name: str, tmp_path: Path) -> None:
    path = tmp_path / dialect.file
    dialect.write(path, dialect.sample(7, dialect.dimensions[-1]))
    tracks = perrin.read(path, **dialect.options)
    check_kept(tracks, round_trip(tracks, name, tmp_path), name)


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "napari-array"])
@pytest.mark.parametrize("file", ["trackmate.xml", "utrack.mat", "icy.xml", "tracks.geff"])
def test_parents_and_odd_ids_come_back(file: str, name: str, tmp_path: Path) -> None:
    tracks = perrin.read(FIXTURES / file)
    check_kept(tracks, round_trip(tracks, name, tmp_path), name)


def named(ids: list[str], seed: int = 0) -> Tracks:
    """Two points a track, under any ids."""
    rng = np.random.default_rng(seed)
    n = len(ids)
    return Tracks(
        positions=rng.normal(size=(2 * n, 2)),
        times=np.tile([0.0, 1.0], n),
        offsets=np.arange(0, 2 * n + 1, 2),
        info=track_info(ids, source="tracks"),
        units=Units("µm", "s"),
        frames=np.tile([0, 1], n),
    )


WORDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)
ODD = st.sampled_from(
    [
        "=1+1",
        "@SUM(A1)",
        "+1",
        "-1",
        "-1+2",
        "'=x",
        "''",
        "12.0",
        "nan",
        "None",
        "ø",
        "<b>",
        "&amp;",
        "a,b",
        'a"b',
        "1e5",
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in WRITERS if name != "napari-array"])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ids=st.lists(ODD | WORDS, min_size=1, max_size=6, unique=True))
def test_any_id_comes_back(name: str, ids: list[str], tmp_path: Path) -> None:
    tracks = named(ids)
    path = tmp_path / f"out{ENDINGS[name]}"
    WRITERS[name].write(table_of_tracks(tracks), path)
    back = perrin.read(path)
    assert back.info["track"].to_list() == ids
    np.testing.assert_array_equal(back.positions, tracks.positions)


@pytest.mark.parametrize("name", ["csv", "trackmate", "napari"])
def test_no_cell_is_a_formula(name: str, tmp_path: Path) -> None:
    ids = ["=cmd|'/c calc'!A1", "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1", "fine", "-7"]
    path = tmp_path / "out.csv"
    WRITERS[name].write(table_of_tracks(named(ids)), path)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=cmd|'/c calc'!A1" in cells
    numbers = [cell for cell in cells if cell[:1] in tuple("=+-@\t\r")]
    assert all(float(cell) is not None for cell in numbers)  # a number is no formula
    assert "'-7" in cells


def test_the_ending_chooses_the_format_and_a_name_overrides_it(tmp_path: Path) -> None:
    assert choose_writer(Path("a.csv"), None) == "csv"
    assert choose_writer(Path("a.csv"), "trackmate") == "trackmate"
    assert choose_writer(Path("a.geff"), None) == "geff"
    for path, name, message in (
        (Path("a.txt"), None, "cannot write .txt"),
        (Path("a.csv"), "x", "unknown output format 'x'"),
    ):
        with pytest.raises(InputError, match=message):
            choose_writer(path, name)


@pytest.mark.parametrize("name", ["trackmate", "napari", "napari-array"])
def test_irregular_times_have_no_frames(name: str, tmp_path: Path) -> None:
    times = [np.array([0.0, 1.0, 2.5, 2.9])]
    tracks = Tracks.from_arrays([np.arange(8.0).reshape(4, 2) ** 2], times=times, units=Units("µm", "s"))
    with pytest.raises(InputError, match="irregular times have no frame numbers"):
        WRITERS[name].write(table_of_tracks(tracks), tmp_path / "out.csv")
    assert not list(tmp_path.iterdir())


def test_geff_is_valid_by_the_reference_package(tmp_path: Path) -> None:
    import geff

    tracks = perrin.read(FIXTURES / "trackmate.xml")
    WRITERS["geff"].write(table_of_tracks(tracks), tmp_path / "a.geff")
    geff.validate_structure(tmp_path / "a.geff")
    graph, about = geff.read(tmp_path / "a.geff")
    assert [axis.name for axis in about.axes] == ["t", "y", "x"]
    assert graph.number_of_nodes() == tracks.n_points
    # Nine links within tracks... one fewer than points of each, and one from each parent to its child.
    assert graph.number_of_edges() == tracks.n_points - len(tracks) + tracks.info["parent"].is_not_null().sum()


def test_trackmate_heads_its_table_as_the_importer_wants(tmp_path: Path) -> None:
    tracks = perrin.read(FIXTURES / "trackmate_spots.csv")
    WRITERS["trackmate"].write(table_of_tracks(tracks), tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME")
    assert lines[3].startswith(",,,(quality),(micron),(micron),(micron),(sec),")
    body = pl.read_csv((tmp_path / "a.csv").read_bytes().split(b"\n", 4)[4], has_header=False)
    assert body["column_2"].dtype == pl.Int64
    assert body["column_8"].dtype == pl.Int64
