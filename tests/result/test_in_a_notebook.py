"""What a notebook shows of tracks and results: whole HTML that holds their numbers, whatever their names are."""

import numpy as np
import polars as pl
import pytest
from lxml import etree

import perrin
from perrin.result import Population, PopulationFacts
from perrin.tracks import Tracks, Units


def shown(thing) -> etree._Element:
    """Well-formed as XML, so nothing is left open and nothing is a tag that should be text."""
    return etree.fromstring(thing._repr_html_())


def text(page: etree._Element) -> str:
    return " ".join(" ".join(page.itertext()).split())


def hostile(tracks: Tracks) -> Tracks:
    return perrin.read(tracks.to_polars().with_columns(track=pl.lit("<b>&") + pl.col("track"), source=pl.lit("<i>")))


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_tracks_show_their_numbers_and_where_they_ran(dimension: int) -> None:
    tracks = perrin.simulate_fbm(3, 40, dimension=dimension, units=Units("µm", "s"), seed=1).tracks
    page = shown(tracks)
    assert "3 tracks, 120 points" in text(page)
    assert "40 to 40, median 40" in text(page)
    lines = page.findall(".//polyline")
    assert [len(line.get("points").split()) for line in lines] == [40] * 3
    places = np.array([[float(v) for v in p.split(",")] for line in lines for p in line.get("points").split()])
    assert (places.min(), places.max()) == (0.0, 260.0)
    assert len(shown(tracks[:0]).findall(".//polyline")) == 0


def test_of_very_many_tracks_some_are_shown() -> None:
    tracks = perrin.simulate_fbm(300, 100, seed=1).tracks
    page = shown(tracks)
    assert len(page.findall(".//polyline")) == 200
    assert "the first 200 tracks" in text(page)
    assert len(tracks._repr_html_()) < 200_000


def test_results_show_their_first_rows() -> None:
    tracks = perrin.simulate_fbm(25, 40, dimension=1, seed=1).tracks
    for thing, words in (
        (perrin.analyze(tracks, "tamsd"), ("Estimates(tamsd: 25 tracks", "25 tracks", "D_frame", "20 more rows")),
        (perrin.population(tracks, sigma=0, alpha=1, draws=0), ("tracks used 25", "D_frame")),
        (perrin.run_hurst_test(tracks[:7], samples=20), ("HurstTest(coeurjolly: 7 tracks", "2 more rows", "hurst")),
    ):
        page = text(shown(thing))
        assert all(word in page for word in words), (page, words)


def test_names_are_text() -> None:
    tracks = hostile(perrin.simulate_fbm(2, 30, seed=1).tracks)
    page = shown(perrin.analyze(tracks, "tamsd"))
    assert "<b>&0" in text(page)
    assert not page.findall(".//b")
    assert "<i>" in text(shown(tracks))
    reason = Population.none(PopulationFacts(reason="<u>"), tracks.units)
    assert "<u>" in text(shown(reason))
