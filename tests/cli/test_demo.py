"""`perrin demo`: one page with the example, the mixture, and the truth."""

import os
import re
from pathlib import Path

from perrin.report.example import EACH, LENGTHS, example_file, mixture


def test_a_first_look_without_any_tracks(perrin, tmp_path: Path) -> None:
    done = perrin("demo", "-o", "first")
    assert (done.code, done.err) == (0, "")
    page = (tmp_path / "first/index.html").read_text("utf-8")
    told = re.search(r"errs by ([\d.]+) in alpha on average, and (\d+) %", page)
    assert float(told[1]) < 0.2
    assert 85 <= int(told[2]) <= 100
    assert page.count('class="plot"') == 6
    for name in re.findall(r'<a href="([^#"]+)"', page):
        assert (tmp_path / "first" / name).exists()
    assert not re.search(r'(?:src|href)="https?:', page)
    assert perrin("demo", "-o", "first").code == 2
    (tmp_path / "first" / "mine.txt").write_text("")
    foreign = perrin("demo", "-o", "first", "--force")
    assert (foreign.code, "mine.txt" in foreign.err) == (2, True)


def test_the_mixture_is_known() -> None:
    simulation = mixture()
    assert len(simulation.tracks) == 2 * EACH * len(LENGTHS)
    assert simulation.tracks.info["track"].n_unique() == len(simulation.tracks)
    first = simulation.alpha[simulation.tracks.offsets[:-1]]
    assert (first == 1).mean() == 0.5
    assert mixture().tracks.positions.tolist() == simulation.tracks.positions.tolist()


def test_the_example_is_found() -> None:
    assert os.path.getsize(example_file()) > 100_000
