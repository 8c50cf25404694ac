"""The files of the reading benchmark are what they say, and its committed result meets its limits."""

import json
from pathlib import Path

import pytest

import perrin
from benchmarks import load, reading

COMMITTED = Path(__file__).parent.parent.parent / "benchmarks" / "results" / "read.json"


@pytest.mark.parametrize("sort", [True, False])
def test_the_table_holds_what_it_says(sort: bool, tmp_path: Path) -> None:
    reading.write_table(tmp_path / "a.csv", points=1000, length=50, sort=sort)
    tracks = perrin.read(tmp_path / "a.csv")
    assert (len(tracks), tracks.n_points, tracks.lengths.max()) == (20, 1000, 50)
    first = (tmp_path / "a.csv").read_text().split("\n")[1:3]
    assert [line.split(",")[0] for line in first] == (["0", "0"] if sort else ["0", "1"])


def test_the_xml_holds_what_it_says(tmp_path: Path) -> None:
    reading.write_xml(tmp_path / "a.xml", spots=200, tracks=10)
    tracks = perrin.read(tmp_path / "a.xml")
    assert (len(tracks), tracks.n_points, tracks.provenance[0].format) == (10, 200, "trackmate-xml")
    assert not tracks.provenance[0].ignored


@pytest.mark.slow
def test_one_reading_is_timed_in_a_process_of_its_own(tmp_path: Path) -> None:
    reading.write_table(tmp_path / "a.csv", points=1000, length=50)
    for reader in ("polars", "perrin"):
        seconds, cpu, more = reading._timed(reader, tmp_path / "a.csv", tmp_path / "a.csv")
        assert 0 < seconds < 10
        assert 0 < cpu < 10
        assert more >= 0


def test_the_committed_result_meets_the_limits() -> None:
    result = json.loads(COMMITTED.read_text(encoding="utf-8"))
    for table, limit in zip(result["tables"], (2.0, 3.5), strict=True):
        assert max(table["times_polars"], table["times_polars_cpu"]) <= limit == table["at_most"]
    assert result["trackmate_xml"]["times_as_fast_cpu"] >= 5 == result["trackmate_xml"]["at_least"]
    assert result["trackmate_xml"]["spots_read_by_both"]
    assert [*load("read").figures(result)] == ["read"]
