"""Any table with a heading, as people write them."""

import gzip
from pathlib import Path

import pytest

import perrin
from perrin.errors import InputError
from perrin.testing.reader import check_reader
from perrin.tracks import Tracks
from perrin.tracks.formats import readers

TABLE = next(r for r in readers() if r.name == "table")
ROWS = [("7", "0", "1.5", "2.5"), ("7", "1", "1.75", "2.25"), ("9", "1", "7.0", "8.0"), ("9", "3", "7.5", "8.5")]


def write(path: Path, delimiter: str = ",", heading: str = "track frame x y", comma: bool = False) -> Path:
    lines = [delimiter.join(row) for row in (heading.split(" "), *ROWS)]
    body = lines[1:] if not comma else [line.replace(".", ",") for line in lines[1:]]
    path.write_text("\n".join([lines[0], *body]) + "\n")
    return path


def assert_rows(tracks: Tracks) -> None:
    assert tracks.info["track"].to_list() == ["7", "9"]
    assert tracks.frames.tolist() == [0, 1, 1, 3]
    assert tracks.positions.tolist() == [[1.5, 2.5], [1.75, 2.25], [7.0, 8.0], [7.5, 8.5]]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", " ", "   "])
def test_delimiters(delimiter: str, tmp_path: Path) -> None:
    assert_rows(check_reader(TABLE, write(tmp_path / "a", delimiter)))


@pytest.mark.parametrize("delimiter", [";", "\t", " "])
def test_decimal_commas(delimiter: str, tmp_path: Path) -> None:
    tracks = check_reader(TABLE, write(tmp_path / "a", delimiter, comma=True))
    assert_rows(tracks)


@pytest.mark.parametrize(
    "heading",
    [
        "particle frame x y",
        "Trajectory Frame X Y",
        "TRACK_ID FRAME POSITION_X POSITION_Y",
        "traj_idx slice x_pos y_pos",
        "trackID image_number Centroid.X centroid-y",
        "id frame x y",
        "cell_id timepoint X[px] Y[px]",
        '"Track" "Frame" "x" "y"',
    ],
)
def test_headings_that_people_use(heading: str, tmp_path: Path) -> None:
    assert_rows(perrin.read(write(tmp_path / "a", heading=heading)))


@pytest.mark.parametrize(
    ("heading", "factor", "unit"),
    [
        ("x_(µm)", 1, "µm"),
        ("x_um", 1, "µm"),
        ("X_pos_(nm)", 1e-3, "µm"),
        ("x_[m]", 1e6, "µm"),
        ("x_px", 1, "px"),
        ("x", 1, "px"),
    ],
)
def test_units_in_headings(heading: str, factor: float, unit: str, tmp_path: Path) -> None:
    heading = heading.replace("_", " ")
    text = (
        write(tmp_path / "a", ";")
        .read_text()
        .replace("x;y", f"{heading};{heading.replace('x', 'y').replace('X', 'Y')}")
    )
    (tmp_path / "a").write_text(text)
    tracks = perrin.read(tmp_path / "a")
    assert tracks.units.length == unit
    assert tracks.positions[:, 0].tolist() == [v * factor for v in (1.5, 1.75, 7.0, 7.5)]


@pytest.mark.parametrize(("heading", "factor"), [("t_s", 1), ("t_(ms)", 1e-3), ("time_[min]", 60)])
def test_units_of_time_in_headings(heading: str, factor: float, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(f"track,{heading.replace('_', ' ')},x\n1,0,1.5\n1,2,2.5\n1,6,3.5\n")
    tracks = perrin.read(tmp_path / "a")
    assert tracks.units.time == "s"
    assert tracks.times.tolist() == pytest.approx([0, 2 * factor, 6 * factor])
    assert tracks.provenance[0].frame_interval == pytest.approx(2 * factor)


def test_axes_do_not_mix_units(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="uses the units nm and um together"):
        perrin.read(write(tmp_path / "a", heading="track frame x_um y_nm"))


def test_one_unit_may_be_spelt_in_two_ways(tmp_path: Path) -> None:
    tracks = perrin.read(write(tmp_path / "a", heading="track frame x_um y[µm]"))
    assert_rows(tracks)
    assert tracks.units.length == "µm"


def test_a_unit_of_time_says_nothing_of_positions(tmp_path: Path) -> None:
    tracks = perrin.read(write(tmp_path / "a", heading="track frame x_min y_min"))
    assert tracks.provenance[0].length_unit is None
    assert tracks.provenance[0].notes == ()


def test_positions_in_a_unit_take_no_pixel_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"already in um.*Remove --pixel-size"):
        perrin.read(write(tmp_path / "a", heading="track frame x_um y_um"), pixel_size=0.1)


def test_y_before_x(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("y,x,frame,trajectory\n2.5,1.5,0,7\n2.25,1.75,1,7\n")
    assert perrin.read(tmp_path / "a").positions.tolist() == [[1.5, 2.5], [1.75, 2.25]]


@pytest.mark.parametrize("name", ["", '""', "Unnamed: 0", None])
def test_an_unnamed_column_that_counts_rows(name: str | None, tmp_path: Path) -> None:
    heading = "track,frame,x,y" if name is None else f"{name},track,frame,x,y"
    body = "".join(f"{i},{','.join(row)}\n" for i, row in enumerate(ROWS))
    (tmp_path / "a").write_text(f"{heading}\n{body}")
    assert_rows(perrin.read(tmp_path / "a"))


def test_columns_named_by_the_user(tmp_path: Path) -> None:
    path = write(tmp_path / "a", heading="east when Track row")
    chosen = {"track": "east", "frame": "when", "x": "Track", "y": "4"}
    tracks = perrin.read(path, columns=chosen)
    assert_rows(tracks)
    assert tracks.provenance[0].columns == {"track": "east", "frame": "when", "x": "Track", "y": "row"}


def test_columns_of_a_table_without_a_heading(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "\t")
    path.write_text("\n".join(path.read_text().split("\n")[1:]))
    with pytest.raises(
        InputError, match=r"no column headings, and the roles of its 4 columns .*--columns track=1,frame=2,x=3,y=4"
    ):
        perrin.read(path)
    assert_rows(perrin.read(path, columns={"track": "1", "frame": "2", "x": "3", "y": "4"}))


def test_rows_may_stand_for_frames(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("track,x\n1,1.5\n2,7\n1,2.5\n2,8\n")
    with pytest.raises(InputError, match="no column for frame or t"):
        perrin.read(tmp_path / "a")
    tracks = perrin.read(tmp_path / "a", columns={"frame": "row"})
    assert tracks.frames.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": "east"}, "no column 'east'.*track, frame, x, y"),
        ({"x": "9"}, "no column '9'"),
        ({"who": "x"}, "'who' is not a role"),
    ],
)
def test_columns_that_do_not_exist(columns: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        perrin.read(write(tmp_path / "a"), columns=columns)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "latin-1"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    text = write(tmp_path / "a").read_text().replace("x,y", "x (µm),y (µm)")
    raw = b"\xff\xfe" + text.encode("utf-16-le") if encoding == "utf-16-le-bom" else text.encode(encoding)
    (tmp_path / "a").write_bytes(raw)
    tracks = check_reader(TABLE, tmp_path / "a")
    assert_rows(tracks)
    assert tracks.units.length == "µm"


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_line_ends(end: str, tmp_path: Path) -> None:
    text = write(tmp_path / "a").read_text()
    (tmp_path / "a").write_bytes(text.replace("\n", end).encode())
    assert_rows(check_reader(TABLE, tmp_path / "a"))


def test_no_line_end_after_the_last_row(tmp_path: Path) -> None:
    path = write(tmp_path / "a")
    path.write_text(path.read_text().rstrip("\n"))
    assert_rows(perrin.read(path))


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "a")
    path.write_text("\n" + path.read_text().replace("\n9,1", "\n\n9,1") + "\n\n")
    tracks = perrin.read(path)
    assert_rows(tracks)
    assert tracks.provenance[0].ignored == {}


def test_gzip(tmp_path: Path) -> None:
    raw = write(tmp_path / "a").read_bytes()
    (tmp_path / "b.gz").write_bytes(gzip.compress(raw))
    assert_rows(check_reader(TABLE, tmp_path / "b.gz"))


def test_a_heading_in_a_remark(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("#mass A\n#t,x,y\n0.0E0,1.5,2.5\n3.0E1,1.75,2.25\n")
    tracks = perrin.read(tmp_path / "a", frame_interval=30)
    assert tracks.positions.tolist() == [[1.5, 2.5], [1.75, 2.25]]
    assert tracks.times.tolist() == [0.0, 30.0]


def test_text_among_numbers_names_row_and_value(tmp_path: Path) -> None:
    rows = [f"1,{i},{i * 0.5},2.0" for i in range(80_000)]
    rows[70_011] = "1,70011,lost,2.0"
    (tmp_path / "a").write_text("track,frame,x,y\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match=r"row 70013, column 'x': 'lost' is not a number.*Correct that cell"):
        perrin.read(tmp_path / "a")


def test_rows_are_counted_as_editors_do(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("# a remark\n\ntrack,frame,x\n1,0,1.5\n\n1,1,here\n")
    with pytest.raises(InputError, match="row 6, column 'x': 'here'"):
        perrin.read(tmp_path / "a")


def test_a_row_with_too_many_fields_is_named(tmp_path: Path) -> None:
    rows = [f"1,{i},{i * 0.5},2.0" for i in range(500)]
    rows[400] += ",5"
    (tmp_path / "a").write_text("track,frame,x,y\n" + "\n".join(rows) + "\n")
    with pytest.raises(InputError, match="row 402: has 5 fields, but the other rows have 4"):
        perrin.read(tmp_path / "a")


def test_a_row_with_too_few_fields_is_counted(tmp_path: Path) -> None:
    rows = [f"1,{i},{i * 0.5},2.0" for i in range(500)]
    rows[400] = "1,400,200.0"
    (tmp_path / "a").write_text("track,frame,x,y\n" + "\n".join(rows) + "\n")
    tracks = check_reader(TABLE, tmp_path / "a")
    assert tracks.provenance[0].ignored == {"position_missing": 1}


@pytest.mark.parametrize(
    ("heading", "role"),
    [("track time t x", "time"), ("track frame slice x", "frame"), ("track frame x_pos pos_x", "x")],
)
def test_two_columns_for_one_role(heading: str, role: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=f"could both be {role}.*Choose one"):
        perrin.read(write(tmp_path / "a", heading=heading))


def test_only_a_heading(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("track,frame,x,y\n")
    with pytest.raises(InputError, match="has column headings but no rows"):
        perrin.read(tmp_path / "a")


def test_results_are_not_positions(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("TRACK_ID,TRACK_DISPLACEMENT,TRACK_DURATION\n1,2.5,3.5\n")
    with pytest.raises(InputError, match=r"no column for x and frame or t among: TRACK_ID, .* results, not positions"):
        perrin.read(tmp_path / "a")


def test_rows_that_cannot_be_used_are_counted_by_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(
        "track,frame,x,y\n"
        "1,0,1.0,2.0\n1,1,1.5,2.5\n1,1,1.5,2.5\n"  # an exact duplicate
        "1,2,nan,2.0\n1,3,,2.0\n1,4,inf,2.0\n1,,1.0,2.0\n"
        "-1,0,5.0,5.0\n,0,5.0,5.0\nNone,1,6.0,6.0\n"
        "2,0,1.0,1.0\n2,1,1.0,1.0\n2,1,9.0,9.0\n"  # two positions at one time
        "3,0,nan,1.0\n"
    )
    tracks = check_reader(TABLE, tmp_path / "a")
    assert tracks.provenance[0].ignored == {
        "untracked": 3,
        "position_missing": 4,
        "time_missing": 1,
        "duplicate_row": 1,
        "conflicting_row": 1,
    }
    assert tracks.info["track"].to_list() == ["1", "2", "3"]
    assert tracks.lengths.tolist() == [2, 2, 0]
    assert tracks.info["flaw"].to_list() == [
        None,
        "two different positions at frame 1: check whether two particles have this id",
        "none of its rows has a finite position and time",
    ]


def test_frames_are_whole_numbers(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("track,frame,x\n1,0.0,1\n1,1.5,2\n")
    with pytest.raises(InputError, match=r"row 3, column 'frame': 1.5 is not a frame number.*--columns t=NAME"):
        perrin.read(tmp_path / "a")


def test_ids_may_be_words_or_floats(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("track,frame,x\nbead one,0,1\n12.0,0,2\n012,0,3\n1.50,0,4\n")
    assert perrin.read(tmp_path / "a").info["track"].to_list() == ["bead one", "12", "012", "1.50"]


def test_errors_conditions_and_sources_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(
        "source,condition,track,frame,x,y,x_err,y_err\na.tif,wt,1,0,1,2,0.1,0.2\na.tif,wt,1,1,2,3,0.1,\n"
        "b.tif,ko,1,0,1,3,0.3,0.4\nb.tif,ko,1,1,1,4,0.3,-1\n"
    )
    tracks = check_reader(TABLE, tmp_path / "a")
    assert tracks.info.select("source", "condition", "track").rows() == [("a.tif", "wt", "1"), ("b.tif", "ko", "1")]
    assert tracks.sigma is not None
    assert tracks.sigma.tolist() == [[0.1, 0.2], [0.3, 0.4]]
    assert tracks.provenance[0].ignored == {"error_missing": 2}


def test_one_error_for_all_axes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("particle,frame,x (nm),y (nm),ep\n1,0,1000,2000,50\n1,1,2000,3000,60\n")
    tracks = perrin.read(tmp_path / "a")
    assert tracks.sigma is not None
    assert tracks.sigma.tolist() == [[0.05, 0.05], [0.06, 0.06]]


def test_a_table_without_a_track_column_is_one_track(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("t,x,y\n0.0005,1.5,2.5\n0.0010,1.6,2.6\n0.0020,1.7,2.7\n")
    tracks = perrin.read(tmp_path / "a")
    assert tracks.info["track"].to_list() == ["0"]
    assert tracks.units.time == "frame"
    assert any("--frame-interval 0.0005" in note for note in tracks.provenance[0].notes)
    seconds = perrin.read(tmp_path / "a", frame_interval=0.0005)
    assert seconds.units.time == "s"
    assert (seconds.times - seconds.times[0]).tolist() == pytest.approx([0, 0.0005, 0.0015])


def test_times_may_start_between_two_frames(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("t,x\n0.5,1\n1.5,2\n2.5,3\n3.5,4\n")
    tracks = perrin.read(tmp_path / "a")
    assert tracks.times.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert tracks.provenance[0].ignored == {}


def test_most_steps_may_skip_frames(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("track,t (s),x\n1,0,1\n1,0.3,2\n1,0.6,3\n1,0.7,4\n1,0.9,5\n2,1.2,6\n")
    assert perrin.read(tmp_path / "a").provenance[0].frame_interval == pytest.approx(0.1)


def test_sources_may_have_different_frame_intervals(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(
        "source,track,frame,t (s),x\na,1,0,0,1\na,1,1,0.5,2\na,1,2,1.0,3\nb,1,0,0,1\nb,1,1,0.07,2\nb,1,2,0.14,3\n"
    )
    tracks = perrin.read(tmp_path / "a")
    assert tracks.times.tolist() == pytest.approx([0, 0.5, 1.0, 0, 0.07, 0.14])
    assert tracks.provenance[0].frame_interval is None
    assert tracks.provenance[0].notes == ()


EXTRA = {
    "a delimiter at each end": "track,frame,x,y\n" + "".join(f"1,{i},{i * 1.5},{i},\n" for i in range(5)),
    "rows numbered without a name": "track,frame,x,y\n" + "".join(f"{i + 1},1,{i},{i * 1.5},{i}\n" for i in range(5)),
    "rows named, blanks between": "track frame x y\n" + "".join(f'"a{i}" 1 {i} {i * 1.5} {i}\n' for i in range(5)),
}


@pytest.mark.parametrize("text", EXTRA.values(), ids=EXTRA)
def test_one_field_more_than_the_heading(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    tracks = perrin.read(tmp_path / "a.csv")
    assert tracks.positions.tolist() == [[i * 1.5, float(i)] for i in range(5)]
    assert tracks.frames.tolist() == list(range(5))


@pytest.mark.parametrize("row", ["1,{i},{i},5,{i}", "1,{i},{i},5,{i},2"], ids=["x", "x and y"])
def test_decimal_commas_between_commas_are_refused(tmp_path: Path, row: str) -> None:
    """Taken for columns, they would shift every number behind them."""
    (tmp_path / "a.csv").write_text("track,frame,x,y\n" + "".join(row.format(i=i) + "\n" for i in range(5)))
    with pytest.raises(perrin.InputError, match=r"row 2: has [56] fields, but the other rows have 4"):
        perrin.read(tmp_path / "a.csv")
