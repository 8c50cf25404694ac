"""`coeurjolly` against the paper's tables and a brute-force formula, and the sibling that must beat it."""

from dataclasses import replace

import numpy as np
import pytest

from perrin import simulate
from perrin.errors import InputError
from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.estimate.local.local_variations import LocalVariations
from perrin.features import DAUBECHIES_8
from tests.helpers.fbm import fbm, tracks_of
from tests.helpers.mfbm import TABLE_III, TABLE_IV, paths

SEEN = simulate.Measurement(sigma=0.3, missing=0.2)
SIGNALS = 300
"""The error of a mean absolute error over so many signals is about 1 %."""


def curves(estimator, positions):
    """(n, T) H(t) of 1-D paths (n, T)."""
    tracks = tracks_of(positions[..., None])
    points = estimator.estimate(tracks, rng=np.random.default_rng(0)).points
    return points["alpha"].to_numpy().astype(float).reshape(positions.shape) / 2


def errors(estimator, hurst, positions):
    error = curves(estimator, positions) - hurst
    return np.nanmean(np.abs(error)), np.sqrt(np.nanmean(error**2))


@pytest.mark.slow
@pytest.mark.parametrize("case", TABLE_IV)
def test_table_four(case):
    """The paper's setting within 8 % (12 % for 3b and 4); the cross-validated sibling below it in every case."""
    hurst, mae, rmse = TABLE_IV[case]
    positions = paths(np.random.default_rng(41), hurst, SIGNALS)
    found = errors(Coeurjolly(), hurst, positions)
    assert found == pytest.approx((mae, rmse), rel=0.12 if case in ("3b", "4") else 0.08)
    better = errors(LocalVariations(), hurst, positions[: SIGNALS // 2])
    assert better[0] < 0.95 * found[0]
    if case in ("1a", "1b", "3b"):
        assert better[0] < 0.7 * found[0]


@pytest.mark.slow
@pytest.mark.parametrize("case", TABLE_III)
def test_table_three(case):
    hurst, window, mae, rmse = TABLE_III[case]
    positions = paths(np.random.default_rng(42), hurst, SIGNALS if len(hurst) == 256 else SIGNALS // 4)
    assert errors(Coeurjolly(window=window), hurst, positions) == pytest.approx((mae, rmse), rel=0.08)


def brute_force(positions, times, at, half):
    """H and log S_m at m = 1 around time `at`: sums over the formula, pair by pair, by time."""
    place = {int(t): x for t, x in zip(times, positions, strict=True)}
    log_s = []
    for m in range(1, 6):
        squares = []
        for j in range(at - half, at + half + 1):
            under = [place.get(j - m * q) for q in range(8)]
            if all(x is not None for x in under):
                v = sum(a * x for a, x in zip(DAUBECHIES_8, under, strict=True))
                squares.append(np.mean(v**2))
        log_s.append(np.log(np.mean(squares)))
    return np.polyfit(np.log(np.arange(1, 6)), log_s, 1)


@pytest.mark.parametrize("missing", [0, 12])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_equals_brute_force_gaps_and_all(d, missing):
    rng = np.random.default_rng(43)
    times = np.sort(rng.choice(np.arange(1, 299), 298 - missing, replace=False))
    times = np.concatenate([[0], times, [299]]).astype(float)
    positions = fbm(rng, 1, len(times), d, 0.4, times=times)[0]
    result = Coeurjolly(window=121).estimate(tracks_of([positions], times=[times], dt=0.5), rng=rng)
    for row in (60, 150, len(times) - 5):
        slope, _ = brute_force(positions, times, int(times[row]), 60)
        assert result.points["alpha"][row] == pytest.approx(slope, rel=1e-6)
    early = times < 35
    assert result.points["alpha"].is_null().to_numpy().tolist() == early.tolist()
    assert result.points["status"][40] == "edge"
    assert result.points["status"][150] == "ok"


@pytest.mark.parametrize("estimator", [Coeurjolly(), LocalVariations()], ids=["coeurjolly", "local-variations"])
@pytest.mark.parametrize("hurst", [0.3, 0.7])
def test_height_gives_the_diffusion_coefficient(estimator, hurst):
    """One-frame variance 1 at dt = .25: D = 1 / (2 dt^2H); whole tracks, 100 of them."""
    positions = fbm(np.random.default_rng(44), 100, 400, 2, hurst)
    table = estimator.estimate(tracks_of(positions, dt=0.25), rng=np.random.default_rng(0)).tracks
    assert table["alpha"].mean() == pytest.approx(2 * hurst, abs=0.02)
    assert table["D_frame"].median() == pytest.approx(0.5 / 0.25, rel=0.03)
    assert np.exp(np.log(table["D"].to_numpy()).mean()) == pytest.approx(0.5 * 0.25 ** (-2 * hurst), rel=0.06)


def test_constant_motion_mostly_chooses_a_wide_window():
    """The curve of a window of 51 frames ranges over .37 in the median track, that of the chosen window over less."""
    positions = fbm(np.random.default_rng(45), 60, 300, 1, 0.5)[..., 0]
    chosen, narrow = (np.ptp(curves(LocalVariations(window=w), positions), axis=1) for w in (None, 51))
    assert np.median(narrow) > 0.3
    assert np.median(chosen) < 0.15


def test_values_of_the_sibling_stay_between_zero_and_one():
    hurst = TABLE_IV["3b"][0]
    positions = paths(np.random.default_rng(46), hurst, 20)
    assert np.nanmax(curves(Coeurjolly(), positions)) > 1
    held = curves(LocalVariations(), positions)
    assert 0.01 <= held.min() <= held.max() <= 0.99


@pytest.mark.parametrize("estimator", [Coeurjolly(), LocalVariations()], ids=["coeurjolly", "local-variations"])
def test_irregular_times_give_no_number_but_a_reason(estimator):
    rng = np.random.default_rng(47)
    times = np.cumsum(rng.uniform(0.5, 1.5, 100))
    result = estimator.estimate(tracks_of(fbm(rng, 1, 100), times=[times]), rng=rng)
    assert result.tracks["status"].to_list() == ["no_estimate"]
    assert "irregular" in result.tracks["advice"][0]
    assert result.points["alpha"].null_count() == 100


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Coeurjolly(filter="haar"), "unknown filter"),
        (lambda: Coeurjolly(dilations=1), "slope"),
        (lambda: Coeurjolly(min_length=30), "needs 36 frames"),
        (lambda: LocalVariations(window=9), "less than [0-9]+ frames is too small"),
    ],
)
def test_settings_that_make_no_sense(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_the_chosen_window_does_not_hang_on_the_unit_of_length():
    """Two widths that reach over all of a short track predict alike; rounding must not choose between them."""
    rng = np.random.default_rng(2)
    made = simulate.simulate_fbm(40, 70, hurst=rng.uniform(0.1, 0.9, 40), measurement=SEEN, seed=1).tracks
    alpha = LocalVariations().estimate(made, rng=rng).points["alpha"]
    for factor in (0.107, 1.7, 3.0, 1e3):
        scaled = replace(made, positions=made.positions * factor)
        again = LocalVariations().estimate(scaled, rng=rng).points["alpha"]
        np.testing.assert_allclose(again.to_numpy(), alpha.to_numpy(), rtol=1e-9)


@pytest.mark.parametrize("estimator", [Coeurjolly(), LocalVariations()])
@pytest.mark.parametrize("gap", [False, True])
def test_a_particle_at_rest_is_so_wherever_it_rests(estimator, gap):
    """The taps sum to 0 only up to rounding; that of its position is no motion."""
    path = np.full((120, 1), 1234.567)
    times = np.delete(np.arange(120.0), 60) if gap else np.arange(120.0)
    tracks = replace(tracks_of([path[: len(times)]]), times=times)
    result = estimator.estimate(tracks, rng=np.random.default_rng(0))
    assert result.tracks["status"].to_list() == ["immobile"]
