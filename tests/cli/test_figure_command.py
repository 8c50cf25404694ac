"""`perrin figure` through the command line."""

from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "bulk_water.csv"


@pytest.mark.slow
def test_figures_of_a_result(perrin, tmp_path: Path) -> None:
    assert perrin("simulate", "fbm", "-o", "sim.csv", "--tracks", 30, "--length", 30, "--alpha", "0.4-1.6").code == 0
    assert perrin("analyze", "sim.csv", "-o", "r", "--localization-error", 0, "--no-report").code == 0
    for name, more in (
        ("strips", ("--track", "3", "--track", "sim.csv:4")), ("population", ()),
        ("calibration", ("--truth", "sim.csv", "--width", 183, "--height", 90)),
    ):  # fmt: skip
        done = perrin("figure", name, "r", "-o", f"{name}.pdf", *more)
        assert (done.code, done.err) == (0, ""), name
        assert (tmp_path / f"{name}.pdf").read_bytes().startswith(b"%PDF")
    again = perrin("figure", "fit", "r", "-o", "population.pdf")
    assert (again.code, "already exists" in again.err) == (2, True)
    assert perrin("figure", "tracks", "r", "-o", "population.pdf", "--colour", "D", "--force").code == 0


@pytest.mark.slow
def test_figures_of_a_test(perrin, tmp_path: Path) -> None:
    assert perrin("simulate", "mfbm", "-o", "s.csv", "--tracks", 4, "--length", 128).code == 0
    assert perrin("test", "s.csv", "-o", "t", "--samples", 40, "--no-report").code == 0
    assert perrin("figure", "bands", "t", "-o", "b.svg").code == 0
    assert perrin("analyze", "s.csv", "-o", "r", "--method", "tamsd", "--no-report").code == 0
    assert perrin("figure", "strips", "r", "-o", "strips.svg", "--test", "t").code == 0
    drawn = (tmp_path / "strips.svg").read_text("utf-8")
    assert drawn.count("H changes: q") + drawn.count("constant H fits: q") == 4
    done = perrin("figure", "map", "t", "-o", "m.svg")
    assert done.code == 2
    assert "points.parquet: is not a table of results" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pie", ".", "-o", "a.pdf"), "unknown figure 'pie'"),
        (("map", "nowhere", "-o", "a.pdf"), "nowhere: is not a folder of results"),
        (("map",), "DIR or -o is missing"),
        (("tracks", ".", "-o", "a.pdf", "--color", "red"), "unknown --color 'red'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(perrin, words, said) -> None:
    done = perrin("figure", *words)
    assert done.code == 2
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_the_list_of_figures(perrin) -> None:
    done = perrin("figure", "list")
    assert done.code == 0
    assert "turning-angles" in done.out
