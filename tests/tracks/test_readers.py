"""Each reader against a fixture of its own: exact content, units, counts, notes, and nobody else's claim."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import perrin
from perrin.errors import InputError
from perrin.testing.reader import check_reader
from perrin.tracks import Tracks
from perrin.tracks.formats import readers
from perrin.tracks.graph import find_branches
from perrin.tracks.source import Source
from perrin.tracks.table import Reader, ReadOptions

FIXTURES = Path(__file__).parent.parent / "fixtures"
OWN = {
    "trackmate_spots.csv": "trackmate-csv",
    "trackmate_spots_one_row.csv": "trackmate-csv",
    "trackmate_spots_displayed.csv": "trackmate-csv",
    "trackmate.xml": "trackmate-xml",
    "trackmate_tracks.xml": "trackmate-tracks",
    "mosaic.csv": "mosaic",
    "mosaic.tsv": "mosaic",
    "trxyt.txt": "trxyt",
    "trxyt_indexed.txt": "trxyt",
    "andi1.txt": "andi1",
    "andi2.csv": "andi2",
    "series_dates.csv": "series",
    "series_column.txt": "series",
    "table.csv": "table",
}


def reader(name: str) -> Reader:
    return next(r for r in readers() if r.name == name)


def content(tracks: Tracks) -> dict[str, list[tuple[float, ...]]]:
    """Track id -> (frame, t, x, y …) of each point."""
    frame = tracks.to_polars().drop("source")
    return {key[0]: group.drop("track").rows() for key, group in frame.group_by("track", maintain_order=True)}


@pytest.mark.parametrize(("file", "name"), OWN.items())
def test_every_reader_keeps_its_contract(file: str, name: str) -> None:
    check_reader(reader(name), FIXTURES / file)


@pytest.mark.parametrize(("file", "name"), OWN.items())
def test_the_content_decides_and_no_other_special_reader_claims_the_file(file: str, name: str) -> None:
    source = Source(FIXTURES / file)
    claims = [r.name for r in readers() if not r.general and r.sniff(source)]
    assert claims == ([] if name in ("table", "series") else [name])
    assert perrin.read(FIXTURES / file).provenance[0].format == name


@pytest.mark.parametrize(("file", "name"), OWN.items())
def test_the_name_of_the_file_does_not_matter(file: str, name: str, tmp_path: Path) -> None:
    copy = tmp_path / "data"
    copy.write_bytes((FIXTURES / file).read_bytes())
    assert perrin.read(copy).provenance[0].format == name


# TrackMate, spots


def test_trackmate_csv_with_four_heading_rows_states_its_units() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_spots.csv")
    assert content(tracks) == {
        "0": [(0, 0.0, 1.5, 2.5), (1, 0.5, 1.75, 2.25), (3, 1.5, 2.0, 2.0)],
        "1": [(0, 0.0, 7.0, 8.0), (1, 0.5, 7.5, 8.5)],
    }
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")
    entry = tracks.provenance[0]
    assert (entry.length_unit, entry.time_unit, entry.frame_interval) == ("micron", "sec", 0.5)
    assert entry.ignored == {"untracked": 1}
    assert entry.rows == 6
    assert entry.notes == ("z is always 0: read as 2-D",)
    assert "LABEL" in entry.unused_columns
    assert "heading, of 4 rows" in entry.reason


def test_trackmate_csv_in_pixels_takes_a_pixel_size(tmp_path: Path) -> None:
    text = (FIXTURES / "trackmate_spots.csv").read_text().replace("(micron)", "(pixel)")
    (tmp_path / "a.csv").write_text(text)
    assert perrin.read(tmp_path / "a.csv").units.length == "px"
    scaled = perrin.read(tmp_path / "a.csv", pixel_size=0.5)
    assert scaled.units.length == "µm"
    assert scaled.positions[0].tolist() == [0.75, 1.25]


def test_trackmate_csv_with_one_heading_row_states_no_units() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_spots_one_row.csv")
    assert content(tracks) == {"0": [(1, 1.0, 3.0, 4.0), (2, 2.0, 3.5, 4.5)]}
    assert (tracks.units.length, tracks.units.time) == ("px", "frame")
    entry = tracks.provenance[0]
    assert (entry.length_unit, entry.time_unit) == (None, None)
    assert entry.ignored == {"untracked": 2}
    notes = " ".join(entry.notes)
    assert "--pixel-size 1" in notes
    assert "POSITION_T increases by 60 per frame" in notes
    assert "--frame-interval 60" in notes


def test_trackmate_csv_believes_the_user_and_then_has_nothing_to_note() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_spots_one_row.csv", pixel_size=1, frame_interval=0.06)
    assert content(tracks) == {"0": [(1, 0.06, 3.0, 4.0), (2, 0.12, 3.5, 4.5)]}
    assert not any("--pixel-size" in note or "--frame-interval" in note for note in tracks.provenance[0].notes)


def test_trackmate_csv_with_displayed_names() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_spots_displayed.csv")
    assert content(tracks) == {"4": [(0, 0.0, 1.0, 1.0, 0.5), (1, 1.0, 3.0, 4.0, 0.75), (2, 2.0, 3.5, 4.5, 1.0)]}
    assert tracks.provenance[0].columns["t"] == "T"


def test_trackmate_csv_marks_missing_tracks_with_a_crossed_o(tmp_path: Path) -> None:
    text = (FIXTURES / "trackmate_spots.csv").read_text().replace("ID15,15,,", "ID15,15,ø,")
    (tmp_path / "a.csv").write_text(text)
    assert perrin.read(tmp_path / "a.csv").provenance[0].ignored == {"untracked": 1}


# TrackMate, XML


def test_trackmate_xml_is_cut_at_splits_and_merges() -> None:
    tracks = perrin.read(FIXTURES / "trackmate.xml")
    assert content(tracks) == {
        "0": [(0, 0.0, 1.0, 1.5), (1, 0.5, 1.25, 1.75), (3, 1.5, 1.5, 2.0)],
        "1.1": [(0, 0.0, 5.0, 5.0), (1, 0.5, 5.5, 5.5)],
        "1.2": [(2, 1.0, 6.0, 5.0), (3, 1.5, 6.5, 4.5)],
        "1.3": [(2, 1.0, 5.0, 6.0)],
        "2.1": [(0, 0.0, 8.0, 8.0), (1, 0.5, 8.25, 8.25)],
        "2.2": [(0, 0.0, 9.0, 9.0)],
        "2.3": [(2, 1.0, 8.5, 8.5), (3, 1.5, 8.75, 8.75)],
    }
    parents = dict(tracks.info.select("track", "parent").drop_nulls().rows())
    assert parents == {"1.2": "1.1", "1.3": "1.1", "2.3": "2.1"}
    entry = tracks.provenance[0]
    assert entry.ignored == {"filtered_out": 2, "untracked": 1}
    assert (entry.rows, entry.length_unit, entry.time_unit, entry.frame_interval) == (16, "micron", "sec", 0.5)
    assert any("cut at 1 split and 1 merge" in note for note in entry.notes)


def changed(tmp_path: Path, *pairs: tuple[str, str], file: str = "trackmate.xml") -> Path:
    text = (FIXTURES / file).read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / file
    path.write_text(text)
    return path


def test_trackmate_xml_without_a_list_of_filtered_tracks_uses_all(tmp_path: Path) -> None:
    text = (FIXTURES / "trackmate.xml").read_text()
    start, end = text.index("    <FilteredTracks>"), text.index("  </Model>")
    (tmp_path / "a.xml").write_text(text[:start] + text[end:])
    entry = perrin.read(tmp_path / "a.xml").provenance[0]
    assert entry.ignored == {"untracked": 1}
    assert any("no list of filtered tracks" in note for note in entry.notes)


def test_trackmate_xml_with_an_empty_list_of_filtered_tracks_has_no_tracks(tmp_path: Path) -> None:
    pairs = [(f'<TrackID TRACK_ID="{i}" />', "") for i in range(3)]
    tracks = perrin.read(changed(tmp_path, *pairs))
    assert len(tracks) == 0
    assert tracks.provenance[0].ignored == {"filtered_out": 15, "untracked": 1}


@pytest.mark.parametrize("unit", ['timeunits="frame"', ""])
def test_trackmate_xml_in_frames_stays_in_frames(unit: str, tmp_path: Path) -> None:
    tracks = perrin.read(changed(tmp_path, ('timeunits="sec"', unit)))
    assert tracks.units.time == "frame"
    assert tracks.provenance[0].time_unit is None
    assert perrin.read(tmp_path / "trackmate.xml", frame_interval=0.5).units.time == "s"


def test_trackmate_xml_without_an_interval_says_so(tmp_path: Path) -> None:
    tracks = perrin.read(changed(tmp_path, ('timeinterval="0.5"', 'timeinterval="0.0"')))
    assert tracks.units.time == "frame"
    assert any("no frame interval" in note for note in tracks.provenance[0].notes)


def test_trackmate_xml_with_an_unknown_unit_of_length_says_so(tmp_path: Path) -> None:
    tracks = perrin.read(changed(tmp_path, ('spatialunits="micron"', 'spatialunits="furlong"')))
    assert tracks.units.length == "px"
    assert any("'furlong' is not known" in note for note in tracks.provenance[0].notes)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('SPOT_TARGET_ID="12"', 'SPOT_TARGET_ID="999"', "refers to spot 999"),
        ('SPOT_TARGET_ID="12"', "", "row 37: Edge has no SPOT_TARGET_ID"),
        ('POSITION_X="1.25"', 'POSITION_X="abc"', "row 17: Spot has POSITION_X='abc', which is not a number"),
        ('Spot ID="11"', 'Spot ID="x"', "Spot has ID='x', which is not a whole number"),
        ('TrackID TRACK_ID="1"', "TrackID", "a TrackID refers to a track that does not exist"),
    ],
)
def test_trackmate_xml_that_makes_no_sense(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = changed(tmp_path, (old, new))
    with pytest.raises(InputError, match=message):
        perrin.read(path)


def test_a_position_that_is_missing_or_nan_is_counted(tmp_path: Path) -> None:
    path = changed(tmp_path, ('POSITION_X="1.25"', 'POSITION_X="NaN"'), ('POSITION_X="6.5" ', ""))
    assert perrin.read(path).provenance[0].ignored["position_missing"] == 2


def test_links_within_one_frame_are_noted_not_followed(tmp_path: Path) -> None:
    path = changed(tmp_path, ('SPOT_SOURCE_ID="11" SPOT_TARGET_ID="10"', 'SPOT_SOURCE_ID="11" SPOT_TARGET_ID="90"'))
    tracks = perrin.read(path)
    assert any("1 links connect two spots of the same frame" in note for note in tracks.provenance[0].notes)


def test_xml_formats_leave_no_choice_of_columns() -> None:
    for file in ("trackmate.xml", "trackmate_tracks.xml"):
        with pytest.raises(InputError, match="Remove --columns"):
            perrin.read(FIXTURES / file, columns={"x": "POSITION_X"})


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[int], list[tuple[int, int]]]:
    frames = draw(st.lists(st.integers(0, 5), min_size=2, max_size=12))
    spot = st.integers(0, len(frames) - 1)
    return frames, draw(st.lists(st.tuples(spot, spot), max_size=20))


@given(graphs())
def test_segments_agree_with_walking_the_graph_by_hand(graph: tuple[list[int], list[tuple[int, int]]]) -> None:
    frames, links = graph
    after: dict[int, set[int]] = {i: set() for i in range(len(frames))}
    before: dict[int, set[int]] = {i: set() for i in range(len(frames))}
    for a, b in links:
        if frames[a] != frames[b]:
            early, late = (a, b) if frames[a] < frames[b] else (b, a)
            after[early].add(late)
            before[late].add(early)
    segments = find_branches(
        np.array(frames, dtype=float),
        np.array([a for a, _ in links], dtype=np.int64),
        np.array([b for _, b in links], dtype=np.int64),
    )
    named = {spot for link in links for spot in link}
    assert {i for i, label in enumerate(segments.label) if label >= 0} == named
    assert segments.splits == sum(len(s) > 1 for s in after.values())
    assert segments.merges == sum(len(s) > 1 for s in before.values())

    def start(spot: int) -> int:
        while len(before[spot]) == 1 and len(after[next(iter(before[spot]))]) == 1:
            spot = next(iter(before[spot]))
        return spot

    for spot in named:
        assert segments.first[segments.label[spot]] == start(spot)
    for label, first in enumerate(segments.first):
        possible = {segments.label[s] for s in before[int(first)]}
        assert segments.parent[label] == (min(possible) if possible else -1)


# TrackMate, tracks only


def test_trackmate_tracks_sorts_and_notes_a_wrong_count() -> None:
    tracks = perrin.read(FIXTURES / "trackmate_tracks.xml")
    assert content(tracks) == {
        "0": [(0, 0.0, 1.0, 2.0, 0.0), (1, 0.06, 1.25, 2.25, 0.125), (2, 0.12, 1.5, 2.5, 0.25)],
        "1": [(4, 0.24, 7.0, 8.0, 0.0), (6, 0.36, 7.5, 8.5, 0.0)],
    }
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")
    entry = tracks.provenance[0]
    assert (entry.length_unit, entry.time_unit, entry.frame_interval) == ("µm", "ms", 0.06)
    assert entry.notes == ("the file states nTracks=5, but it contains 2",)
    assert (entry.rows, entry.ignored) == (5, {})


def test_trackmate_tracks_in_frames_and_without_detections(tmp_path: Path) -> None:
    pairs = (('timeUnits="ms"', 'timeUnits="frame"'), ("</Tracks>", "<particle/></Tracks>"))
    tracks = perrin.read(changed(tmp_path, *pairs, file="trackmate_tracks.xml"))
    assert tracks.units.time == "frame"
    assert "1 tracks contain no detection" in tracks.provenance[0].notes


# tables with a heading of their own


def test_mosaic_is_in_pixels() -> None:
    tracks = perrin.read(FIXTURES / "mosaic.csv")
    assert content(tracks) == {
        "1": [(0, 0.0, 51.5, 79.5), (1, 1.0, 51.75, 79.25), (3, 3.0, 52.0, 79.0)],
        "2": [(1, 1.0, 10.0, 20.0), (2, 2.0, 10.5, 20.5)],
    }
    assert tracks.units.length == "px"
    assert tracks.provenance[0].length_unit == "px"
    assert perrin.read(FIXTURES / "mosaic.csv", pixel_size=0.5).positions[0].tolist() == [25.75, 39.75]


def test_mosaic_with_tabs_and_no_first_column() -> None:
    assert content(perrin.read(FIXTURES / "mosaic.tsv")) == {"1": [(0, 0.0, 51.5, 79.5), (1, 1.0, 51.75, 79.25)]}


def test_andi2_has_float_ids_and_frames() -> None:
    tracks = perrin.read(FIXTURES / "andi2.csv")
    assert content(tracks) == {
        "0": [(5, 5.0, 10.5, 20.5), (6, 6.0, 10.75, 20.25)],
        "1": [(0, 0.0, 3.5, 4.5), (1, 1.0, 3.25, 4.75)],
    }
    assert tracks.provenance[0].unused_columns == ("alpha", "D", "state")


@pytest.mark.parametrize("file", ["andi2_track_labels.txt", "andi2_ensemble_labels.txt"])
def test_andi2_labels_are_not_tracks(file: str) -> None:
    with pytest.raises(InputError, match="contains labels, not tracks"):
        perrin.read(FIXTURES / file)


# trxyt


def test_trxyt_is_in_micrometres_and_seconds() -> None:
    tracks = perrin.read(FIXTURES / "trxyt.txt")
    assert [*content(tracks)] == ["1", "2"]
    assert tracks.positions.tolist() == [[-0.5, -0.25], [-0.25, -0.5], [0.25, -0.5], [0.5, 0.75], [0.25, 0.5]]
    np.testing.assert_allclose(tracks.times, [0.5, 0.55, 0.65, 1.15, 1.2], rtol=1e-12)
    assert (tracks.units.length, tracks.units.time) == ("µm", "s")
    assert tracks.provenance[0].frame_interval == pytest.approx(0.05)


def test_trxyt_may_count_its_rows() -> None:
    tracks = perrin.read(FIXTURES / "trxyt_indexed.txt")
    assert tracks.positions.tolist() == [[-0.5, -0.25], [-0.25, -0.5], [0.5, 0.75], [0.25, 0.5]]


@pytest.mark.parametrize(
    "text",
    [
        "10.5\t20.5\t1\t1\n10.6\t20.4\t2\t1\n10.7\t20.6\t3\t1\n5.5\t6.5\t1\t2\n5.6\t6.4\t2\t2\n",  # evalSPT
        "10\t20\t1\t1\n11\t24\t2\t1\n12\t26\t3\t1\n5\t65\t1\t2\n56\t64\t2\t2\n",  # evalSPT in whole pixels
        "1\t0\t1.5\t2.5\n1\t1\t1.6\t2.6\n1\t2\t1.7\t2.7\n",  # track, frame, y, x
        "1 0.5 1.5 0.1\n2 0.5 1.5 0.2\n1 0.5 1.5 0.3\n",  # ids not in blocks
        "1 0.5 1.5 0.1\n2 0.5 1.5 0.1\n3 0.5 1.5 0.1\n",  # one row per track: nothing shows that time rises
        "1 0.5 1.5 0.2\n1 0.5 1.5 0.1\n1 0.5 1.5 0.3\n",  # time falls
        "3 1 0.5 1.5 0.1\n5 1 0.5 1.5 0.2\n6 1 0.5 1.5 0.3\n",  # first column does not count rows
        "1 0.5 x 0.1\n1 0.5 y 0.2\n",
        "1,0.5,1.5,0.1\n1,0.5,1.5,0.2\n",
    ],
)
def test_trxyt_leaves_other_numbers_alone(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert reader("trxyt").sniff(Source(tmp_path / "a.txt")) is None


# AnDi 2020


def test_andi1_keeps_all_x_before_all_y() -> None:
    tracks = perrin.read(FIXTURES / "andi1.txt")
    assert tracks.lengths.tolist() == [12, 10]
    assert content(tracks)["0"][:2] == [(0, 0.0, 1.0, 2.0), (1, 1.0, 1.25, 2.25)]
    assert content(tracks)["1"][-1] == (9, 9.0, 4.25, 5.25)
    assert (tracks.units.length, tracks.units.time) == ("px", "frame")


def test_andi1_does_not_mix_dimensions() -> None:
    with pytest.raises(
        InputError, match=r"rows 1 to 1 are 1-D, rows 2 to 3 are 2-D, rows 4 to 4 are 3-D\. .*dimension=2"
    ):
        perrin.read(FIXTURES / "andi1_mixed.txt")


@pytest.mark.parametrize(
    ("dimension", "ids", "others"), [(1, ["0"], 33 - 10 + 10), (2, ["1", "2"], 21), (3, ["3"], 32)]
)
def test_andi1_reads_the_chosen_dimension_and_counts_the_others(dimension: int, ids: list[str], others: int) -> None:
    options = ReadOptions(columns={"dimension": str(dimension)})
    tracks = check_reader(reader("andi1"), FIXTURES / "andi1_mixed.txt", options)
    assert tracks.dimension == dimension
    assert tracks.info["track"].to_list() == ids
    assert tracks.provenance[0].ignored == {"other_dimension": others}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"dimension": "4"}, "dimension=4 does not apply"),
        ({"x": "2"}, "x=2 does not apply"),
        ({"dimension": "3"}, "no 3-D row"),
    ],
)
def test_andi1_refuses_other_choices(columns: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        perrin.read(FIXTURES / "andi1.txt", columns=columns)


@pytest.mark.parametrize("text", ["1.0;0.95\n2.0;1.55\n", "1.0;87.0;1.0;0.2;0.0;0.8\n2.0;19.0;3.0;1.05;4.0;0.55\n"])
def test_andi1_reference_files_are_not_tracks(text: str, tmp_path: Path) -> None:
    (tmp_path / "ref.txt").write_text(text)
    with pytest.raises(InputError, match="no column headings"):
        perrin.read(tmp_path / "ref.txt")


def test_andi1_names_a_broken_row(tmp_path: Path) -> None:
    good = (FIXTURES / "andi1.txt").read_text()
    (tmp_path / "a.txt").write_text(good * 12 + "2.0;1.0;2.0;3.0\n")
    with pytest.raises(InputError, match=r"row 25: dimension 2\.0 does not fit 3 values"):
        perrin.read(tmp_path / "a.txt")
    (tmp_path / "a.txt").write_text(good * 12 + "2.0;1.0;x\n")
    with pytest.raises(InputError, match="row 25: could not convert string to float: 'x'"):
        perrin.read(tmp_path / "a.txt")


# series


def test_series_of_dates_counts_rows_and_leaves_gaps() -> None:
    tracks = perrin.read(FIXTURES / "series_dates.csv")
    assert content(tracks) == {"0": [(0, 0.0, 316.1), (1, 1.0, 317.3), (3, 3.0, 317.5)]}
    assert tracks.units.length == "co2"
    entry = tracks.provenance[0]
    assert entry.ignored == {"position_missing": 1}
    assert entry.unused_columns == ("date",)
    assert entry.notes == ("the dates in date are not read: time is the row number",)


def test_series_of_one_column_with_a_blank_line() -> None:
    tracks = perrin.read(FIXTURES / "series_column.txt", frame_interval=0.5)
    assert content(tracks) == {"0": [(0, 0.0, 1.5), (1, 0.5, 2.5), (3, 1.5, 4.0)]}
    assert (tracks.units.length, tracks.units.time) == ("height", "s")


@pytest.mark.parametrize("text", ["1.5\n2.5\n4\n", "2010-01-01,1.5\n2010-01-02,2.5\n2010-01-03,4\n"])
def test_series_without_a_heading(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(text)
    tracks = perrin.read(tmp_path / "a.txt")
    assert tracks.positions[:, 0].tolist() == [1.5, 2.5, 4.0]
    assert tracks.units.length == "value"


@pytest.mark.parametrize(
    "date",
    ["1958-03-29", "1958/03/29 12:30", "3/29/1958", "29.03.58", "29-Mar-1958", "March 29, 1958", "Mar 1958", "1958Q1",
     "1958-03", "2010-01-01T00:00:00Z", "1958"],
)  # fmt: skip
def test_series_knows_dates(date: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"year\tflow\n{date}\t1.5\n{date}\t2.5\n")
    assert perrin.read(tmp_path / "a.csv").units.length == "flow"


@pytest.mark.parametrize("first", ["1.5", "19580329", "2010.12", "a", "12:30"])
def test_series_does_not_take_numbers_or_words_for_dates(first: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"what\tflow\n{first}\t1.5\n{first}\t2.5\n")
    assert reader("series").sniff(Source(tmp_path / "a.csv")) is None


def test_a_table_of_several_columns_needs_a_choice() -> None:
    with pytest.raises(InputError, match=r"Date, Open, Close, Volume.*--column NAME"):
        perrin.read(FIXTURES / "series_table.csv")
    with pytest.raises(InputError, match=r"3 columns of numbers: Open, Close, Volume.*--column NAME"):
        perrin.read(FIXTURES / "series_table.csv", format="series")


@pytest.mark.parametrize("column", ["Close", "close", "3"])
def test_series_by_name_or_number(column: str) -> None:
    tracks = perrin.read(FIXTURES / "series_table.csv", column=column)
    assert tracks.positions[:, 0].tolist() == [11.0, 12.0, 14.0]
    assert tracks.units.length == "Close"
    assert tracks.provenance[0].format == "series"


def test_series_of_a_column_that_does_not_exist() -> None:
    with pytest.raises(InputError, match=r"no column 'Price'.*Date, Open, Close, Volume"):
        perrin.read(FIXTURES / "series_table.csv", column="Price")
    with pytest.raises(InputError, match="row 2, column 'Date': '1/4/1999' is not a number"):
        perrin.read(FIXTURES / "series_table.csv", column="Date")


def test_series_in_logarithms() -> None:
    tracks = perrin.read(FIXTURES / "series_table.csv", column="Close", log=True)
    np.testing.assert_array_equal(tracks.positions[:, 0], np.log([11.0, 12.0, 14.0]))
    assert tracks.units.length == "log Close"


@pytest.mark.parametrize("bad", ["0", "-2.5"])
def test_a_value_without_a_logarithm_is_named(bad: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"price\n1.5\n\n{bad}\n4\n")
    with pytest.raises(InputError, match=f"row 4, column 'price': {bad} has no logarithm"):
        perrin.read(tmp_path / "a.txt", log=True)


def test_series_of_steps_is_summed() -> None:
    tracks = perrin.read(FIXTURES / "series_table.csv", column="Volume", increments=True)
    assert tracks.positions[:, 0].tolist() == [1000.0, 2100.0, 3000.0]


def test_a_missing_step_is_named() -> None:
    with pytest.raises(InputError, match=r"row 4, column 'co2': a step is missing.*0 if nothing moved"):
        perrin.read(FIXTURES / "series_dates.csv", increments=True)


def test_series_options_are_not_ignored_elsewhere() -> None:
    with pytest.raises(InputError, match="to which --column, --log and --increments do not apply"):
        perrin.read(FIXTURES / "mosaic.csv", log=True)
    with pytest.raises(InputError, match="Remove --pixel-size"):
        perrin.read(FIXTURES / "series_dates.csv", pixel_size=0.1)


def test_series_in_a_numpy_file(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([1.5, np.nan, 4.0]))
    tracks = check_reader(reader("series"), tmp_path / "a.npy")
    assert content(tracks) == {"0": [(0, 0.0, 1.5), (2, 2.0, 4.0)]}
    assert tracks.units.length == "value"
    np.save(tmp_path / "b.npy", np.arange(6).reshape(3, 2))
    assert perrin.read(tmp_path / "b.npy", column="2").positions[:, 0].tolist() == [1.0, 3.0, 5.0]


def test_numpy_files_that_are_no_series(tmp_path: Path) -> None:
    np.save(tmp_path / "objects.npy", np.array([{}, {}]), allow_pickle=True)
    np.save(tmp_path / "flat.npy", np.zeros((3, 2)))
    np.save(tmp_path / "whole.npy", np.zeros(300))
    for name in ("objects", "flat"):
        with pytest.raises(InputError, match="a binary file"):
            perrin.read(tmp_path / f"{name}.npy")
    with pytest.raises(InputError, match="Python objects"):
        perrin.read(tmp_path / "objects.npy", column="1")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "whole.npy").read_bytes()[:500])
    with pytest.raises(InputError, match="damaged"):
        perrin.read(tmp_path / "cut.npy")


def test_series_from_parquet_and_from_memory(tmp_path: Path) -> None:
    frame = pl.DataFrame({"day": ["a", "b", "c"], "price": [1.0, None, 4.0], "volume": [1, 2, 3]})
    frame.write_parquet(tmp_path / "a.parquet")
    for data in (tmp_path / "a.parquet", frame):
        tracks = perrin.read(data, column="price", log=True)
        np.testing.assert_array_equal(tracks.positions[:, 0], np.log([1.0, 4.0]))
        assert tracks.frames.tolist() == [0, 2]
        assert tracks.units.length == "log price"


def test_a_remark_above_one_column_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("# height\n1.5\n2.5\n4\n")
    assert perrin.read(tmp_path / "a.txt").units.length == "height"


def test_steps_with_a_mean_are_remarked_on(tmp_path: Path) -> None:
    (tmp_path / "steps.txt").write_text("".join(f"{5 + (-1) ** i}\n" for i in range(50)))
    noted = perrin.read(tmp_path / "steps.txt", increments=True).provenance[0].notes
    assert any("mean of 5" in note and "--drift" in note for note in noted)
    assert not perrin.read(tmp_path / "steps.txt").provenance[0].notes
