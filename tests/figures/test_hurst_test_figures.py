"""Figures of the decisions: what they draw, and what they say when there is nothing to draw."""

import numpy as np
import pytest

from perrin import figures
from perrin.figures import theme
from tests.helpers.hurst_tests import decisions


def test_bands_show_the_estimate_and_where_it_leaves() -> None:
    figure = figures.bands(decisions(2))
    curves = [t for t in figure.data if t.line.color == theme.ACCENT]
    outside = [t for t in figure.data if t.line.color == theme.EMPHASIS]
    assert (len(curves), len(outside)) == (2, 1)
    assert np.isfinite(outside[0].y).sum() == 10
    said = " ".join(a.text for a in figure.layout.annotations)
    assert "100 % inside" in said
    assert "80 % inside" in said
    assert "&lt;0&gt;" in said
    assert "(s)" in figure.layout.xaxis.title.text


def test_bands_choose_from_the_smallest_p_to_the_largest() -> None:
    figure = figures.bands(decisions(40))
    titles = [a.text for a in figure.layout.annotations if "inside" in a.text]
    assert len(titles) == 6
    assert "&lt;0&gt;" in titles[0]
    assert "&lt;39&gt;" in titles[-1]
    assert "6 of 40 tracks" in figure.layout.annotations[-1].text
    asked = figures.bands(decisions(40), [("a", "<7>")])
    assert len([a for a in asked.layout.annotations if "inside" in a.text]) == 1


def test_the_line_of_the_published_test_is_a_border_of_bars() -> None:
    bars = figures.band_shares(decisions(4)).data[0]
    assert bars.customdata[-1].tolist() == [95, 100]


def test_histograms_count_every_track() -> None:
    found = decisions(40)
    assert sum(figures.p_values(found).data[0].y) == 40
    shares = figures.band_shares(found)
    assert sum(shares.data[0].y) == 40
    assert "20 of 40" in shares.layout.annotations[-1].text


@pytest.mark.parametrize("name", ["bands", "p_values", "band_shares"])
def test_nothing_to_draw_is_said(name: str) -> None:
    empty = decisions(0)
    assert theme.reason(getattr(figures, name)(empty))


def test_without_a_band_only_the_p_values_are_drawn() -> None:
    found = decisions(5, banded=False)
    assert theme.reason(figures.p_values(found)) is None
    assert "coeurjolly gives no H(t)" in (theme.reason(figures.bands(found)) or "")
