"""What carries a path along is seen: its sign where H rises or falls, and that it is rough where H is."""

from functools import cache

import numpy as np
import pytest
import torch

from perrin.processes.hurst import HurstPrior, Span
from perrin.simulate.harmonizable import sample_paths
from perrin.train.nets.hurst_gradient import hurst_gradient_features, n_features

LENGTH, LAG, WINDOWS = 512, 16, (16, 64)


def seen_in(paths, observed=None):
    """(n, features) of the whole track from one lag: they stand after those of the windows, pull by pull."""
    x = torch.as_tensor(paths - paths[:, :1]).float()[:, None]
    seen = torch.ones_like(x) if observed is None else torch.as_tensor(observed).float()[:, None]
    x = x * seen
    ahead, behind = torch.roll(x, -LAG // 2, 2), torch.roll(x, LAG // 2, 2)
    valid = torch.roll(seen, -LAG // 2, 2) * torch.roll(seen, LAG // 2, 2)
    valid[:, :, : LAG // 2] = valid[:, :, -LAG // 2 :] = 0
    parts = hurst_gradient_features(x, seen, ahead - behind, valid, WINDOWS, 4)
    assert sum(part.shape[1] for part in parts) == n_features(1, len(WINDOWS))
    together, size, rough = (part[:, 0, 0].numpy() for part in parts[6:9])
    return together, size, rough


@cache
def lines(start, end, n=300):
    """Paths along which H goes from start to end."""
    return sample_paths(np.tile(np.linspace(start, end, LENGTH), (n, 1)), np.random.default_rng(0))


@pytest.mark.slow
def test_differences_go_with_the_pull_where_h_rises_and_against_it_where_h_falls():
    """300 tracks each; the standard error of each mean is about .01."""
    rising, flat, falling = (seen_in(lines(*ends))[0] for ends in ((0.3, 0.7), (0.5, 0.5), (0.7, 0.3)))
    assert rising.mean() > flat.mean() + 0.05 > falling.mean() + 0.1
    assert np.abs([rising, flat, falling]).max() <= 1


@pytest.mark.slow
def test_differences_are_larger_where_the_pull_is_if_h_is_rough():
    rng = np.random.default_rng(1)
    prior = HurstPrior(weights={"rbm": 1.0}, spread=Span(0.3, 0.4))
    rough = seen_in(sample_paths(prior.draw(300, LENGTH, rng), np.random.default_rng(0)))[2]
    smooth = seen_in(lines(0.5, 0.5))[2]
    assert rough.mean() > smooth.mean() + 0.1


@pytest.mark.slow
def test_missing_frames_are_not_looked_at():
    observed = np.random.default_rng(2).random((300, LENGTH)) > 0.3
    observed[:, [0, -1]] = True
    whole, gaps = (seen_in(lines(0.3, 0.7), mask) for mask in (None, observed))
    assert np.mean(gaps[0]) == pytest.approx(np.mean(whole[0]), abs=0.03)
    assert np.mean(gaps[2]) == pytest.approx(np.mean(whole[2]), abs=0.1)
