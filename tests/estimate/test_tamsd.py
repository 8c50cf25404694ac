"""`tamsd` against brute force, and the oracle of gap handling."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.estimate.local.tamsd import Tamsd
from tests.helpers.fbm import fbm, tracks_of

RNG = np.random.default_rng(31)


def brute_force(positions, times, lags):
    """Slope and height of the log-log line through the MSD at the given lags."""
    x, y = [], []
    for lag in lags:
        squared = [
            np.sum((b - a) ** 2)
            for a, s in zip(positions, times, strict=True)
            for b, t in zip(positions, times, strict=True)
            if abs(t - s - lag) < 1e-9
        ]
        if squared:
            x.append(np.log(lag))
            y.append(np.log(np.mean(squared)))
    return np.polyfit(x, y, 1)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_equals_brute_force_with_gaps(d):
    times = np.sort(RNG.choice(60, 40, replace=False)).astype(float)
    positions = fbm(RNG, 1, 40, d, 0.6, times=times)[0]
    result = Tamsd(window=15).estimate(tracks_of([positions], times=[times], dt=0.5), rng=RNG)
    slope, height = brute_force(positions, times, (1, 2, 3, 4))
    row = result.tracks.row(0, named=True)
    assert row["alpha"] == pytest.approx(slope, rel=1e-9)
    assert row["D"] == pytest.approx(np.exp(height - slope * np.log(0.5)) / (2 * d), rel=1e-9)
    for start in (0, 9, 25):
        slope, height = brute_force(positions[start : start + 15], times[start : start + 15], (1, 2, 3, 4))
        point = result.points.row(start + 7, named=True)
        assert point["alpha"] == pytest.approx(slope, rel=1e-9)
        assert point["D"] == pytest.approx(np.exp(height - slope * np.log(0.5)) / (2 * d), rel=1e-9)


def test_forty_per_cent_missing_leaves_the_msd_alone():
    """Brownian tracks without 40 % of their frames: MSD(1 frame) = 2 d D dt, not 1.7 times that."""
    tracks, times, dt, diffusion = [], [], 0.02, 1.7
    for positions in fbm(RNG, 400, 100, 2, 0.5):
        kept = np.sort(RNG.choice(100, 60, replace=False))
        tracks.append(positions[kept] * np.sqrt(2 * diffusion * dt))
        times.append(kept.astype(float))
    table = Tamsd().estimate(tracks_of(tracks, times=times, dt=dt), rng=RNG).tracks
    weights = table["n_points"].to_numpy()
    assert np.average(table["D_frame"].to_numpy(), weights=weights) == pytest.approx(diffusion, rel=0.03)
    assert table["alpha"].median() == pytest.approx(1.0, abs=0.05)


def test_the_error_is_subtracted_where_given():
    positions = fbm(RNG, 300, 100, 2, 0.5, noise=0.7)
    left, taken = (Tamsd(sigma=s).estimate(tracks_of(positions), rng=RNG).tracks for s in (0.0, 0.7))
    assert left["alpha"].median() < 0.75
    assert taken["alpha"].median() == pytest.approx(1.0, abs=0.06)
    assert taken["D_frame"].median() == pytest.approx(0.5, rel=0.1)
    assert taken["sigma_source"].unique().to_list() == ["given"]


def test_columns_it_cannot_give_are_null():
    result = Tamsd().estimate(tracks_of(fbm(RNG, 2, 40)), rng=RNG)
    for column in ("alpha_lo", "alpha_hi", "D_lo", "D_hi", "fit_p", "sigma", "sigma_lo"):
        assert result.tracks[column].null_count() == 2
    assert result.settings["lags"] == [1, 2, 3, 4]


def test_irregular_times_without_pairs_give_no_number():
    times = np.cumsum(RNG.uniform(0.5, 1.5, 30))
    table = Tamsd().estimate(tracks_of(fbm(RNG, 1, 30), times=[times]), rng=RNG).tracks
    assert table["status"].to_list() == ["no_estimate"]
    assert "irregular" in table["advice"][0]


def test_chance_pairs_at_irregular_times_give_no_number():
    times = [np.arange(300) + 0.3 * (RNG.random(300) - 0.5) for _ in range(20)]
    result = Tamsd().estimate(tracks_of(fbm(RNG, 20, 300), times=times), rng=RNG)
    assert set(result.tracks["status"]) == set(result.points["status"]) == {"no_estimate"}
    nearly = [np.arange(300) + 5e-4 * (RNG.random(300) - 0.5) for _ in range(20)]
    assert set(Tamsd().estimate(tracks_of(fbm(RNG, 20, 300), times=nearly), rng=RNG).tracks["status"]) == {"ok"}


def test_an_error_that_uses_up_the_msd_is_told():
    positions = 0.1 * RNG.standard_normal((20, 128, 2))
    table = Tamsd(sigma=0.1).estimate(tracks_of(positions), rng=RNG).tracks
    less = np.array([min(np.mean(np.sum((x[k:] - x[:-k]) ** 2, axis=1)) for k in (1, 2, 3, 4)) for x in positions])
    told = table["advice"].str.contains("as large as the MSD").to_numpy()
    assert (told == (less <= 4 * 0.1**2)).all()
    assert 0 < told.sum() < 20
    assert not table["advice"].str.contains("gaps").any()


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"lags": (1,)}, "line"), ({"window": 2}, "too small"), ({"sigma": -0.1}, "cannot be")],
)
def test_settings_that_make_no_sense(settings, words):
    with pytest.raises(InputError, match=words):
        Tamsd(**settings)


def test_windows_that_do_not_move_are_immobile():
    positions = fbm(RNG, 1, 80, 2)
    positions[0, 40:] = positions[0, 40]
    points = Tamsd(window=10).estimate(tracks_of(positions), rng=RNG).points
    assert points["status"][20] == "ok"
    assert points["status"][70] == "immobile"
    assert points["alpha"][70] is None


def test_an_axial_error_needs_a_third_axis():
    with pytest.raises(InputError, match="2 localization errors for 2 axes"):
        Tamsd(sigma=(0.1, 0.2)).estimate(tracks_of(fbm(RNG, 1, 40, 2)), rng=RNG)
