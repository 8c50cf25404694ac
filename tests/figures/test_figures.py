"""Each figure builds on one track, on many and on none, carries units, and shows the numbers it was given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go
import polars as pl
import pytest

from perrin import figures
from perrin.figures import alpha_colors, distribution, selection, theme
from perrin.figures.scale_bar import bar_length
from perrin.result import Estimates, HurstTest, status
from perrin.tracks import Tracks, Units
from tests.helpers.fakes import fake

MAKERS: dict[str, Callable[[Tracks, Estimates], go.Figure]] = {
    "alpha_distribution": lambda _, e: figures.alpha_distribution(e),
    "d_frame_distribution": lambda _, e: figures.d_frame_distribution(e),
    "alpha_d_map": lambda _, e: figures.alpha_d_map(e),
    "msd": lambda t, _: figures.msd(t),
    "gallery": lambda t, e: figures.gallery(e, t),
    "profiles": lambda _, e: figures.profiles(e),
    "goodness_of_fit": lambda _, e: figures.goodness_of_fit(e),
    "track_map": lambda t, e: figures.track_map(e, t),
    "condition_comparison": lambda _, e: figures.condition_comparison(e),
}
UNITS = {
    "d_frame_distribution": ["D_frame (µm²/s)"],
    "alpha_d_map": ["D_frame (µm²/s)", "alpha (no unit)"],
    "msd": ["lag time (s)", "MSD (µm²)"],
    "profiles": ["time (s)", "D(t) (µm²/s<sup>α</sup>)", "alpha(t) (no unit)"],
    "alpha_distribution": ["alpha (no unit)"],
    "goodness_of_fit": ["fit_p (no unit)"],
}


def titles(figure: go.Figure) -> str:
    layout = figure.to_dict()["layout"]
    axes = [v for k, v in layout.items() if k.startswith(("xaxis", "yaxis"))]
    return " | ".join(a.get("title", {}).get("text") or "" for a in axes)


def notes(figure: go.Figure) -> str:
    return " | ".join(a.text for a in figure.layout.annotations)


def test_every_public_figure_is_tried_here() -> None:
    elsewhere = {"population", "bands", "band_shares", "p_values", "hurst_series", "van_hove", "turning_angles"}
    elsewhere |= {
        "velocity_autocorrelation",
        "calibration",
        "error_by_length",
        "estimate_against_truth",
    }  # with tests of their own
    assert {*MAKERS, *elsewhere} == set(figures.__all__)


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize(
    "kind",
    [
        {"n": 1},
        {"n": 5},
        {"n": 200},
        {"n": 9, "dimension": 1},
        {"n": 30, "dimension": 3, "conditions": ("a", "b", None)},
    ],
)
def test_it_builds(name: str, kind: dict[str, object]) -> None:
    figure = MAKERS[name](*fake(**kind))  # type: ignore[arg-type]
    assert theme.reason(figure) is None
    assert len(figure.data) > 0
    assert figure.layout.height >= 100
    assert len(figure.to_json()) < 1_000_000


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("kind", [{"n": 0}, {"n": 5, "only": status.TOO_SHORT}, {"n": 5, "only": status.IMMOBILE}])
def test_nothing_to_show_is_said_in_a_sentence(name: str, kind: dict[str, object]) -> None:
    figure = MAKERS[name](*fake(**kind))  # type: ignore[arg-type]
    if name in ("msd", "track_map") and kind["n"]:
        assert len(figure.data) > 0
        return
    said = theme.reason(figure)
    assert said is not None
    assert said.endswith(".")
    assert len(figure.data) == 0


@pytest.mark.parametrize("name", UNITS)
def test_axes_carry_units(name: str) -> None:
    found = titles(MAKERS[name](*fake(40)))
    assert all(title in found for title in UNITS[name]), found


def test_uncalibrated_units_are_shown_as_they_are() -> None:
    tracks, estimates = fake(40, units=Units("px", "frame"))
    assert "D_frame (px²/frame)" in titles(figures.d_frame_distribution(estimates))
    assert "MSD (px²)" in titles(figures.msd(tracks))


@pytest.mark.parametrize(("column", "log"), [("alpha", False), ("D_frame", True)])
def test_histograms_count_every_track(column: str, log: bool) -> None:
    _, estimates = fake(300, conditions=("a", "b"))
    make = figures.d_frame_distribution if log else figures.alpha_distribution
    figure = make(estimates)
    good = selection.estimated(estimates, column)
    filled = [trace for trace in figure.data if trace.fill == "tozeroy"]
    assert [sum(t.y[1::3]) for t in filled] == [(good["condition"] == c).sum() for c in "ab"]
    medians = [t.x[0] for t in figure.data if t.line.dash == "solid"]
    assert medians == pytest.approx([good.filter(condition=c)[column].median() for c in "ab"])
    assert figure.layout.xaxis.type == ("log" if log else None)


def test_few_tracks_are_shown_one_by_one_with_their_intervals() -> None:
    _, estimates = fake(5, flawed=0)
    (trace,) = figures.alpha_distribution(estimates).data
    tracks = estimates.tracks.sort("alpha")
    assert list(trace.x) == tracks["alpha"].to_list()
    assert list(trace.x + trace.error_x.array) == pytest.approx(tracks["alpha_hi"].to_list())


def test_bins_cover_all_values_without_an_empty_end() -> None:
    for values in (np.array([0.5] * 9), np.linspace(0.1, 0.7, 50), np.array([0.3, 0.6, 0.9])):
        borders = distribution.edges(values, log=False)
        counts, _ = np.histogram(np.clip(values, borders[0], borders[-1]), borders)
        assert counts.sum() == len(values)
        assert counts[-1] > 0 or len(set(values)) == 1


def test_the_map_shows_the_values_of_the_tracks() -> None:
    _, estimates = fake(100)
    trace, above, beside = figures.alpha_d_map(estimates).data
    good = selection.estimated(estimates, "alpha", "D_frame")
    assert list(trace.x) == good["alpha"].to_list()
    assert list(trace.y) == good["D_frame"].to_list()
    assert trace.error_x.array is not None
    assert sum(above.y[1:-1:2]) == good.height
    assert sum(beside.x[1:-1:2]) == good.height


def test_the_map_of_many_tracks_is_a_density_with_a_stated_sample() -> None:
    _, estimates = fake(6000, length=10, flawed=0)
    density, dots = figures.alpha_d_map(estimates).data[:2]
    assert np.sum(density.z) == 6000
    assert len(dots.x) == 4000
    assert "4,000 of 6,000 tracks shown" in notes(figures.alpha_d_map(estimates))
    again = figures.alpha_d_map(estimates).data[1]
    assert list(again.x) == list(dots.x)


@pytest.mark.slow
def test_no_figure_needs_webgl() -> None:
    tracks, estimates = fake(5000, length=12)
    for make in MAKERS.values():
        assert not {trace.type for trace in make(tracks, estimates).data} & {"scattergl", "heatmapgl", "scatter3d"}


def test_goodness_of_fit_counts_every_test_and_draws_what_is_expected() -> None:
    _, estimates = fake(400)
    bars, line = figures.goodness_of_fit(estimates).data
    tested = selection.estimated(estimates, "fit_p").height
    assert sum(bars.y) == tested
    assert list(line.y) == [tested / 20] * 2


def test_strips_show_values_gaps_and_bands() -> None:
    _, estimates = fake(30, length=120, flawed=0)
    key = ("cells.csv", "7")
    figure = figures.profiles(estimates, [key])
    points = selection.points_of(estimates, [key])[0]
    inner = next(t for t in figure.data if t.name == "alpha" and t.line.dash == "solid")
    expected = points["alpha"].to_numpy()[(points["status"] == status.OK).to_numpy()]
    shown = np.array(inner.y)
    assert shown[np.isfinite(shown)] == pytest.approx(expected)
    assert np.isnan(shown).any()
    band = next(t for t in figure.data if t.fill == "toself")
    assert np.nanmax(band.y) == pytest.approx(points["alpha_hi"].max())
    assert figure.layout.yaxis2.type == "log"
    assert figure.layout.shapes[0].y0 == 1


def test_strips_without_intervals_have_no_band() -> None:
    _, estimates = fake(30, bands=False)
    figure = figures.profiles(estimates)
    assert not [t for t in figure.data if t.fill]
    assert "4 of the 20 longest" in notes(figure)


def test_strips_show_states_their_changes_and_why_there_is_no_value() -> None:
    _, estimates = fake(2, length=12, gaps=0, flawed=0)
    first = pl.col("track") == estimates.tracks["track"][0]
    row = pl.int_range(pl.len()).over("source", "track")
    told = estimates.points.with_columns(
        pl.when(first & (row < 4)).then(pl.lit("<free>")).when(first & (row < 9)).then(pl.lit("bound")).alias("class"),
        pl.when(first & (row >= 9)).then(pl.lit(status.NO_ESTIMATE)).otherwise("status").alias("status"),
        t=row * 1.0, alpha=pl.lit(1.0),
    )  # fmt: skip
    figure = figures.profiles(Estimates(told, estimates.tracks, estimates.units, "exact"))
    shown = {t.name: list(t.x) for t in figure.data if t.line.width == 9}
    assert shown == {"&lt;free&gt;": [0.0, 3.5, None], "bound": [3.5, 8.5, None], "no estimate": [8.5, 13.0, None]}
    assert sum(bool(t.showlegend) for t in figure.data) == 3
    assert [s.x0 for s in figure.layout.shapes if s.yref == "paper"] == [3.5]
    plain = figures.profiles(estimates)
    assert not plain.layout.showlegend
    assert not [t for t in plain.data if t.line.width == 9]


def test_strips_bear_what_the_test_says() -> None:
    _, estimates = fake(3, flawed=0)
    keys = estimates.tracks.select("source", "track").rows()
    tests = estimates.tracks.select("source", "track")[:2].with_columns(
        p=pl.Series([1e-5, 0.4]), q=pl.Series([2e-5, 0.4]), changes=pl.Series([True, False])
    )
    decided = HurstTest(tests, pl.DataFrame(), estimates.units, 0.05, 100, "coeurjolly", {})
    said = notes(figures.profiles(estimates, keys, decided))
    assert "H changes: q < 0.001 | " in said
    assert "constant H fits: q = 0.4 | " in said
    assert "not tested | " in said


def test_a_band_is_one_closed_shape_a_stretch() -> None:
    _, estimates = fake(1, length=8, gaps=0)
    known = [True, True, False, True] + [False] * (estimates.points.height - 4)
    low = pl.when(pl.Series(known)).then(1.0)
    points = estimates.points.with_columns(
        alpha=pl.lit(1.5), alpha_lo=low, alpha_hi=low + 1, t=pl.int_range(pl.len()) * 1.0
    )
    figure = figures.profiles(Estimates(points, estimates.tracks, estimates.units, "exact"))
    band = next(t for t in figure.data if t.fill == "toself")
    outline = np.column_stack([band.x, band.y])
    assert outline[:4].tolist() == [[0, 2], [1, 2], [1, 1], [0, 1]]
    assert outline[5:].tolist() == [[3, 2], [3, 1]]


def test_the_gallery_shows_estimated_tracks_from_low_to_high_alpha() -> None:
    tracks, estimates = fake(200, flawed=0.5)
    figure = figures.gallery(estimates, tracks)
    names = [a.text for a in figure.layout.annotations if a.text.startswith("<b>")]
    shown = [float(n.rsplit(" ", 1)[1]) for n in names]
    ids = [n[3:].split("<")[0] for n in names]
    assert len(names) == 20
    assert shown == sorted(shown)
    chosen = estimates.tracks.filter(pl.col("track").is_in(ids))
    assert set(chosen["status"]) == {status.OK}
    assert chosen["alpha"].quantile(0.5) == pytest.approx(
        selection.estimated(estimates, "alpha")["alpha"].median(), abs=0.1
    )


def test_the_gallery_draws_tracks_true_to_scale() -> None:
    square = np.array([[0.0, 0], [3, 0], [3, 3], [0, 3]])
    tracks = Tracks.from_arrays([square, 2 * square], units=Units("µm", "s"))
    _, estimates = fake(2, flawed=0, length=8)
    named = {"source": pl.lit("memory"), "n_points": pl.lit(4, pl.Int64)}
    points = estimates.points.with_columns(source=pl.lit("memory")).group_by("track", maintain_order=True).head(4)
    points = points.select(estimates.points.columns)
    estimates = Estimates(points, estimates.tracks.with_columns(**named), estimates.units, "exact")
    figure = figures.gallery(estimates, tracks)
    lines = [t for t in figure.data if t.mode == "lines"]
    bars = [t for t in lines if t.line.width == 3]
    sizes = sorted(np.nanmax(t.x[:5]) - np.nanmin(t.x[:5]) for t in lines if t.line.width != 3)
    assert len(bars) == 1
    assert "2 µm" in notes(figure)
    assert "one scale for all" in notes(figure)
    assert max(sizes) == pytest.approx((bars[0].x[1] - bars[0].x[0]) * 3, rel=1e-5)


def test_the_gallery_says_how_other_dimensions_are_drawn() -> None:
    for dimension, said in ((1, "position (up) against time"), (3, "x and y of 3-D tracks")):
        tracks, estimates = fake(20, dimension=dimension)
        assert said in notes(figures.gallery(estimates, tracks))


@pytest.mark.parametrize(("extent", "length"), [(10, 2), (12, 5), (0.03, 0.01), (1e5, 2e4), (0, 1)])
def test_scale_bars_are_round(extent: float, length: float) -> None:
    assert bar_length(extent) == pytest.approx(length)


def test_alpha_one_is_grey_and_far_values_are_not() -> None:
    low, middle, high, unknown = alpha_colors.classes(np.array([0.1, 1.0, 1.9, np.nan]))
    grey = [int(c) for c in alpha_colors.color(int(middle))[4:-1].split(",")]
    assert max(grey) - min(grey) < 20
    assert alpha_colors.color(int(low)) != alpha_colors.color(int(high))
    assert unknown == -1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12345, "0.123"), (0, "0"), (1234.5, "1,230"), (2.5e-5, "2.50 × 10⁻⁵"), (3e7, "3.00 × 10⁷"), (-0.5, "-0.5")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert theme.number(value) == text


def test_long_names_are_cut_in_the_middle() -> None:
    assert theme.shorten("abcdefghij", 5) == "ab…ij"
    assert theme.shorten("abc", 5) == "abc"


def test_markup_in_names_is_escaped() -> None:
    tracks, estimates = fake(3, names=["<b>x</b>", "a&b", "</script>"], flawed=0)
    for name, make in MAKERS.items():
        assert "<b>x</b>" not in notes(make(tracks, estimates)).replace("<b>track ", ""), name
