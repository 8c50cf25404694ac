"""Windows for training: each kind has the covariance it should have."""

import numpy as np
import pytest

from perrin.features.window_inputs import WindowInputs
from perrin.processes import increment_covariance
from perrin.simulate.simulated_windows import LONGEST_GAP, WindowPrior


def whitened(made):
    """Mean over a window of its squared whitened increments, which is chi² over its degrees of freedom."""
    difference = np.diff(np.eye(made.steps.shape[1] + 1), axis=0)
    found = []
    for seen, steps, error, hurst in zip(made.displacements, made.steps, made.errors, made.hurst, strict=True):
        times = np.concatenate([[0.0], np.cumsum(steps)])
        motion = increment_covariance(times[None], np.array([hurst]), made.exposure)[0, 0]
        each = [
            x @ np.linalg.solve(motion + e**2 * difference @ difference.T, x)
            for x, e in zip(seen.T, error, strict=True)
        ]
        found.append(sum(each) / seen.size)
    return np.array(found)


@pytest.mark.parametrize(
    ("prior", "d", "exposure"),
    [
        (WindowPrior(), 2, 0.0),
        (WindowPrior(gaps=1.0), 1, 0.0),
        (WindowPrior(noisy=1.0, even=0.5, high=0.2), 3, 0.0),
        (WindowPrior(noisy=1.0, gaps=0.5), 2, 0.7),
    ],
)
def test_windows_of_one_law_have_its_covariance(prior, d, exposure):
    n = 600
    made = prior.draw(n, 20, d, np.random.default_rng(1), exposure=exposure)
    found, free = whitened(made), 19 * d
    assert abs(found.mean() - 1) < 4 * np.sqrt(2 / free / n)
    assert found.std() == pytest.approx(np.sqrt(2 / free), rel=0.12)


def test_a_change_leaves_the_law_of_the_middle_alone():
    rng = np.random.default_rng(2)
    switched = WindowPrior(switch=1.0, contrast=1.0).draw(20_000, 20, 1, rng).displacements[:, :, 0]
    ramped = WindowPrior(ramp=1.0, contrast=1.0).draw(20_000, 20, 1, rng).displacements[:, :, 0]
    for variance in (switched.var(axis=0), ramped.var(axis=0)):
        assert variance[9] == pytest.approx(1.0, rel=0.05)
        assert variance[0] > 1.3
        assert variance[-1] > 1.3


def test_shares_are_as_asked_and_gaps_end():
    made = WindowPrior(noisy=0.6, gaps=0.3, drift=0.2).draw(4000, 20, 3, np.random.default_rng(3))
    assert (made.errors[:, 0] > 0).mean() == pytest.approx(0.6, abs=0.04)
    assert made.drifting.mean() == pytest.approx(0.2, abs=0.03)
    assert 0.2 < (made.steps.max(axis=1) > 1).mean() <= 0.33
    assert made.steps.max() <= LONGEST_GAP
    assert (made.errors[:, 2] >= made.errors[:, 0]).all()


@pytest.mark.parametrize("factor", [1e-150, 3.7, 1e150])
def test_inputs_have_no_unit(factor):
    rng = np.random.default_rng(4)
    steps, errors = np.ones((5, 19)), rng.uniform(0.1, 0.5, (5, 2))
    moved = rng.standard_normal((5, 19, 2))
    one, other = WindowInputs.of(moved, steps, errors), WindowInputs.of(factor * moved, steps, factor * errors)
    for a, b in zip(one.arrays, other.arrays, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)
    np.testing.assert_allclose(other.scale, factor * one.scale)
    np.testing.assert_allclose(np.mean(one.increments**2, axis=(1, 2)), 1.0, rtol=1e-5)


def test_what_is_not_told_is_not_seen():
    moved, steps, errors = np.ones((2, 19, 1)), np.ones((2, 19)), np.full((2, 1), 0.4)
    inputs = WindowInputs.of(moved, steps, errors, known=np.array([0.0, 1.0]))
    assert inputs.known[:, 0].tolist() == [0, 1]
    assert inputs.noise[:, 0] == pytest.approx([0.0, 0.4])
    assert WindowInputs.of(moved, steps, 0.01 * errors).noise.max() == 0
    assert WindowInputs.of(moved, steps, None).known[:, 0].tolist() == [0, 0]
