"""The tracks table in a few numbers."""

import numpy as np
import pytest

from perrin.estimate.exact.estimator import Exact
from perrin.result import summarize
from tests.helpers.fbm import fbm, tracks_of

RNG = np.random.default_rng(41)


def summary(positions, **settings):
    return summarize(Exact(**settings).estimate(tracks_of(positions), rng=RNG).tracks)


def test_shared_d_equals_the_posterior_of_all_steps_together():
    """alpha given and no error: D of one track with all increments, InvGamma with the shapes and scales added."""
    positions = fbm(RNG, 30, 12, 2, 0.5)
    found = summary(positions, sigma=0.0, alpha=1.0)["common_D"]
    steps = np.diff(positions, axis=1)
    assert found["value"] == pytest.approx(np.mean(steps**2) / 2, rel=0.005)
    assert np.log(found["hi"] / found["lo"]) == pytest.approx(2 * 1.96 * np.sqrt(2 / steps.size), rel=0.02)


def test_no_shared_d_where_priors_would_add_up_to_a_bias():
    positions = fbm(RNG, 5, 20, 2, 0.5)
    fitted = summary(positions, alpha=1.0)
    assert fitted["alpha_given"] == 1.0
    assert fitted["common_D"] is None
    assert summary(positions, sigma=0.0)["common_D"] is None


@pytest.mark.slow
def test_tracks_are_sorted_by_their_intervals():
    positions = [*fbm(RNG, 10, 200, 2, 0.2), *fbm(RNG, 10, 200, 2, 0.5), *fbm(RNG, 10, 200, 2, 0.8)]
    tracks = Exact(sigma=0.0).estimate(tracks_of(positions), rng=RNG).tracks
    found = summarize(tracks)
    slow, fast = tracks["alpha_hi"][:10], tracks["alpha_lo"][-10:]
    assert slow.max() < 1 < fast.min()
    assert found["n"] == 30
    usual = tracks[10:20]  # of which one in twenty is expected on the wrong side
    assert found["alpha_below_1"] == 10 + (usual["alpha_hi"] < 1).sum()
    assert found["alpha_above_1"] == 10 + (usual["alpha_lo"] > 1).sum()
    assert found["misfits"]["tested"] == 30
    assert found["misfits"]["expected"] == pytest.approx(1.5)


def test_nothing_estimated_gives_no_numbers():
    found = summary([np.zeros((30, 2))])
    assert found["n"] == 0
    assert found["alpha"] is found["D_frame"] is found["common_D"] is found["alpha_given"] is None
