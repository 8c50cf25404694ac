"""The traps of each tracker's format, on fixtures of their own: content, units, counts, notes, refusals."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import perrin
from perrin.errors import InputError
from perrin.testing.reader import check_reader
from perrin.tracks import Tracks
from perrin.tracks.formats import readers
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions

FIXTURES = Path(__file__).parent.parent / "fixtures"
OWN = {
    "trackmate_oldest.xml": "trackmate-xml",
    "trackmate_headless.csv": "trackmate-csv",
    "icy.xml": "icy",
    "isbi.xml": "isbi",
    "mtrackj.mdf": "mtrackj",
    "spot_on.csv": "spot-on",
    "evalspt.txt": "evalspt",
    "slimfast.txt": "slimfast",
    "imaris.csv": "imaris",
    "imaris_birth.csv": "imaris",
    "napari.csv": "napari",
    "napari.npy": "napari",
    "minflux.npy": "minflux",
    "minflux_flat.npy": "minflux",
    "minflux.mat": "minflux",
    "utrack.mat": "utrack",
    "utrack_73.mat": "utrack",
    "anders.mat": "anders",
    "tracks.geff": "geff",
}


def reader(name: str) -> Reader:
    return next(r for r in readers() if r.name == name)


def content(tracks: Tracks) -> dict[str, list[tuple[float, ...]]]:
    """Track id -> (frame, t, x, y …) of each point."""
    frame = tracks.to_polars().drop("source")
    return {key[0]: group.drop("track").rows() for key, group in frame.group_by("track", maintain_order=True)}


def parents(tracks: Tracks) -> dict[str, str]:
    return dict(tracks.info.select("track", "parent").drop_nulls().rows())


@pytest.mark.parametrize(("file", "name"), OWN.items())
def test_the_reader_keeps_its_contract_and_claims_the_file_alone(file: str, name: str, tmp_path: Path) -> None:
    path = FIXTURES / file
    check_reader(reader(name), path)
    assert [r.name for r in readers() if not r.general and r.sniff(Source(path))] == [name]
    copy = tmp_path / "data"
    shutil.copytree(path, copy) if path.is_dir() else shutil.copy(path, copy)
    assert perrin.read(copy).provenance[0].format == name


# TrackMate


def test_oldest_trackmate_has_links_before_spots_and_units_in_the_image() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_oldest.xml")
    assert content(tracks) == {
        "0": [(0, 0.0, 1.0, 2.0), (1, 0.5, 1.5, 2.5), (2, 1.0, 1.25, 2.25)],
        "1.1": [(0, 0.0, 5.0, 6.0), (1, 0.5, 5.5, 6.5)],
        "1.2": [(2, 1.0, 4.5, 6.75)],
        "1.3": [(2, 1.0, 6.5, 6.25)],
    }
    assert parents(tracks) == {"1.2": "1.1", "1.3": "1.1"}
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")
    assert tracks.provenance[0].ignored == {"untracked": 1}


def test_headless_trackmate_marks_tracks_that_its_filters_rejected() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_headless.csv")
    assert content(tracks) == {
        "0": [(0, 0.0, 1.5, 2.5), (1, 0.5, 1.75, 2.25)],
        "2": [(1, 0.5, 8.5, 8.5), (3, 1.5, 8.75, 8.25)],
    }
    entry = tracks.provenance[0]
    assert entry.ignored == {"filtered_out": 2, "untracked": 1}
    assert (entry.length_unit, entry.time_unit, entry.rows) == ("micron", "sec", 7)
    assert "of 3 rows" in entry.reason


def test_two_spots_of_one_id_are_refused(tmp_path: Path) -> None:
    text = (FIXTURES / "trackmate_oldest.xml").read_text().replace('Spot ID="9"', 'Spot ID="3"')
    (tmp_path / "a.xml").write_text(text)
    with pytest.raises(InputError, match="two spots have the ID 3"):
        perrin.read(tmp_path / "a.xml")


# Icy, ISBI


def test_icy_pieces_are_rejoined_and_interpolated_detections_left_out() -> None:
    tracks = perrin.read(FIXTURES / "icy.xml")
    assert content(tracks) == {
        "-1733": [(0, 0.0, 1.5, 2.5), (1, 1.0, 1.75, 2.25), (4, 4.0, 2.0, 2.0), (6, 6.0, 2.25, 2.5)],
        "7.1": [(0, 0.0, 5.0, 5.0), (1, 1.0, 5.5, 5.5)],
        "7.2": [(2, 2.0, 6.0, 5.0)],
        "7.3": [(2, 2.0, 5.0, 6.0)],
        "10": [(7, 7.0, 9.0, 9.0)],
    }
    assert parents(tracks) == {"7.2": "7.1", "7.3": "7.1"}
    assert (tracks.units.length, tracks.units.time) == ("px", "frame")
    entry = tracks.provenance[0]
    assert (entry.ignored, entry.rows) == ({"interpolated": 1}, 10)
    assert any("1 links do not lead forward" in note for note in entry.notes)
    assert any("cut at 1 split and 0 merges" in note for note in entry.notes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('to="408"', 'to="409"', "a link refers to track '409'"),
        ('track id="8"', 'track id="7"', "row 18: two tracks have the id '7'"),
        ('x="5.5"', 'x="a"', "row 16: detection has x='a'"),
    ],
)
def test_icy_that_contradicts_itself(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text((FIXTURES / "icy.xml").read_text().replace(old, new))
    with pytest.raises(InputError, match=message):
        perrin.read(tmp_path / "a.xml")


def test_isbi_counts_particles_from_zero() -> None:
    tracks = perrin.read(FIXTURES / "isbi.xml")
    assert content(tracks) == {
        "0": [(3, 3.0, 17.5, 31.75, 0.5), (4, 4.0, 17.25, 31.25, 1.0), (6, 6.0, 15.5, 26.75, 1.5)],
        "2": [(0, 0.0, 5.5, 6.5, 1.0)],
    }
    assert tracks.provenance[0].notes == ("1 tracks contain no detection",)


# text


def test_mtrackj_names_tracks_by_cluster() -> None:
    tracks = perrin.read(FIXTURES / "mtrackj.mdf")
    assert content(tracks) == {
        "1.1": [(1, 1.0, 91.5, 15.5, 1.0), (2, 2.0, 90.25, 14.75, 2.0), (4, 4.0, 90.5, 14.5, 2.0)],
        "1.2": [(1, 1.0, 10.5, 20.5, 1.0)],
        "2.1": [(2, 2.0, 50.5, 60.5, 3.0), (3, 3.0, 50.75, 60.25, 3.0)],
    }
    assert tracks.units.length == "px"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Point 2 90.25", "Point 2 x", "row 8: 'Point 2 x 14.75"),
        ("Track 2", "Track 1", "row 10: track 1.1.1 occurs twice"),
        ("Track 1 00ff00\r\n", "", "row 6: a Point comes before the first Track"),
    ],
)
def test_mtrackj_that_makes_no_sense(old: str, new: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.mdf").write_bytes((FIXTURES / "mtrackj.mdf").read_bytes().replace(old.encode(), new.encode(), 1))
    with pytest.raises(InputError, match=message):
        perrin.read(tmp_path / "a.mdf")


def test_mtrackj_may_hold_times_instead_of_frames(tmp_path: Path) -> None:
    text = (FIXTURES / "mtrackj.mdf").read_bytes().replace(b" 4.0 1.0", b" 4.5 1.0")
    (tmp_path / "a.mdf").write_bytes(text)
    assert perrin.read(tmp_path / "a.mdf").times[:3].tolist() == [1.0, 2.0, 4.5]


def test_spot_on_is_in_micrometres_and_seconds() -> None:
    tracks = perrin.read(FIXTURES / "spot_on.csv")
    assert [*content(tracks)] == ["1", "2"]
    np.testing.assert_allclose(tracks.times, [0.03, 0.04, 0.06, 0.03], rtol=1e-12)
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")


@pytest.mark.parametrize("file", ["evalspt.txt", "slimfast.txt"])
def test_evalspt_and_slimfast_go_by_place(file: str) -> None:
    tracks = perrin.read(FIXTURES / file)
    assert content(tracks)["2"] == [(1, 1.0, 50.5, 60.5), (2, 2.0, 50.25, 60.75)]
    assert content(tracks)["1"][:2] == [(3, 3.0, 10.5, 20.5), (4, 4.0, 10.75, 20.25)]
    assert tracks.units.length == "px"


@pytest.mark.parametrize(
    "text",
    [
        "1.5\t2.5\t1\t1\n1.6\t2.6\t2\t1\n1.7\t2.7\t3\t2\n1.8\t2.8\t4\t1\n",  # ids not in blocks
        "1.5\t2.5\t2\t1\n1.6\t2.6\t1\t1\n",  # frames fall
        "1.5\t2.5\t1\t1.5\n1.6\t2.6\t2\t1.5\n",  # ids not whole
        "1.5\t2.5\t1\t1\n1.6\t2.6\t1\t2\n1.7\t2.7\t1\t3\n",  # one row per track: nothing shows that frames rise
    ],
)
def test_evalspt_leaves_other_numbers_alone(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert reader("evalspt").sniff(Source(tmp_path / "a.txt")) is None
    (tmp_path / "a.txt").write_text("a\tb\tc\td\n" + text)
    assert reader("slimfast").sniff(Source(tmp_path / "a.txt")) is None


def test_imaris_has_its_unit_in_a_column_and_spots_without_track() -> None:
    tracks = perrin.read(FIXTURES / "imaris.csv")
    assert content(tracks)["1000000000"] == [
        (1, 1.0, 1.5, 2.5, 3.5),
        (2, 2.0, 1.75, 2.25, 3.25),
        (4, 4.0, 2.0, 2.0, 3.0),
    ]
    entry = tracks.provenance[0]
    assert (tracks.units.length, entry.length_unit, entry.ignored) == ("µm", "um", {"untracked": 1})
    assert "below 3 other lines" in entry.reason
    assert entry.unused_columns == ("Category", "Collection", "ID")
    assert perrin.read(FIXTURES / "imaris.csv", frame_interval=0.5).times[:3].tolist() == [0.5, 1.0, 2.0]


def test_imaris_birth_is_a_time_in_seconds() -> None:
    tracks = perrin.read(FIXTURES / "imaris_birth.csv")
    assert tracks.units.time == "s"
    np.testing.assert_allclose(tracks.positions, [[1.5e-3, 2.5e-3, 3.5e-3], [1.75e-3, 2.25e-3, 3.25e-3]])
    np.testing.assert_allclose(tracks.times, [0.5, 1.0])


def test_imaris_with_two_units_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text((FIXTURES / "imaris.csv").read_text().replace("2,2,3,um", "2,2,3,nm"))
    with pytest.raises(InputError, match="row 7, column 'Unit': uses the units nm and um together"):
        perrin.read(tmp_path / "a.csv")


def test_thunderstorm_holds_no_tracks() -> None:
    path = FIXTURES / "thunderstorm.csv"
    with pytest.raises(InputError, match=r"contains no tracks \(its ids are those of localizations\)\. Link"):
        perrin.read(path)
    forced = perrin.read(path, format="table", columns={"track": "id", "x": "x [nm]"})
    assert len(forced) == 3
    assert any(
        "every track has only one position; 'id' may be the id of spots" in n for n in forced.provenance[0].notes
    )


# napari, MINFLUX


def test_napari_has_y_before_x() -> None:
    assert content(perrin.read(FIXTURES / "napari.npy")) == {
        "0": [(0, 0.0, 1.5, 2.5), (1, 1.0, 1.75, 2.25)], "1": [(0, 0.0, 7.5, 8.5)],
    }  # fmt: skip
    assert content(perrin.read(FIXTURES / "napari.csv"))["0"] == [(0, 0.0, 1.5, 2.5, 3.5), (1, 1.0, 1.75, 2.25, 3.25)]


def test_an_array_whose_ids_are_not_whole_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[0.0, 0, 1, 2], [0.5, 1, 1, 2]]))
    with pytest.raises(InputError, match=r"row 2: 0.5 is not a track id"):
        perrin.read(tmp_path / "a.npy")


@pytest.mark.parametrize("file", ["minflux.npy", "minflux_flat.npy", "minflux.mat"])
def test_minflux_counts_valid_last_iterations_only(file: str) -> None:
    tracks = perrin.read(FIXTURES / file)
    np.testing.assert_allclose(tracks.positions, [[1.5, 2.5], [1.75, 2.25], [2.0, 2.0]], rtol=1e-12)
    np.testing.assert_allclose(tracks.times, [0.5, 0.75, 1.5])
    assert tracks.info["track"].to_list() == ["7"]
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")
    flat = file == "minflux_flat.npy"
    assert tracks.provenance[0].ignored == ({"not_valid": 2, "earlier_iteration": 3} if flat else {"not_valid": 1})


# MATLAB


@pytest.mark.parametrize("file", ["utrack.mat", "utrack_73.mat"])
def test_utrack_is_cut_at_splits_and_merges_and_keeps_its_errors(file: str) -> None:
    tracks = perrin.read(FIXTURES / file)
    found = {name: [row[:4] for row in rows] for name, rows in content(tracks).items()}
    assert found == {
        "1": [(3, 3.0, 1.5, 2.5), (4, 4.0, 1.75, 2.25), (6, 6.0, 2.0, 2.0)],
        "2.1": [(1, 1.0, 5.0, 5.0), (2, 2.0, 6.0, 5.0)],
        "2.2": [(3, 3.0, 7.0, 5.0), (4, 4.0, 8.0, 5.0)],
        "2.3": [(3, 3.0, 7.0, 6.0), (4, 4.0, 8.0, 6.0)],
        "2.4": [(5, 5.0, 9.0, 5.0)],
    }
    assert parents(tracks) == {"2.2": "2.1", "2.3": "2.1", "2.4": "2.2"}
    assert tracks.sigma is not None
    assert tracks.sigma[:3].tolist() == [[0.1, 0.2], [0.1, 0.2], [0.3, 0.4]]
    assert any("cut at 1 split and 1 merge" in note for note in tracks.provenance[0].notes)


def test_trackedpar_is_in_micrometres_and_seconds() -> None:
    tracks = perrin.read(FIXTURES / "anders.mat")
    assert [*content(tracks)] == ["1", "2"]
    assert tracks.positions.tolist() == [[1.5, 2.5], [1.75, 2.25], [7.5, 8.5]]
    np.testing.assert_allclose(tracks.times, [0.03, 0.04, 0.03])
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")


def test_a_matrix_does_not_say_what_its_columns_are() -> None:
    path = FIXTURES / "matrix.mat"
    with pytest.raises(
        InputError, match=r"the roles of the 3 columns of matrix .*1.5 2.5 1; .*--columns x=1,y=2,track=3,frame=row"
    ):
        perrin.read(path)
    options = {"x": "1", "y": "2", "track": "3", "frame": "row"}
    tracks = check_reader(reader("matrix"), path, ReadOptions(columns=options))
    assert content(tracks) == {
        "1": [(0, 0.0, 1.5, 2.5), (1, 1.0, 1.75, 2.25)],
        "2": [(0, 0.0, 7.5, 8.5), (1, 1.0, 7.25, 8.25), (2, 2.0, 7.0, 8.0)],
    }
    for wrong, message in (({"x": "4"}, "x=4 does not exist"), ({"y": "2"}, "needs a column for x"),
                           ({"x": "1", "matrix": "other"}, "no matrix 'other'")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            perrin.read(path, columns=wrong)


def test_matlab_files_without_tracks_say_what_they_hold(tmp_path: Path) -> None:
    from tests.helpers.matfiles import write_v7

    write_v7(tmp_path / "a.mat", {"settings": np.ones((2, 2))})
    with pytest.raises(InputError, match="a MATLAB file without tracks"):
        perrin.read(tmp_path / "a.mat")


@pytest.mark.parametrize(("file", "missing"), [("utrack_73.mat", "h5py"), ("tracks.geff", "zarr")])
def test_a_missing_extra_is_named_with_its_remedy(file: str, missing: str) -> None:
    code = f"import sys; sys.modules[{missing!r}] = None; import perrin; perrin.read({str(FIXTURES / file)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"needs the package {missing}" in done.stderr
    assert "pip install 'perrin[formats]'" in done.stderr


# GEFF


def test_geff_is_cut_at_splits_scaled_and_leaves_out_what_is_marked_missing() -> None:
    tracks = perrin.read(FIXTURES / "tracks.geff")
    assert content(tracks) == {
        "0.1": [(0, 0.0, 3.0, 5.0), (1, 1.0, 3.5, 4.5)],
        "0.2": [(2, 2.0, 4.0, 4.0)],
        "0.3": [(2, 2.0, 2.0, 6.0)],
        "1": [(0, 0.0, 15.0, 17.0), (3, 3.0, 14.0, 16.0)],
    }
    assert parents(tracks) == {"0.2": "0.1", "0.3": "0.1"}
    entry = tracks.provenance[0]
    assert (tracks.units.length, tracks.units.time, entry.ignored) == ("µm", "frame", {"position_missing": 1})


def test_a_folder_that_is_no_zarr_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        perrin.read(tmp_path)
