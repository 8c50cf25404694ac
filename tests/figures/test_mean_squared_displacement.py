"""The MSD by time, against a loop over all pairs and against theory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perrin.features.msd import mean_squared_displacement, time_step
from perrin.figures.msd_curves import msd
from perrin.tracks import Tracks
from perrin.types import FloatArray, IntArray


def by_loop(tracks: Tracks, lags: list[int], dt: float) -> tuple[FloatArray, IntArray]:
    """The definition, pair by pair."""
    msd, pairs = np.full((len(tracks), len(lags)), np.nan), np.zeros((len(tracks), len(lags)), dtype=np.int64)
    for i in range(len(tracks)):
        part = slice(tracks.offsets[i], tracks.offsets[i + 1])
        t, r = tracks.times[part], tracks.positions[part]
        for j, lag in enumerate(lags):
            found = [
                ((r[b] - r[a]) ** 2).sum()
                for a in range(len(t))
                for b in range(a + 1, len(t))
                if abs(t[b] - t[a] - lag * dt) < 1e-6 * dt
            ]
            pairs[i, j] = len(found)
            if found:
                msd[i, j] = np.mean(found)
    return msd, pairs


def walks(rng: np.random.Generator, n: int, length: int, keep: float, dt: float = 0.1, d: int = 2) -> Tracks:
    positions, times = [], []
    for _ in range(n):
        seen = np.flatnonzero(rng.random(length) < keep)
        positions.append(np.cumsum(rng.normal(size=(length, d)), axis=0)[seen])
        times.append((seen + rng.integers(0, 50)) * dt)
    return Tracks.from_arrays(positions, times=times)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_it_agrees_with_a_loop_over_all_pairs(dimension: int) -> None:
    tracks = walks(np.random.default_rng(0), 12, 40, 0.7, d=dimension)
    lags = [1, 2, 3, 7, 20, 60]
    msd, pairs = mean_squared_displacement(tracks, lags)
    expected, counted = by_loop(tracks, lags, 0.1)
    assert np.array_equal(pairs, counted)
    np.testing.assert_allclose(msd, expected, rtol=1e-12)


def test_gaps_do_not_bend_brownian_motion() -> None:
    """MSD(1 frame) = 2 d D dt whatever share of the frames is missing."""
    rng, diffusion, dt, n, length = np.random.default_rng(1), 0.3, 0.05, 400, 200
    positions, times = [], []
    for _ in range(n):
        seen = np.flatnonzero(rng.random(length) < 0.6)
        steps = rng.normal(scale=np.sqrt(2 * diffusion * dt), size=(length, 2))
        positions.append(np.cumsum(steps, axis=0)[seen])
        times.append(seen * dt)
    tracks = Tracks.from_arrays(positions, times=times)
    assert time_step(tracks) == pytest.approx(dt)
    msd, pairs = mean_squared_displacement(tracks, [1, 5])
    pooled = (msd * pairs).sum(axis=0) / pairs.sum(axis=0)
    spread = np.array([1, 5]) / np.sqrt(pairs.sum(axis=0))
    assert np.all(np.abs(pooled / (2 * 2 * diffusion * dt * np.array([1, 5])) - 1) < 4 * spread)


def test_irregular_times_without_pairs_give_nan() -> None:
    tracks = Tracks.from_arrays([np.arange(5.0)[:, None]], times=[np.array([0, 1, 2.31, 3.77, 5.2])])
    msd, pairs = mean_squared_displacement(tracks, [1, 2])
    assert np.isnan(msd).all()
    assert (pairs == 0).all()


def test_tracks_do_not_mix_and_empty_ones_are_kept() -> None:
    tracks = Tracks.from_arrays([np.zeros((0, 2)), np.zeros((3, 2)), np.zeros((0, 2)), np.full((2, 2), 9.0)])
    msd, pairs = mean_squared_displacement(tracks, [1])
    assert pairs.ravel().tolist() == [0, 2, 0, 1]
    assert msd[[1, 3], 0].tolist() == [0, 0]
    assert np.isnan(msd[[0, 2], 0]).all()


def test_without_any_step_there_is_no_time_step() -> None:
    tracks = Tracks.from_arrays([np.zeros((1, 2)), np.zeros((1, 2))])
    assert time_step(tracks) is None
    assert np.isnan(mean_squared_displacement(tracks, [1])[0]).all()


def test_late_and_long_recordings_keep_their_pairs() -> None:
    times = (1_000_000 + np.arange(200)) * 0.0333
    tracks = Tracks.from_arrays([np.arange(200.0)[:, None]] * 3, times=[times] * 3)
    _, pairs = mean_squared_displacement(tracks, [1, 150])
    assert pairs.tolist() == [[199, 50]] * 3


@pytest.mark.parametrize("scale", [1e-25, 1.0, 1e25])
def test_single_curves_are_drawn_in_every_unit(scale: float) -> None:
    """Squares of lengths leave single precision long before lengths do."""
    tracks = walks(np.random.default_rng(2), 5, 30, 1.0)
    drawn = msd(replace(tracks, positions=scale * tracks.positions)).data[0]
    seen = np.isfinite(np.asarray(drawn.y))
    assert seen.sum() > 5
    assert (np.asarray(drawn.y)[seen] > 0).all()
    assert np.asarray(drawn.y).dtype == (np.float32 if scale == 1 else np.float64)
