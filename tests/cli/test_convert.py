"""`perrin convert`: the same tracks in another format."""

import re
from pathlib import Path

import polars as pl
import pytest

from tests.helpers.results import QUICK, assert_same_tables, tables
from tests.helpers.walks import CALIBRATED, walks, write


@pytest.mark.slow
def test_convert_there_and_back_changes_no_result(perrin, analyze, tmp_path: Path) -> None:
    rows = walks()
    del rows[30]  # a gap
    write(tmp_path / "a.csv", rows)
    calibration = ("--frame-interval", "0.1", "--pixel-size", "0.2")
    for words in (("a.csv", "b.parquet", *calibration), ("b.parquet", "c.csv"), ("c.csv", "d.parquet")):
        result = perrin("convert", *words)
        assert (result.code, result.err) == (0, "")
        assert "4 tracks, 95 points" in result.out
    first = analyze("a.csv", *calibration, *QUICK)
    for name in ("b.parquet", "c.csv", "d.parquet"):
        assert_same_tables(first, analyze(name, *QUICK, out=f"out-{name}"))
    assert not list(tmp_path.glob("*.partial"))


def test_convert_replaces_only_when_told(perrin, tmp_path: Path) -> None:
    write(tmp_path / "a.csv", walks())
    assert perrin("convert", "a.csv", "a.csv", "--force").code == 0
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("source,track,frame,t (frame),x (px)")


@pytest.mark.slow
def test_converted_files_of_one_name_are_told_apart(perrin, analyze, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / "x.csv", walks(), heading=CALIBRATED)
        assert perrin("convert", f"{folder}/x.csv", f"{folder}.parquet").code == 0
    refused = perrin("analyze", "a.parquet", "b.parquet", "-o", "none")
    assert refused.code == 2
    assert re.search(r"two files contain track '\w+' of the source 'x.csv'. .*--source NAME", refused.err)
    assert perrin("convert", "b.parquet", "other.parquet", "--source", "b/x.csv").code == 0
    _, tracks = tables(analyze("a.parquet", "other.parquet", *QUICK))
    assert tracks["source"].unique().sort().to_list() == ["b/x.csv", "x.csv"]
    assert perrin("convert", "out", "out.csv", "--source", "x").code == 2
    write(tmp_path / "y.csv", walks(), heading=CALIBRATED)
    assert perrin("convert", "y.csv", "y.parquet", "--source", "z").code == 0
    assert pl.read_parquet(tmp_path / "y.parquet")["source"].unique().to_list() == ["z"]
