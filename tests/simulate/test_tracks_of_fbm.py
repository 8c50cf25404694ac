"""Simulated tracks: the law they were asked to have, and the measurement that was asked for."""

import numpy as np
import pytest

import perrin
from perrin.errors import InputError
from perrin.simulate import Measurement, simulate_fbm
from perrin.tracks import Units


def displacements(simulation, lag=1):
    tracks = simulation.tracks
    shape = (len(tracks), -1, tracks.dimension)
    positions = tracks.positions.reshape(shape)
    return positions[:, lag:] - positions[:, :-lag]


@pytest.mark.parametrize("hurst", [0.25, 0.5, 0.8])
def test_mean_squared_displacement_is_that_of_the_law(hurst):
    """2 D t^2H along each axis, D in length²/time^alpha."""
    made = simulate_fbm(4_000, 30, hurst=hurst, D=0.3, dimension=3, dt=0.05, seed=1)
    for lag in (1, 4, 16):
        steps = displacements(made, lag)[:, 0]
        expected = 2 * 0.3 * (lag * 0.05) ** (2 * hurst)
        assert (steps**2).mean() == pytest.approx(expected, rel=4 * np.sqrt(2 / steps.size))


def test_errors_add_twice_their_variance():
    still = simulate_fbm(2_000, 20, D=1e-12, dimension=3, measurement=Measurement(sigma=(0.2, 0.5)), seed=2)
    variance = (displacements(still) ** 2).mean(axis=(0, 1))
    np.testing.assert_allclose(variance, [0.08, 0.08, 0.5], rtol=0.05)


def test_blur_shrinks_the_first_step_as_the_formula_says():
    """Brownian motion: a step loses a third of the exposure."""
    made = simulate_fbm(4_000, 20, measurement=Measurement(exposure=1.0), seed=3)
    assert (displacements(made) ** 2).mean() == pytest.approx(2 * (1 - 1 / 3), rel=0.03)


def test_missing_frames_are_missing_and_the_rest_keeps_its_frame():
    made = simulate_fbm(500, 40, measurement=Measurement(missing=0.4), seed=4)
    lengths = made.tracks.lengths
    assert lengths.mean() == pytest.approx(2 + 0.6 * 38, rel=0.03)
    first, last = made.tracks.offsets[:-1], made.tracks.offsets[1:] - 1
    assert (made.tracks.frames[first] == 0).all()
    assert (made.tracks.frames[last] == 39).all()
    np.testing.assert_array_equal(made.tracks.times, made.tracks.frames)
    assert len(made.alpha) == len(made.D) == made.tracks.n_points


def test_uneven_times_follow_the_same_law():
    made = simulate_fbm(1_500, 12, hurst=0.7, measurement=Measurement(jitter=0.8), seed=5)
    times = made.tracks.times.reshape(1_500, 12)
    assert np.ptp(np.diff(times, axis=1)) > 1
    ratio = (displacements(made) ** 2).mean(axis=2) / (2 * np.diff(times, axis=1) ** 1.4)
    assert ratio.mean() == pytest.approx(1, abs=0.03)


def test_one_law_a_track():
    hurst, D = np.array([0.2, 0.9]), np.array([1.0, 50.0])
    made = simulate_fbm(2, 30, hurst=hurst, D=D, seed=6)
    np.testing.assert_array_equal(made.alpha.reshape(2, 30)[:, 0], 2 * hurst)
    np.testing.assert_array_equal(made.D.reshape(2, 30)[:, 0], D)


def test_two_calls_without_a_seed_differ_and_with_one_agree():
    assert not np.array_equal(simulate_fbm(1, 10).tracks.positions, simulate_fbm(1, 10).tracks.positions)
    np.testing.assert_array_equal(
        simulate_fbm(1, 10, seed=1).tracks.positions, simulate_fbm(1, 10, seed=1).tracks.positions
    )


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_files_read_back(tmp_path, ending):
    made = simulate_fbm(3, 12, dt=0.5, units=Units("µm", "s"), measurement=Measurement(missing=0.2), seed=7)
    path = tmp_path / f"truth{ending}"
    made.write(path)
    again = perrin.read(path)
    np.testing.assert_allclose(again.positions, made.tracks.positions)
    np.testing.assert_allclose(again.times, made.tracks.times)
    assert again.units == Units("µm", "s")
    with pytest.raises(InputError, match=r"cannot write \.txt"):
        made.write(tmp_path / "truth.txt")


@pytest.mark.parametrize(
    "wrong",
    [{"sigma": -1}, {"sigma": float("nan")}, {"missing": 1.0}, {"exposure": 1.5}, {"jitter": 0.6, "exposure": 0.6}],
)
def test_measurements_that_cannot_be(wrong):
    with pytest.raises(InputError):
        Measurement(**wrong)


@pytest.mark.parametrize("wrong", [{"D": 0.0}, {"D": -1.0}, {"hurst": 1.0}, {"dimension": 4}, {"dt": 0.0}])
def test_laws_that_cannot_be(wrong):
    with pytest.raises(InputError):
        simulate_fbm(2, 10, **wrong)


def test_two_errors_need_three_axes():
    with pytest.raises(InputError, match="2 localization errors for 2 axes"):
        simulate_fbm(2, 10, measurement=Measurement(sigma=(0.1, 0.2)))
