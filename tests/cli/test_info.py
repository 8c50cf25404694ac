"""`perrin info`: what a file holds, in lines and as JSON."""

import json
from pathlib import Path

from tests.helpers.walks import CALIBRATED, walks, write


def test_info_in_lines(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", [*walks(), "9,0,1,1", ",0,1,1", "3,2,99,99"])
    result = perrin("info", "a.csv")
    assert (result.code, result.err) == (0, "")
    for words in (
        "a.csv: table (",
        "track = track, frame = frame, x = x, y = y",
        "length in px (file: not stated)",
        "5 in 2-D",
        "lengths 1 to 24",
        "1 rows untracked",
        "1 rows conflicting_row",
        "1 bad_input",
        "1 too_short",
        "use --pixel-size",
        "use --frame-interval",
        "two different positions at frame 2",
    ):
        assert words in result.out


def test_info_as_json(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks(), heading=CALIBRATED)
    found = json.loads(perrin("info", "a.csv", "--json", "--frame-interval", "20ms").out)
    assert found["format"] == "table"
    assert found["units"] == {"length": "µm", "time": "s"}
    assert (found["tracks"], found["points"], found["rows"], found["dimension"]) == (4, 96, 96, 2)
    assert found["lengths"] == {"min": 24, "q25": 24, "median": 24, "q75": 24, "max": 24}
    assert found["frame_interval"] == 0.02
    assert found["statuses"] == {"ok": 4}
    assert found["ignored"] == {}


def test_info_writes_nothing(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    perrin("info", "a.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_info_counts_tracks_with_gaps(perrin, tmp_path: Path) -> None:
    rows = walks()
    write(tmp_path / "a.csv", rows[:3] + rows[4:], heading=CALIBRATED)
    assert json.loads(perrin("info", "a.csv", "--json").out)["tracks_with_gaps"] == 1
