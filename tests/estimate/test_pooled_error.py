"""The localisation error that tracks share: unbiased, honest about its uncertainty, the same in chunks and at once."""

import numpy as np
import pytest

import perrin
from perrin.estimate.exact.estimator import Exact
from perrin.testing.estimator import CLOSE_POOLED
from tests.helpers.fbm import fbm, tracks_of

RNG = np.random.default_rng(31)


def crowd(n, length, sigma, *, hurst=None, rng=RNG, spread=1.0):
    """Tracks with an H and a scale of their own, D spread over a decade, that share one error."""
    hurst = rng.uniform(0.01, 0.99, n) if hurst is None else hurst
    scale = 10 ** (spread * rng.uniform(-0.25, 0.25, n))
    return fbm(rng, n, length, 2, hurst) * scale[:, None, None] + sigma * rng.standard_normal((n, length, 2))


def pooled(positions, **settings):
    exact = Exact(**settings)
    parts = [tracks_of(positions[at : at + 60]) for at in range(0, len(positions), 60)]
    return exact.prepare([exact.summarize(part) for part in parts]).pooled


@pytest.mark.parametrize(("sigma", "close"), [(0.2, 0.15), (0.5, 0.08), (1.5, 0.05)])
def test_error_of_many_short_tracks(sigma, close):
    """Three to four standard errors wide; every track alone would be off by a third."""
    found = pooled(crowd(250, 20, sigma))
    assert found.sigma == pytest.approx(sigma, rel=close)
    assert found.low < found.sigma < found.high


@pytest.mark.slow
def test_intervals_cover_whatever_the_exponents_are():
    """Of 18 or more intervals of 95 % at least four in five cover: .996 if they are right, a fixed prior none."""
    rng = np.random.default_rng(32)
    found = [pooled(crowd(150, 20, 0.5, rng=rng, hurst=hurst)) for hurst in 8 * [None, 0.5, 0.75]]
    told = [one for one in found if one is not None]
    assert len(told) >= 18
    assert np.mean([one.low <= 0.5 <= one.high for one in told]) >= 0.8


def test_an_error_that_tracks_cannot_tell_is_not_pooled():
    """Slow exponents look like errors: what cannot be told apart is left to each track."""
    assert pooled(crowd(40, 12, 1.5, hurst=0.15, rng=np.random.default_rng(33))) is None


def test_no_error_is_compatible_with_zero():
    found = pooled(crowd(200, 20, 0.0))
    assert found.low == 0
    assert found.high < 0.25


def test_tracks_a_hundred_times_faster_do_not_bend_it():
    fast = 100 * fbm(RNG, 60, 20, 2, 0.5)
    found = pooled(np.concatenate([crowd(120, 20, 0.5), fast]))
    assert found.sigma == pytest.approx(0.5, rel=0.12)


def test_the_order_of_tracks_changes_nothing_where_all_are_looked_at():
    few = crowd(24, 8, 0.05, rng=np.random.default_rng(3))
    assert pooled(few[::-1]).sigma == pytest.approx(pooled(few).sigma, rel=1e-7)
    many = crowd(400, 20, 0.5)
    assert pooled(many[::-1]).sigma == pytest.approx(pooled(many).sigma, rel=0.02)


@pytest.mark.parametrize("sigma", [0.1, 0.5])
def test_the_unit_of_length_changes_nothing(sigma):
    """Neither for the error nor for alpha, which hangs on it; powers of e^.2, the lattice, would be no test."""
    positions = crowd(30, 24, sigma, rng=np.random.default_rng(34))
    once, alpha = pooled(positions), perrin.analyze(tracks_of(positions)).tracks["alpha"]
    for factor in (0.107, 1.7e3):
        scaled = pooled(positions * factor)
        for name in ("sigma", "low", "high"):
            assert getattr(scaled, name) / factor == pytest.approx(getattr(once, name), rel=CLOSE_POOLED, abs=1e-9)
        again = perrin.analyze(tracks_of(positions * factor)).tracks["alpha"]
        np.testing.assert_allclose(again.to_numpy(), alpha.to_numpy(), atol=CLOSE_POOLED)


def test_a_run_takes_it_as_known_and_says_so():
    tracks = tracks_of(crowd(150, 20, 0.5))
    result = perrin.analyze(tracks)
    table = result.tracks
    shared = result.settings["pooled"]
    assert set(table["sigma_source"].drop_nulls()) == {"pooled"}
    told = table.drop_nulls("sigma")
    assert set(told["sigma"]) == {shared["sigma"]}
    assert set(told["sigma_lo"]) == {shared["low"]}
    alone = perrin.analyze(tracks, sigma=shared["sigma"]).tracks
    np.testing.assert_allclose(told["alpha"].drop_nulls(), alone["alpha"].drop_nulls(), rtol=1e-9)


def test_a_few_tracks_have_errors_of_their_own():
    table = perrin.analyze(tracks_of(crowd(5, 40, 0.5))).tracks
    assert set(table["sigma_source"]) == {"fitted"}


def test_nothing_to_pool():
    exact = Exact()
    assert exact.prepare([exact.summarize(tracks_of([np.ones((30, 2))] * 20))]).pooled is None
    assert Exact(sigma=0.1).summarize(tracks_of(crowd(20, 20, 0.5))) is None
