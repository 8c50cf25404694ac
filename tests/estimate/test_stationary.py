"""The recursion for regular tracks against the matrices it replaces."""

import numpy as np
import pytest

from perrin.estimate.exact.likelihood import LEAST_Q, HurstNodes, LikelihoodGrid, rho_nodes
from perrin.estimate.exact.stationary import stationary_forms
from perrin.features import cut_windows, frame_clock
from tests.helpers.fbm import fbm, tracks_of


@pytest.mark.parametrize("drift", [False, True])
@pytest.mark.parametrize("blur", [0.0, 0.7])
@pytest.mark.parametrize("noisy", [False, True])
def test_equals_the_dense_likelihood_for_every_length(noisy, blur, drift):
    rng = np.random.default_rng(51)
    positions = [fbm(rng, 1, n, 2, 0.4, noise=0.4)[0] for n in (9, 40, 23)]
    nodes = np.array(HurstNodes.for_size(64).values)
    observation = LikelihoodGrid(nodes, rho_nodes() if noisy else np.zeros(0), blur, drift)
    fast = stationary_forms(observation, [np.diff(p, axis=0) for p in positions])
    for form, path in zip(fast, positions, strict=True):
        tracks = tracks_of([path])
        part = cut_windows(tracks, np.array([0]), np.array([0]), len(path), frame_clock(tracks).dt)
        dense = observation.forms(part)
        assert form.size == dense.size
        np.testing.assert_allclose(np.log(form.q), np.log(dense.q), atol=2e-5)
        np.testing.assert_allclose(form.log_det, dense.log_det, atol=1e-4)


@pytest.mark.parametrize("velocity", [0.0, 1.0, 3e4 / 7])
def test_of_a_steady_motion_a_drift_leaves_as_good_as_nothing_at_every_law(velocity):
    """What rounding leaves must not jump from node to node: its logarithm is interpolated between them."""
    nodes = np.array(HurstNodes.for_size(14).values)
    observation = LikelihoodGrid(nodes, rho_nodes(), 0.0, drift=True)
    steps = velocity * np.ones((7, 2)) * (1 + 1e-16 * np.arange(7)[:, None])
    forms = stationary_forms(observation, [steps])[0]
    assert (forms.q <= 1e-20 * max(velocity, 1.0) ** 2).all()
    spread = np.ptp(np.log(np.maximum(forms.q, LEAST_Q)))
    assert spread < 60
