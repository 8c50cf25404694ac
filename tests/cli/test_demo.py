"""`perrin demo`: one page with the example, the mixture, and the truth."""

import os
import re
from pathlib import Path

import pytest

import perrin as package
from perrin.report.demo import DemoAnalysis, write_demo
from perrin.report.example import EACH, ERROR, LENGTHS, example_file, mixture


@pytest.mark.slow
def test_one_page_shows_the_example_and_the_truth(tmp_path: Path) -> None:
    beads = package.read(example_file()).select(range(6))
    simulation = mixture()
    known = simulation.tracks.select(range(0, len(simulation.tracks), 2))
    shown = [
        DemoAnalysis(
            tracks, package.analyze(tracks, sigma=sigma, window=40), f"{name}.html", f"perrin analyze {name}.csv -o r"
        )
        for name, tracks, sigma in (("example", beads, 0.0), ("mixture", known, ERROR))
    ]
    write_demo(tmp_path / "index.html", *shown, simulation.table().select("track", "alpha"))
    page = (tmp_path / "index.html").read_text("utf-8")
    told = re.search(r"mean error of alpha is ([\d.]+), and (\d+) %", page)
    assert float(told[1]) < 0.2
    assert 85 <= int(told[2]) <= 100
    assert page.count('class="plot"') == 6
    assert re.findall(r'<a href="([^#"]+)"', page.partition('id="plotly-code"')[0]) == ["example.html", "mixture.html"]
    assert not re.search(r'(?:src|href)="https?:', page.partition('id="plotly-code"')[0])


def test_a_folder_with_other_things_is_left_alone(perrin, tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    assert "already exists" in perrin("demo", "-o", "first").err
    (tmp_path / "first" / "mine.txt").write_text("")
    foreign = perrin("demo", "-o", "first", "--force")
    assert (foreign.code, "mine.txt" in foreign.err) == (2, True)
    assert [path.name for path in (tmp_path / "first").iterdir()] == ["mine.txt"]


def test_the_mixture_is_known() -> None:
    simulation = mixture()
    assert len(simulation.tracks) == 2 * EACH * len(LENGTHS)
    assert simulation.tracks.info["track"].n_unique() == len(simulation.tracks)
    first = simulation.alpha[simulation.tracks.offsets[:-1]]
    assert (first == 1).mean() == 0.5
    assert mixture().tracks.positions.tolist() == simulation.tracks.positions.tolist()


def test_the_example_is_found() -> None:
    assert os.path.getsize(example_file()) > 100_000
