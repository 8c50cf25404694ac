"""The networks of comparison: scalograms inside equal those outside, training repeats, direction does not matter."""

import numpy as np
import onnxruntime
import pytest
import torch

from perrin.estimate.learned import LearnedEstimator
from perrin.estimate.learned.features import along_own_axes, window_features
from perrin.features.spectra import energy
from perrin.features.wavelet import DEFAULT, FAMILIES, FilterBank
from perrin.learn import learn_model, learner
from perrin.learn.examples import examples
from perrin.learn.labels import Labels
from perrin.learn.nets import net
from perrin.learn.nets.wavelet import Scalogram
from perrin.learn.novelty import NoveltyDetector
from perrin.learn.validate import folds
from perrin.simulate import simulate_andi
from perrin.testing import check_estimator
from tests.helpers.trained_models import labelled


@pytest.mark.parametrize("bank", [DEFAULT, FilterBank(FAMILIES, (1.0, 4.0))])
def test_the_scalogram_in_the_network_is_that_of_the_represent_room(bank):
    places = np.random.default_rng(0).standard_normal((4, 2, 50)).cumsum(axis=2)
    layer = Scalogram(bank, 2, 50)
    inside = layer(torch.as_tensor(np.diff(places, axis=2)).float())[:, :, 0].numpy()
    share, level, signed = np.split(inside, [layer.maps, 2 * layer.maps], axis=1)
    power = energy(places, bank).reshape(4, layer.maps, 50)
    mean = power.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(share, np.log(power / mean + 1e-2), atol=2e-3)
    # energy() counts in units of the mean squared step, the network in units of the steps it is given.
    unit = (np.diff(places, axis=2) ** 2).mean(axis=(1, 2))[:, None, None]
    np.testing.assert_allclose(level, np.broadcast_to(np.log(mean * unit), level.shape), atol=2e-3)
    whole = bank.transform_of_steps(np.diff(places, axis=2).reshape(8, 49)).reshape(4, 2, -1, 50)
    odd = np.repeat([name not in ("morl", "mexh") for name in bank.families], len(bank.scales))
    expected = np.where(odd[:, None], whole.imag, whole.real)
    expected /= np.sqrt((expected**2).mean(axis=(1, 3), keepdims=True))
    np.testing.assert_allclose(signed, expected.reshape(4, -1, 50), atol=2e-3, rtol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wavelet-net", "attention-net", "recurrent-net"])
@pytest.mark.parametrize("classes", [0, 2])
def test_networks_learn_the_same_from_the_same_seed(name, classes, monkeypatch):
    monkeypatch.setattr(net, "_FEWEST", 12)
    monkeypatch.setattr(net, "_STEPS", 12)
    tracks, alpha = labelled(40)
    target = (alpha > 1).astype(float) if classes else alpha
    sample = examples(tracks, target, 40)
    chosen = learner(name)
    seen = chosen.features(sample.windows)
    first, second = (
        chosen.fit(seen, sample.target, classes=classes, weight=sample.weight, seed=1).predict(seen) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert first.shape == ((len(seen), 2) if classes else (len(seen),))
    assert np.isfinite(first).all()
    if classes:
        np.testing.assert_allclose(first.sum(axis=1), 1, atol=1e-5)


def test_the_energy_in_the_network_does_not_depend_on_direction():
    steps = np.random.default_rng(0).standard_normal((3, 2, 40)).astype(np.float32)
    turned = net.turned(steps, np.random.default_rng(1))
    assert not np.allclose(steps, turned)
    layer = Scalogram(DEFAULT, 2, 41)
    one, other = (layer(torch.as_tensor(s))[:, : 2 * layer.maps] for s in (steps, turned))
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_blurring_adds_localisation_error_to_half_of_the_windows_and_keeps_the_unit():
    rng = np.random.default_rng(0)
    steps = net.of_unit_size(rng.standard_normal((4000, 2, 60)))
    blurred = net.blurred(steps, rng)
    np.testing.assert_allclose((blurred**2).mean(axis=(1, 2)), 1, rtol=1e-4)
    assert 0.45 < (np.abs(blurred - steps).max(axis=(1, 2)) > 1e-4).mean() < 0.55
    # Steps with error of .3 u, u uniform: E[-.09 u² / (1 + .18 u²)] between neighbours, over half of the windows.
    u = (np.arange(1000) + 0.5) / 1000
    expected = -np.mean(0.09 * u**2 / (1 + 0.18 * u**2)) / 2
    neighbours = (blurred[:, :, 1:] * blurred[:, :, :-1]).mean()
    assert abs(neighbours - expected) < 0.003  # standard error .0015


@pytest.mark.slow
@pytest.mark.parametrize("name", ["attention-net", "recurrent-net", "together"])
def test_a_network_becomes_a_file_that_gives_what_it_gave(name, monkeypatch):
    """The wavelet net is one of those together; short windows, for the exporter unrolls what is recurrent."""
    monkeypatch.setattr(net, "_FEWEST", 4)
    monkeypatch.setattr(net, "_STEPS", 4)
    tracks, alpha = labelled(40)
    sample = examples(tracks, alpha, 16)
    chosen = learner(name)
    seen = chosen.features(sample.windows)
    value, spread = (
        chosen.fit(seen, goal, classes=0, weight=sample.weight, seed=0)
        for goal in (alpha[sample.track], np.ones(len(seen)))
    )
    familiar = NoveltyDetector.of(chosen.describe(sample.windows, seen), folds(sample, 0, 0), sample.tracks)
    file = onnxruntime.InferenceSession(value.graph(spread, familiar).SerializeToString())
    given = window_features(value.kinds, sample.windows)[sample.windows.usable]
    found = dict(zip([o.name for o in file.get_outputs()], file.run(None, {"features": given}), strict=True))
    np.testing.assert_allclose(found["value"][:, 0], value.predict(seen), atol=1e-5)
    np.testing.assert_allclose(found["spread"][:, 0], spread.predict(seen), atol=1e-5)
    np.testing.assert_allclose(
        found["distance"][:, 0], familiar.distance(chosen.describe(sample.windows, seen)), rtol=1e-3
    )


@pytest.mark.slow
def test_a_network_that_learned_classes_meets_the_contract_of_estimators(monkeypatch, tmp_path):
    monkeypatch.setattr(net, "_FEWEST", 4)
    monkeypatch.setattr(net, "_STEPS", 4)
    simulation = simulate_andi(20, 30, models=["ctrw", "lw"], seed=2)
    kinds = np.array([float(model == "lw") for model in simulation.model])
    labels = Labels(kinds, ("ctrw", "lw"), "truth")
    path = tmp_path / "classes.onnx"
    learn_model(simulation.tracks, labels, window=20, learner=learner("wavelet-net")).write(path)
    check_estimator(LearnedEstimator(str(path)), dimension=2, lengths=(16, 30), examples=3)


def test_steps_do_not_depend_on_how_the_camera_was_turned():
    rng = np.random.default_rng(0)
    steps = rng.standard_normal((20, 2, 49))
    angle = rng.uniform(0, 2 * np.pi, 20)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]).transpose(2, 0, 1)
    mirrored = turn * np.array([1.0, -1.0])
    for frame in (turn, mirrored):
        np.testing.assert_allclose(along_own_axes(frame @ steps), along_own_axes(steps), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(along_own_axes(steps), axis=1), np.linalg.norm(steps, axis=1))
