"""`Tracks.from_arrays`: what is plainly meant is taken, what cannot be is told."""

import numpy as np
import pytest

from perrin.errors import InputError
from perrin.tracks import Tracks

PLANE = [np.zeros((4, 2)), np.ones((3, 2))]


def test_flat_arrays_are_positions_along_one_axis():
    tracks = Tracks.from_arrays([np.arange(3.0), np.arange(3.0)], sigma=[np.full(3, 0.1)] * 2)
    assert tracks.dimension == 1
    assert tracks.lengths.tolist() == [3, 3]
    assert tracks.positions[:, 0].tolist() == [0, 1, 2, 0, 1, 2]
    assert tracks.sigma.shape == (6, 1)


@pytest.mark.parametrize(
    ("sigma", "words"),
    [
        ([np.full(4, 0.1), np.full(3, 0.1)], "shape"),
        ([np.full((4, 2), 0.1), np.full((2, 2), 0.1)], "shape"),
        ([np.full((4, 2), np.nan), np.full((3, 2), 0.1)], "missing"),
        ([np.full((4, 2), -0.1), np.full((3, 2), 0.1)], "negative"),
        ([np.full((4, 2), np.inf), np.full((3, 2), 0.1)], "infinite"),
    ],
)
def test_errors_that_cannot_be_are_refused(sigma, words):
    """They were ignored, or met later as an IndexError."""
    with pytest.raises(InputError, match=f"localization error.*{words}"):
        Tracks.from_arrays(PLANE, sigma=sigma)


def test_tracks_of_different_axes_do_not_go_together():
    with pytest.raises(InputError, match="numbers of axes"):
        Tracks.from_arrays([np.zeros((4, 2)), np.zeros((4, 3))])
