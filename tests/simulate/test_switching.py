"""Tracks that switch: exact laws within segments, independent across them, states a Markov chain, truth that agrees."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from perrin.errors import InputError
from perrin.processes import increment_covariance
from perrin.simulate import Measurement, simulate_switching

HURST, D, DT = (0.2, 0.8), (0.3, 2.0), 0.05


def by_track(simulation, values):
    return values.reshape(len(simulation.tracks), -1)


def steps_of(simulation):
    """(tracks, n, d) displacements of tracks that are seen in every frame."""
    positions = simulation.tracks.positions
    return np.diff(positions.reshape(len(simulation.tracks), -1, positions.shape[1]), axis=1)


def beginnings(state, size):
    """(track, step) at which a segment of at least `size` steps begins; `state` (tracks, n) of the steps."""
    begins = np.ones(state.shape, dtype=bool)
    begins[:, 1:] = state[:, 1:] != state[:, :-1]
    return [
        (track, step)
        for track, step in np.argwhere(begins[:, : state.shape[1] - size + 1])
        if (state[track, step : step + size] == state[track, step]).all()
    ]


def segments_of(made, state, size):
    """(rows, size + 1) times in frames and (rows, size, d) steps of the first steps of each segment of a state."""
    of_steps, steps = by_track(made, made.state)[:, 1:], steps_of(made)
    times = by_track(made, made.tracks.times) / DT
    found = [(t, i) for t, i in beginnings(of_steps, size) if of_steps[t, i] == state]
    return np.stack([times[t, i : i + size + 1] for t, i in found]), np.stack(
        [steps[t, i : i + size] for t, i in found]
    )


def largest_deviation(times, steps, hurst, unit):
    """Of the covariance of whitened steps from 1, in standard errors: below 4 for the right law."""
    root = np.linalg.cholesky(unit * increment_covariance(times, np.array([hurst]))[:, 0])
    white = np.linalg.solve(root, steps).swapaxes(1, 2).reshape(-1, steps.shape[1])
    expected = np.eye(steps.shape[1])
    return np.max(np.abs(white.T @ white / len(white) - expected) / np.sqrt((1 + expected) / len(white)))


@pytest.mark.parametrize(("jitter", "tracks", "off"), [(0.0, 2_000, 0.06), (0.6, 600, 0.1)])
@pytest.mark.parametrize("state", [0, 1])
def test_within_a_segment_the_covariance_is_that_of_the_state(state, jitter, tracks, off):
    """Some 3,900 and 1,200 segments in 2-D: H that is `off`, or D by a seventh, would be seen."""
    seen = Measurement(jitter=jitter)
    made = simulate_switching(tracks, 61, hurst=HURST, D=D, dwell_time=12 * DT, dt=DT, measurement=seen, seed=1)
    times, steps = segments_of(made, state, 5)
    unit = 2 * D[state] * DT ** (2 * HURST[state])
    assert largest_deviation(times, steps, HURST[state], unit) < 4
    for hurst, factor in ((off, 1.0), (-off, 1.0), (0.0, 1.15), (0.0, 0.87)):
        assert largest_deviation(times, steps, HURST[state] + hurst, factor * unit) > 4.5


def test_across_a_switch_steps_are_independent():
    """Within a segment, neighbours at H = .8 are correlated by .52: the one is told from the other."""
    made = simulate_switching(400, 101, hurst=HURST, D=D, dwell_time=8 * DT, dt=DT, seed=2)
    state, steps = by_track(made, made.state)[:, 1:], steps_of(made)
    unit = steps / np.sqrt(2 * np.array(D) * DT ** (2 * np.array(HURST)))[state][:, :, None]
    product = unit[:, 1:] * unit[:, :-1]
    switched = product[state[:, 1:] != state[:, :-1]]
    assert abs(switched.mean()) < 4 / np.sqrt(switched.size)
    assert switched.size > 5_000
    fast = product[(state[:, 1:] == 1) & (state[:, :-1] == 1)]
    assert fast.mean() == pytest.approx(2 ** (2 * 0.8 - 1) - 1, abs=0.03)


def test_dwell_times_are_geometric_with_the_mean_that_was_asked():
    """The chance of leaving does not depend on how long the particle has stayed, which censoring cannot bias.

    50,000 and 150,000 steps: a mean that is off by 4 % would be seen (5 standard errors), and a chance that differs by
    a tenth between ages.
    """
    dwell = np.array([4.0, 12.0])
    made = simulate_switching(400, 501, D=D, dwell_time=dwell * DT, dt=DT, seed=3)
    state = by_track(made, made.state)[:, 1:]
    age = np.ones(state.shape, dtype=int)
    for step in range(1, state.shape[1]):
        age[:, step] = np.where(state[:, step] == state[:, step - 1], age[:, step - 1] + 1, 1)
    left = state[:, 1:] != state[:, :-1]
    for each, mean in enumerate(dwell):
        here = state[:, :-1] == each
        assert here.sum() > 40_000
        z = (left[here].sum() - here.sum() / mean) / np.sqrt(here.sum() * (1 - 1 / mean) / mean)
        assert abs(z) < 3.5
        statistic = 0.0
        groups = [(1, 1), (2, 2), (3, 4), (5, 8), (9, 500)]
        for low, high in groups:
            some = here & (age[:, :-1] >= low) & (age[:, :-1] <= high)
            statistic += (left[some].sum() - some.sum() / mean) ** 2 / (some.sum() * (1 - 1 / mean) / mean)
        assert chi2.sf(statistic, len(groups)) > 1e-3


def test_tracks_begin_as_states_are_met_over_time():
    made = simulate_switching(6_000, 2, D=1.0, hurst=0.5, dwell_time=[2.0, 6.0], seed=4)
    slow = (by_track(made, made.state)[:, 0] == 1).mean()
    assert slow == pytest.approx(0.75, abs=4 * np.sqrt(0.75 * 0.25 / 6_000))


def test_states_follow_on_each_other_as_the_transitions_say():
    weights = np.array([[0, 3, 1], [1, 0, 0], [1, 1, 0]])
    made = simulate_switching(300, 400, D=[1.0, 2.0, 3.0], dwell_time=[2.0, 3.0, 5.0], transitions=weights, seed=5)
    state = by_track(made, made.state)[:, 1:]
    before, after = state[:, :-1], state[:, 1:]
    count = np.array([[(after[before == i] == j).sum() for j in range(3)] for i in range(3)])
    np.fill_diagonal(count, 0)
    share = weights / weights.sum(axis=1, keepdims=True)
    total = count.sum(axis=1, keepdims=True)
    assert (np.abs(count - total * share) <= 4 * np.sqrt(total * share * (1 - share))).all()
    # Visits v solve v = v share, (4, 5, 1) / 9; times the dwell times they are the time in each state.
    visits = np.array([8, 7, 2])
    np.testing.assert_allclose(visits @ share, visits)
    time = visits * np.array([2.0, 3.0, 5.0])
    np.testing.assert_allclose(np.bincount(state.ravel()) / state.size, time / time.sum(), rtol=0.03)


def test_the_state_of_a_position_is_that_of_the_step_that_ends_there():
    """States whose steps differ by a factor of a million tell themselves."""
    made = simulate_switching(50, 60, D=[1e-12, 1.0], dwell_time=5.0, seed=6)
    state = by_track(made, made.state)
    moved = (np.abs(steps_of(made)) > 1e-4).any(axis=2)
    np.testing.assert_array_equal(moved, state[:, 1:] == 1)
    np.testing.assert_array_equal(state[:, 0], state[:, 1])


def test_one_state_never_switches():
    made = simulate_switching(3, 20, hurst=0.3, D=2.0, seed=7)
    assert set(made.state) == {0}
    assert set(made.alpha) == {0.6}


settings_that_can_be = st.fixed_dictionaries({
    "tracks": st.integers(1, 4),
    "length": st.integers(2, 40),
    "states": st.integers(1, 5),
    "dimension": st.integers(1, 3),
    "dt": st.floats(1e-3, 1e3),
    "missing": st.floats(0, 0.9),
    "jitter": st.sampled_from([0.0, 0.5, 0.9]),
    "seed": st.integers(0, 2**32),
})  # fmt: skip


@pytest.mark.slow
@given(settings_that_can_be, st.data())
def test_whatever_is_asked_the_truth_stands_at_every_point(asked, data):
    k, dt = asked["states"], asked["dt"]
    hurst = data.draw(st.lists(st.floats(0.01, 0.99), min_size=k, max_size=k))
    D = data.draw(st.lists(st.floats(1e-6, 1e6), min_size=k, max_size=k))
    dwell = dt * np.array(data.draw(st.lists(st.floats(1, 100), min_size=k, max_size=k)))
    seen = Measurement(missing=asked["missing"], jitter=asked["jitter"])

    def make():
        return simulate_switching(
            asked["tracks"], asked["length"], hurst=hurst, D=D, dwell_time=np.maximum(dwell, dt),
            dimension=asked["dimension"], dt=dt, measurement=seen, seed=asked["seed"],
        )  # fmt: skip

    made, again = make(), make()
    tracks = made.tracks
    assert len(tracks) == asked["tracks"]
    assert tracks.dimension == asked["dimension"]
    assert np.isfinite(tracks.positions).all()
    assert len(made.state) == len(made.alpha) == len(made.D) == tracks.n_points
    np.testing.assert_array_equal(made.alpha, 2 * np.array(hurst)[made.state])
    np.testing.assert_array_equal(made.D, np.array(D)[made.state])
    np.testing.assert_array_equal(tracks.positions, again.tracks.positions)
    np.testing.assert_array_equal(made.table()["state"], made.state)


anything = st.floats(-1e100, 1e100) | st.sampled_from([0.0, 0.5, 1.0, 2.0, np.nan, np.inf])
some = st.lists(anything, max_size=3)


@given(some, some, some, st.none() | st.lists(some, max_size=3))
def test_what_cannot_be_is_told_in_words(hurst, D, dwell_time, transitions):
    with suppress(InputError):
        made = simulate_switching(2, 5, hurst=hurst, D=D, dwell_time=dwell_time, transitions=transitions, seed=0)
        assert np.isfinite(made.tracks.positions).all()
