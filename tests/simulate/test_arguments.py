"""What all simulators have in common: seeds, sizes, and plain words for what cannot be."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.simulate import (
    Measurement,
    simulate_andi,
    simulate_drifting,
    simulate_fbm,
    simulate_mfbm,
    simulate_switching,
)

SIMULATORS = [simulate_fbm, simulate_mfbm, simulate_andi, simulate_switching, simulate_drifting]
every_simulator = pytest.mark.parametrize("simulate", SIMULATORS)


@every_simulator
def test_only_a_seed_gives_the_same_tracks_again(simulate):
    def drawn(**seed):
        return simulate(2, 20, **seed).tracks.positions

    assert np.array_equal(drawn(seed=3), drawn(seed=3))
    first, second = np.random.default_rng(3), np.random.default_rng(3)
    assert np.array_equal(drawn(seed=first), drawn(seed=second))
    assert not np.array_equal(drawn(seed=first), drawn(seed=np.random.default_rng(3)))
    assert not np.array_equal(drawn(seed=3), drawn(seed=4))
    assert not np.array_equal(drawn(), drawn())


@every_simulator
@pytest.mark.parametrize("seed", [-1, 1.5, True, [1, 2]])
def test_what_is_no_seed_is_told(simulate, seed):
    with pytest.raises(InputError, match="seed cannot be"):
        simulate(2, 20, seed=seed)


@every_simulator
@pytest.mark.parametrize("size", [(0, 20), (2, 1)])
def test_sizes_that_make_no_track_come_with_a_remedy(simulate, size):
    with pytest.raises(InputError, match="cannot simulate") as caught:
        simulate(*size)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"hurst": np.array([0.2, 0.8])}, r"hurst has the shape \(2,\) for 3 tracks"),
        ({"D": [1.0, 2.0]}, r"D has the shape \(2,\) for 3 tracks"),
        ({"hurst": lambda u: 0.2 + 0.5 * u}, "use perrin.simulate.mfbm"),
        ({"hurst": "linear"}, "use perrin.simulate.mfbm"),
        ({"dt": np.inf}, "frame interval"),
    ],
)
def test_fbm_says_what_it_cannot_take(asked, words):
    with pytest.raises(InputError, match=words):
        simulate_fbm(3, 20, **asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"D": [1.0, 2.0], "hurst": [0.2, 0.5, 0.8]}, "is not clear from 3 of hurst, 2 of D, 1 of dwell_time"),
        ({"D": [1.0, 2.0], "transitions": np.ones((3, 3))}, "3 of transitions"),
        ({"hurst": "fast"}, "hurst cannot be 'fast'"),
        ({"hurst": [[0.2, 0.5]]}, "is not clear from"),
        ({"hurst": [0.2, 1.0]}, "between 0 and 1"),
        ({"D": [1.0, 0.0]}, "D must be positive"),
        ({"D": []}, "is not clear from"),
        ({"dwell_time": np.inf}, "dwell time must be positive"),
        ({"dwell_time": 0.9}, "shorter than one frame"),
        ({"transitions": [[0.0, 1.0], [1.0, 0.5]]}, "0 from a state to itself"),
        ({"transitions": [[0.0, 1.0], [-1.0, 0.0]]}, "0 or positive"),
        ({"transitions": [0.0, 1.0]}, "2 rows of 2 numbers"),
        ({"transitions": [[0.0, 1.0], [0.0, 0.0]]}, "cannot be reached from another"),
        ({"transitions": [[0, 1, 0], [1, 0, 0], [0, 1, 0]], "D": 1.0}, "cannot be reached from another"),
        ({"measurement": Measurement(exposure=0.5)}, "motion blur"),
    ],
)
def test_switching_says_what_it_cannot_take(asked, words):
    with pytest.raises(InputError, match=words):
        simulate_switching(3, 20, **asked)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"hurst": np.full((2, 2), 0.5)}, r"hurst has the shape \(2, 2\) for 3 tracks"),
        ({"D": []}, r"D has the shape \(0,\)"),
        ({"D": [1.0, -1.0]}, "D must be positive"),
        ({"D": "fast"}, "D cannot be 'fast'"),
        ({"hurst": [0.2, 1.0]}, "between 0 and 1"),
        ({"hurst": "fast"}, "hurst cannot be 'fast'"),
        ({"measurement": Measurement(jitter=0.5)}, "equal time intervals"),
        ({"measurement": Measurement(exposure=0.5)}, "without motion blur"),
    ],
)
def test_drifting_says_what_it_cannot_take(asked, words):
    with pytest.raises(InputError, match=words):
        simulate_drifting(3, 20, **asked)


def test_a_function_that_gives_another_number_of_exponents_is_told():
    with pytest.raises(InputError, match=r"exponents of shape \(7,\) for times of shape \(20,\)"):
        simulate_mfbm(3, 20, hurst=lambda u: np.full(7, 0.3))


def test_one_exponent_may_be_of_any_kind_of_number():
    assert set(simulate_andi(2, 20, models="fbm", alpha=np.float32(0.5), seed=1).alpha) == {0.5}
