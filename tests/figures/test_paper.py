"""Figures in print: of the right size, in vectors, with type that can be read, and small."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from perrin import figures
from perrin.errors import InputError
from perrin.figures import theme
from perrin.figures.catalog import CATALOG, FigureData, FigureOptions, draw
from perrin.figures.paper import write_figure
from perrin.figures.paper.markup import color, matplotlib_text
from tests.helpers.fakes import fake
from tests.helpers.hurst_tests import decisions

HELD = {"estimates", "tracks"}


def svg_size(text: str) -> tuple[float, float]:
    """Width and height in mm."""
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', text)
    return tuple(float(n) * 25.4 / 72 for n in found.groups())


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n, e in CATALOG.items() if set(e.needs) <= HELD and n != "series"])
def test_every_figure_can_be_printed(name: str, tmp_path: Path) -> None:
    tracks, estimates = fake(40, conditions=("a", "b"))
    figure = draw(name, FigureData(estimates, tracks))
    path = tmp_path / "figure.svg"
    write_figure(figure, path)
    text = path.read_text("utf-8")
    assert svg_size(text)[0] == pytest.approx(89, abs=0.1)
    sizes = [float(n) for n in re.findall(r"font(?:-size)?: (?:[a-z]+ )*([\d.]+)px", text)]
    superscripts = [size for size in sizes if size <= 6]
    assert all(any(size == pytest.approx(0.7 * other, abs=0.01) for other in sizes) for size in superscripts)
    assert max(sizes) < 9
    shown = re.sub(r"<[^>]+>", " ", text)
    for axis in figure.select_xaxes():
        title = (axis.title.text or "").partition(" (")[0]
        assert title in shown


@pytest.mark.slow
def test_other_catalogued_figures_can_be_printed(tmp_path: Path) -> None:
    write_figure(figures.hurst_series(fake(1, dimension=1, length=300, flawed=0)[1]), tmp_path / "a.pdf")
    write_figure(figures.bands(decisions(4)), tmp_path / "b.svg", width=183)
    assert svg_size((tmp_path / "b.svg").read_text("utf-8"))[0] == pytest.approx(183, abs=0.1)


@pytest.mark.slow
def test_540_tracks_in_vectors_stay_below_5_mb(tmp_path: Path) -> None:
    tracks, estimates = fake(540, length=100)
    figure = draw("tracks", FigureData(estimates, tracks))
    for ending in ("svg", "pdf"):
        path = tmp_path / f"tracks.{ending}"
        write_figure(figure, path)
        assert 100_000 < path.stat().st_size < 5_000_000
        assert path.read_bytes().count(b"<image") <= 1  # the colour bar


@pytest.mark.slow
def test_the_same_figure_is_the_same_file(tmp_path: Path) -> None:
    _, estimates = fake(30)
    for name in ("1.svg", "2.svg", "1.pdf", "2.pdf"):
        write_figure(figures.alpha_d_map(estimates), tmp_path / name)
    for ending in ("svg", "pdf"):
        assert (tmp_path / f"1.{ending}").read_bytes() == (tmp_path / f"2.{ending}").read_bytes()


def test_a_picture_has_300_dots_per_inch(tmp_path: Path) -> None:
    write_figure(figures.goodness_of_fit(fake(30)[1]), tmp_path / "a.png", width=100, height=50)
    width, height = struct.unpack(">II", (tmp_path / "a.png").read_bytes()[16:24])
    assert (width, height) == (pytest.approx(1181, abs=1), pytest.approx(590, abs=1))


def test_points_land_where_their_axes_say(tmp_path: Path) -> None:
    figure = theme.blank(300)
    figure.add_scatter(x=[1.0, 10.0, 100.0], y=[0.0, 1.0, 2.0], mode="markers", marker={"color": "#ff0000", "size": 4})
    figure.update_xaxes(type="log", range=[0, 2])
    figure.update_yaxes(range=[0, 2])
    write_figure(figure, tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text("utf-8")
    marks = [tuple(map(float, m)) for m in re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)"[^>]*fill: #ff0000', text)]
    x, y = np.array(marks).T
    assert np.diff(x) == pytest.approx(np.diff(x)[0])
    assert np.diff(y) == pytest.approx(np.diff(y)[0])
    assert y[0] > y[2]


def test_long_notes_are_wrapped_instead_of_squeezing_the_plot(tmp_path: Path) -> None:
    figure = theme.remark(figures.goodness_of_fit(fake(30)[1]), "word " * 60)
    write_figure(figure, tmp_path / "a.svg", width=60)
    assert (tmp_path / "a.svg").read_text("utf-8").count("word") >= 60


def test_a_figure_of_nothing_is_refused_with_its_reason(tmp_path: Path) -> None:
    figure = theme.nothing("Nothing to show here: no track.")
    with pytest.raises(InputError, match="Nothing to show here: no track"):
        write_figure(figure, tmp_path / "a.pdf")
    with pytest.raises(InputError, match=r"\.pdf, \.svg, \.png"):
        write_figure(figures.msd(fake(5)[0]), tmp_path / "a.jpg")
    with pytest.raises(InputError, match="mm wide"):
        write_figure(figures.msd(fake(5)[0]), tmp_path / "a.pdf", width=5)
    assert not list(tmp_path.iterdir())


def test_markup_and_formulas_in_names_stay_text(tmp_path: Path) -> None:
    tracks, estimates = fake(3, names=["$x^2$", "<b>&</b>", "a_b\\c"], flawed=0)
    write_figure(figures.gallery(estimates, tracks), tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text("utf-8")
    assert "$x^2$" in text
    assert "&lt;b&gt;&amp;&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("markup", "text", "bold"),
    [
        ("<b>track 1</b>", "track 1", True),
        ("<b>a</b><br>alpha 1", "a\nalpha 1", False),
        ("D (µm²/s<sup>α</sup>)", r"D (µm²/s$^{\mathrm{\alpha}}$)", False),
        ("2.50 × 10⁻⁵", "2.50 × $10^{-5}$", False),
        ("5 $ &lt;", r"5 \$ <", False),
    ],
)
def test_markup_becomes_words(markup: str, text: str, bold: bool) -> None:
    assert matplotlib_text(markup) == (text, bold)


def test_colours() -> None:
    assert color("rgba(255,0,0,0.5)") == (1, 0, 0, 0.5)
    assert color("rgb(0,255,0)", 0.4) == (0, 1, 0, 0.4)
    assert color("#0000ff") == (0, 0, 1, 1)


def test_what_a_figure_needs_is_named() -> None:
    with pytest.raises(InputError, match="needs the simulated file with its truth"):
        draw("calibration", FigureData(estimates=fake(3)[1]), FigureOptions())
    with pytest.raises(InputError, match=r"unknown figure 'pie'\. Choose one of: profiles, tracks, "):
        draw("pie", FigureData())


def test_every_public_figure_is_in_the_catalogue() -> None:
    drawn = {name.replace("-", "_") for name in CATALOG}
    other = {"alpha_d_map": "map", "alpha_distribution": "alpha", "d_frame_distribution": "d_frame"}
    other |= {
        "goodness_of_fit": "fit",
        "hurst_series": "series",
        "track_map": "tracks",
        "condition_comparison": "conditions",
    }
    other |= {"estimate_against_truth": "truth"}
    assert {other.get(name, name) for name in figures.__all__} == drawn - {"fingerprints"}


def test_a_plotly_figure_is_what_comes_back() -> None:
    tracks, estimates = fake(20)
    assert isinstance(draw("tracks", FigureData(estimates, tracks), FigureOptions(color="D")), go.Figure)


def test_a_trace_of_another_kind_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plotly's Histogram cannot be printed\. Make it of Scatter, Bar or Heatmap"):
        write_figure(go.Figure(go.Histogram(x=[1, 2])), tmp_path / "a.svg")
