"""What is said of a whole is what its parts say together."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perrin.result import Estimates, Overview, quantile_sketch
from perrin.result.quantile_sketch import PRECISION, QuantileSketch
from tests.helpers.fakes import fake

VALUES = st.lists(st.floats(1e-9, 1e9) | st.just(0.0), min_size=1, max_size=60)


@given(VALUES, st.lists(st.integers(0, 60), max_size=5))
def test_few_values_are_kept_exactly(values: list[float], cuts: list[int]) -> None:
    parts = [QuantileSketch.of(part) for part in np.split(np.array(values), sorted(min(c, len(values)) for c in cuts))]
    merged = QuantileSketch.merged(parts)
    assert len(merged) == len(values)
    np.testing.assert_array_equal(merged.quantiles((0, 0.25, 0.5, 1)), np.quantile(values, (0, 0.25, 0.5, 1)))


@settings(max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 9), st.permutations(range(6)))
def test_many_are_counted_the_same_however_they_were_divided(seed: int, most: int, order) -> None:
    rng = np.random.default_rng(seed)
    values = np.exp(rng.normal(0, 3, 600))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantile_sketch, "MOST_EXACT", 50 * most)
        whole = QuantileSketch.of(values)
        cuts = np.sort(rng.integers(0, 600, 5))
        parts = [QuantileSketch.of(part) for part in np.split(values, cuts)]
        merged = QuantileSketch.merged([parts[i] for i in order])
        stepwise = QuantileSketch.merged([QuantileSketch.merged(parts[:3]), QuantileSketch.merged(parts[3:])])
    for other in (merged, stepwise):
        assert np.array_equal(whole.classes, other.classes)
        assert np.array_equal(whole.counts, other.counts)
    fractions = (0.1, 0.25, 0.5, 0.75, 0.9)
    near = np.quantile(values, fractions, method="lower")
    np.testing.assert_allclose(merged.quantiles(fractions), near, rtol=1.01 * PRECISION)


def test_nothing_has_no_quartiles() -> None:
    assert QuantileSketch.merged([QuantileSketch.of(np.zeros(0))]).as_json() is None


@pytest.mark.parametrize("conditions", [(None,), ("a", "b"), (None, "b", "a")])
@pytest.mark.parametrize("bands", [True, False])
def test_an_overview_of_chunks_is_that_of_the_whole(conditions, bands: bool) -> None:
    _, found = fake(60, conditions=conditions, bands=bands, misfit=True)
    parts = []
    for low, high in ((0, 7), (7, 8), (8, 40), (40, 60)):
        tracks = found.tracks[low:high]
        points = found.points.join(tracks.select("source", "track"), on=["source", "track"], how="semi")
        parts.append(Overview.of(Estimates(points, tracks, found.units, found.method, found.settings)))
    whole, merged = Overview.of(found), Overview.merged(parts)
    for name in ("tracks_by_status", "points_by_status", "gappy", "irregular", "tracks", "points"):
        assert getattr(whole, name) == getattr(merged, name)
    assert list(whole.conditions) == list(merged.conditions)
    for one, other in ((whole.summary, merged.summary), *zip(whole.conditions.values(), merged.conditions.values(),
                                                             strict=True)):  # fmt: skip
        assert one.as_json() == other.as_json()


def test_a_shared_d_adds_up() -> None:
    _, found = fake(50)
    fixed = found.tracks.with_columns(
        alpha_lo=pl.col("alpha") * 0 + 1, alpha_hi=pl.col("alpha") * 0 + 1, alpha=pl.col("alpha") * 0 + 1,
        sigma_source=pl.lit("pooled"),
    )  # fmt: skip
    made = Estimates(found.points, fixed, found.units, found.method, found.settings)
    halves = [Estimates(found.points, fixed[part], found.units, found.method, found.settings)
              for part in (slice(0, 20), slice(20, 50))]  # fmt: skip
    whole = Overview.of(made).summary.as_json()["common_D"]
    parts = Overview.merged([Overview.of(half) for half in halves]).summary.as_json()["common_D"]
    assert parts == pytest.approx(whole, rel=1e-12)
