"""Figures of how tracks move show what closed forms say of simulated ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

import perrin
from perrin import figures
from perrin.errors import InputError
from perrin.figures import theme
from perrin.figures.against_truth import with_truth
from perrin.result import Estimates, status
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Tracks
from tests.helpers.fakes import fake


@pytest.fixture(scope="module")
def slow() -> tuple[Tracks, Estimates]:
    simulated = simulate_fbm(300, 60, hurst=0.3, D=0.5, dt=0.1, measurement=Measurement(sigma=0.05), seed=1)
    return simulated.tracks, perrin.analyze(simulated.tracks, sigma=0.05)


def notes(figure) -> str:
    return " | ".join(a.text for a in figure.layout.annotations)


def test_steps_of_fractional_brownian_motion_are_gaussian() -> None:
    tracks = simulate_fbm(200, 100, hurst=0.4, seed=2).tracks
    dots, own, line = figures.van_hove(tracks).data
    inner = np.abs(dots.x) < 2.5
    gauss = np.exp(-0.5 * dots.x[inner] ** 2) / np.sqrt(2 * np.pi)
    assert dots.y[inner] == pytest.approx(gauss, rel=0.15)
    assert len(own.x)
    assert line.y.max() == pytest.approx(1 / np.sqrt(2 * np.pi))
    assert abs(float(notes(figures.van_hove(tracks)).split("parameter ")[1].split()[0])) < 0.05


def test_tails_of_a_mixture_go_when_each_track_has_its_own_unit() -> None:
    scale = np.where(np.arange(300) % 2, 1.0, 9.0)
    tracks = simulate_fbm(300, 80, hurst=0.5, D=scale, seed=3).tracks
    together, apart, _ = figures.van_hove(tracks).data
    far = 3.25
    tail = [float(t.y[np.abs(t.x) > far].sum()) for t in (together, apart)]
    assert tail[0] > 3 * tail[1]


def test_turns_of_free_diffusion_are_even_and_of_slow_motion_backwards() -> None:
    free, line = figures.turning_angles(simulate_fbm(200, 100, hurst=0.5, seed=4).tracks).data
    assert free.y == pytest.approx(line.y[0], abs=0.5)
    back = figures.turning_angles(simulate_fbm(200, 100, hurst=0.2, seed=4).tracks)
    assert back.data[0].y[-1] > 1.5 * back.data[0].y[0]
    rho = (2**0.4 - 2) / 2  # correlation of successive steps
    assert "mean cosine -" in notes(back)
    assert float(notes(back).split("cosine ")[1].split(";")[0]) == pytest.approx(rho * np.pi / 4, abs=0.03)


def test_turns_in_space_follow_the_sine_and_a_line_has_none() -> None:
    bars, line = figures.turning_angles(simulate_fbm(150, 100, hurst=0.5, dimension=3, seed=5).tracks).data
    assert bars.y == pytest.approx(line.y, abs=0.6)
    assert sum(line.y) == pytest.approx(100)
    assert theme.reason(figures.turning_angles(simulate_fbm(3, 50, dimension=1, seed=6).tracks))


def test_the_memory_of_steps_is_that_of_the_estimated_laws(slow) -> None:
    tracks, estimates = slow
    expected, measured = figures.velocity_autocorrelation(estimates, tracks).data[:2]
    assert measured.y == pytest.approx(expected.y, abs=0.03)
    assert expected.y[0] == 1
    s2 = 2 * 0.5 * 0.1**0.6
    truth = (s2 * (2**0.6 - 2) / 2 - 0.05**2) / (s2 + 2 * 0.05**2)
    assert expected.y[1] == pytest.approx(truth, abs=0.03)


def test_a_gap_costs_steps_and_bends_nothing() -> None:
    tracks = simulate_fbm(400, 60, hurst=0.5, measurement=Measurement(missing=0.3), seed=7).tracks
    estimates = perrin.analyze(tracks, method="tamsd", sigma=0)
    _, measured = figures.velocity_autocorrelation(estimates, tracks).data[:2]
    assert measured.y[1:] == pytest.approx(np.zeros(len(measured.y) - 1), abs=0.03)


def test_a_series_stands_above_its_exponent() -> None:
    _, estimates = fake(3, dimension=1, length=300, flawed=0)
    figure = figures.hurst_series(estimates, ("cells.csv", "1"))
    points = estimates.points.filter(track="1")
    series, band, hurst = figure.data
    assert series.y.tolist() == points["x"].to_list()
    assert np.nanmax(hurst.y) == pytest.approx(points["alpha"].max() / 2)
    assert np.nanmax(band.y) == pytest.approx(points["alpha_hi"].max() / 2)
    assert theme.reason(figures.hurst_series(fake(3)[1]))


@pytest.mark.parametrize("colour", ["alpha", "D", "time", "status"])
def test_every_position_of_a_track_map_is_where_it_was(colour) -> None:
    tracks, estimates = fake(30)
    figure = figures.track_map(estimates, tracks, colour)
    drawn = [t for t in figure.data if t.mode == "lines" and t.x[0] is not None and t.line.width < 3]
    x = np.concatenate([t.x for t in drawn])
    assert np.nanmin(x) == pytest.approx(tracks.positions[:, 0].min(), rel=1e-5)
    assert len({t.line.color for t in drawn}) > 1
    if colour == "status":
        named = {t.name for t in figure.data if t.name}
        assert named == {s.replace("_", " ") for s in estimates.tracks["status"].unique()}


def test_a_map_in_one_colour_class_shows_the_alpha_of_each_track() -> None:
    tracks, estimates = fake(6, flawed=0)
    constant = estimates.points.with_columns(pl.lit(None, dtype=pl.Float64).alias("alpha"))
    figure = figures.track_map(Estimates(constant, estimates.tracks, estimates.units, "exact"), tracks)
    lines = [t for t in figure.data if t.mode == "lines" and t.line.dash is None and t.line.width < 3]
    assert len(lines) <= 6
    assert theme.QUIET not in {t.line.color for t in lines}


def grouped(estimates: Estimates, replicates: int, shift: float) -> Estimates:
    """Two conditions of `replicates` files each, alpha of the second `shift` higher."""
    n = estimates.tracks.height
    index = pl.int_range(n)
    table = estimates.tracks.with_columns(
        condition=pl.when(index % 2 == 0).then(pl.lit("a")).otherwise(pl.lit("b")),
        replicate=((index // 2) % replicates).cast(pl.String),
        alpha=pl.col("alpha") + shift * (index % 2),
    )
    return Estimates(estimates.points, table, estimates.units, estimates.method)


def test_conditions_are_tested_over_replicates() -> None:
    _, estimates = fake(600, flawed=0)
    from scipy.stats import ttest_ind

    for shift, significant in ((0.0, False), (0.6, True)):
        figure = figures.condition_comparison(grouped(estimates, 4, shift))
        large = [np.array(t.y) for t in figure.data if t.mode == "markers" and t.marker.size == 12]
        assert [len(v) for v in large] == [4, 4]
        p = float(notes(figure).split("p = ")[1])
        assert p == pytest.approx(ttest_ind(*large, equal_var=False).pvalue, rel=0.05)
        assert (p < 0.05) == significant


def test_without_replicates_nothing_is_tested() -> None:
    _, estimates = fake(100, flawed=0)
    assert "not tested" in notes(figures.condition_comparison(grouped(estimates, 1, 0.5)))
    assert "one condition" in notes(figures.condition_comparison(estimates))
    assert figures.condition_comparison(grouped(estimates, 2, 0.5), "D_frame").layout.yaxis.type == "log"


def test_intervals_that_hold_are_called_calibrated(slow) -> None:
    _, estimates = slow
    truth = estimates.tracks.select("track", alpha=pl.lit(0.6))
    figure = figures.calibration(estimates, truth)
    good = with_truth(estimates, truth)
    held = good.filter((pl.col("alpha_lo") <= 0.6) & (pl.col("alpha_hi") >= 0.6)).height / good.height
    assert figure.data[2].y[0] == pytest.approx(100 * held)
    levels, share = np.array(figure.data[1].x), np.array(figure.data[1].y)
    assert np.all(np.diff(share) >= 0)
    assert np.interp(95, levels, share) == pytest.approx(100 * held, abs=3)


def test_intervals_of_another_level_stand_at_that_level(slow) -> None:
    """A learned model's intervals hold 90 %: made of a 95 % one in proportion, the curve is the same."""
    _, estimates = slow
    truth = estimates.tracks.select("track", alpha=pl.lit(0.6))
    narrower = norm.ppf(0.95) / norm.ppf(0.975)
    ends = [
        (pl.col("alpha") + narrower * (pl.col(end) - pl.col("alpha"))).alias(end) for end in ("alpha_lo", "alpha_hi")
    ]
    learned = replace(estimates, tracks=estimates.tracks.with_columns(ends), settings={"interval": 0.9})
    usual, other = figures.calibration(estimates, truth), figures.calibration(learned, truth)
    np.testing.assert_allclose(other.data[1].y, usual.data[1].y, atol=1)
    assert list(other.data[2].x) == [90]
    assert other.data[2].name == "its 90 % interval"
    assert "90 % interval contains" in notes(other)


@pytest.mark.slow
def test_errors_stand_beside_their_bound() -> None:
    rng = np.random.default_rng(0)
    lengths = [20, 80, 200]
    parts = [simulate_fbm(150, n, hurst=rng.uniform(0.1, 0.9, 150), seed=n).tracks for n in lengths]
    positions = [p.positions[a:b] for p in parts for a, b in zip(p.offsets[:-1], p.offsets[1:], strict=True)]
    hurst = np.concatenate([np.random.default_rng(0).uniform(0.1, 0.9, 450)])
    estimates = perrin.analyze(Tracks.from_arrays(positions), sigma=0)
    truth = pl.DataFrame({"track": [str(i) for i in range(450)], "alpha": 2 * hurst})
    dots, bound = figures.error_by_length(estimates, truth).data
    assert np.all(np.diff(bound.y) < 0)
    assert dots.y[-1] == pytest.approx(bound.y[-1], rel=0.25)


def test_truth_that_is_of_other_tracks_is_refused(slow) -> None:
    _, estimates = slow
    with pytest.raises(InputError, match="contains none of the estimated tracks"):
        figures.calibration(estimates, pl.DataFrame({"track": ["none"], "alpha": [1.0]}))
    with pytest.raises(InputError, match="has no columns track and alpha"):
        figures.error_by_length(estimates, pl.DataFrame({"track": ["1"]}))


def test_too_few_steps_are_said_in_a_sentence() -> None:
    tracks, estimates = fake(2, only=status.TOO_SHORT)
    for figure in (
        figures.van_hove(tracks), figures.turning_angles(tracks), figures.velocity_autocorrelation(estimates, tracks)
    ):  # fmt: skip
        assert theme.reason(figure).endswith(".")
