"""The recursion for regular tracks against the matrices it replaces."""

import numpy as np
import pytest
from simulation import fbm, tracks_of

from perrin.estimate.likelihood import HurstGrid, Observation, rho_grid
from perrin.estimate.stationary import stationary_forms
from perrin.represent import clock, stretches


@pytest.mark.parametrize("drift", [False, True])
@pytest.mark.parametrize("blur", [0.0, 0.7])
@pytest.mark.parametrize("noisy", [False, True])
def test_equals_the_dense_likelihood_for_every_length(noisy, blur, drift):
    rng = np.random.default_rng(51)
    positions = [fbm(rng, 1, n, 2, 0.4, noise=0.4)[0] for n in (9, 40, 23)]
    grids = [HurstGrid.for_size(64)] * 3
    rho = rho_grid(64, sigma_known=False) if noisy else np.zeros(0)
    watched = [Observation(grid.nodes, rho, blur, drift) for grid in grids]
    fast = stationary_forms(watched, [np.diff(p, axis=0) for p in positions])
    for form, observation, path in zip(fast, watched, positions, strict=True):
        tracks = tracks_of([path])
        part = stretches(tracks, np.array([0]), np.array([0]), len(path), clock(tracks).dt)
        dense = observation.forms(part)
        assert form.size == dense.size
        np.testing.assert_allclose(form.log_q, dense.log_q, atol=2e-5)
        np.testing.assert_allclose(form.log_det, dense.log_det, atol=1e-4)
