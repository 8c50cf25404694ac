"""The networks of comparison: scalograms inside equal those outside, training repeats, direction does not matter."""

import numpy as np
import pytest
import torch

from perrin.learn import learner, nets
from perrin.learn.examples import examples
from perrin.represent.spectra import energy

from .conftest import labelled


def test_the_scalogram_in_the_network_is_that_of_the_represent_room():
    places = np.random.default_rng(0).standard_normal((4, 2, 50)).cumsum(axis=2)
    inside = nets._Scalogram(nets.DEFAULT, 50)(torch.as_tensor(np.diff(places, axis=2)).float()).numpy()
    # energy() takes the mean square over axes, as the network does.
    expected = np.log(energy(places) + 1e-5).reshape(4, -1, 50)
    np.testing.assert_allclose(inside, expected, atol=2e-3)


@pytest.mark.parametrize("name", ["wavelet-net", "attention-net", "recurrent-net"])
@pytest.mark.parametrize("classes", [0, 2])
def test_networks_learn_the_same_from_the_same_seed(name, classes, monkeypatch):
    monkeypatch.setattr(nets, "_STEPS", (12, 12))
    tracks, alpha = labelled(40)
    target = (alpha > 1).astype(float) if classes else alpha
    sample = examples(tracks, target, 40)
    net = learner(name)
    seen = net.see(sample.windows)
    first, second = (
        net.fit(seen, sample.target, classes=classes, weight=sample.weight, seed=1).predict(seen) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert first.shape == ((len(seen), 2) if classes else (len(seen),))
    assert np.isfinite(first).all()
    if classes:
        np.testing.assert_allclose(first.sum(axis=1), 1, atol=1e-5)


def test_the_scalogram_does_not_depend_on_direction():
    steps = np.random.default_rng(0).standard_normal((3, 2, 40)).astype(np.float32)
    turned = nets._turned(steps, np.random.default_rng(1))
    assert not np.allclose(steps, turned)
    layer = nets._Scalogram(nets.DEFAULT, 41)
    np.testing.assert_allclose(layer(torch.as_tensor(steps)), layer(torch.as_tensor(turned)), atol=1e-3)
