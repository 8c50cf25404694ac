"""The figure of a population: its numbers, its bands, its modes, and what it says when there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

import perrin
from perrin import figures
from perrin.figures import theme
from perrin.result import Population
from perrin.simulate import simulate_fbm
from perrin.tracks import Tracks, Units


def tracks(n: int, *, conditions: int = 1) -> Tracks:
    """Slow and fast tracks of six positions, in as many conditions."""
    D = np.where(np.arange(n) % 3 == 0, 0.05, 5.0)
    seen = simulate_fbm(n, 6, D=D, dt=0.01, seed=3, units=Units("µm", "s")).tracks
    names = [f"<{i % conditions}>" for i in range(n)] if conditions > 1 else [None] * n
    return replace(seen, info=seen.info.with_columns(condition=pl.Series(names, dtype=pl.String)))


def titles(figure: object) -> str:
    layout = figure.to_dict()["layout"]  # type: ignore[attr-defined]
    return " | ".join(v["title"]["text"] for k, v in layout.items() if k.startswith(("xaxis", "yaxis")))


@pytest.fixture(scope="module")
def found() -> Population:
    return perrin.population(tracks(120), sigma=0.0, alpha=1.0, draws=20)


def test_the_curve_shows_the_fractions_and_the_band_holds_it(found: Population) -> None:
    figure = figures.population(found)
    assert theme.reason(figure) is None
    band, curve, jumps = figure.data
    marginal = found.part("D_frame")
    assert list(curve.x) == marginal["D_frame"].to_list()
    np.testing.assert_allclose(np.array(curve.y) / 20, marginal["tracks"], atol=1e-9)
    np.testing.assert_allclose(np.array(jumps.y) / 20, marginal["jumps"], atol=1e-9)
    half = len(marginal)
    np.testing.assert_allclose(np.array(band.y)[:half] / 20, marginal["tracks_hi"], atol=1e-9)
    assert "D_frame (µm²/s)" in titles(figure)
    assert "fraction per factor of ten" in titles(figure)


def test_the_modes_are_written_above_their_hills(found: Population) -> None:
    said = [a.text for a in figures.population(found).layout.annotations]
    for share in found.main_modes()["tracks"]:
        assert any(text.startswith(f"{100 * share:.0f} %") for text in said)
    assert any("120 tracks" in text for text in said)


def test_free_alpha_is_shaded_below() -> None:
    population = perrin.population(tracks(60), sigma=0.01, draws=3)
    figure = figures.population(population)
    shading = figure.data[-1]
    assert shading.type == "heatmap"
    assert np.sum(shading.z) == pytest.approx(
        population.part("joint").filter(pl.col("D_frame") >= population.facts.resolution)["tracks"].sum(), abs=1e-5
    )
    assert "alpha (no unit)" in titles(figure)


def test_conditions_have_a_curve_each_and_hostile_names_are_text() -> None:
    figure = figures.population(perrin.population(tracks(90, conditions=2), sigma=0.0, alpha=1.0, draws=3))
    assert [t.name for t in figure.data if t.name] == ["&lt;0&gt;", "&lt;1&gt;"]


def test_too_few_tracks_are_said_in_a_sentence() -> None:
    said = theme.reason(figures.population(perrin.population(tracks(5))))
    assert said is not None
    assert said.endswith(".")
