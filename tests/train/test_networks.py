"""From a run to a network that ships, and what the estimators make of it: exported once, looked at from all sides."""

import hashlib
import json
import zipfile
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch

from perrin.cli.app import app
from perrin.errors import InputError, PerrinError
from perrin.estimate.networks.mfbm_cnn import MfbmCnn
from perrin.estimate.networks.mfbm_net import MfbmNet
from perrin.result import status
from perrin.simulate import Measurement, simulate_fbm, simulate_mfbm
from perrin.testing import check_estimator
from perrin.tracks import Tracks
from perrin.train import Recipe
from perrin.train.export import check_parity
from perrin.train.loop import train
from perrin.train.nets import hurst_gradient, mfbm_net
from perrin.train.publish import publish
from perrin.weights import card, load, store
from tests.helpers.recipes import TINY, TINY_CNN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def few_lags():
    """`mfbm-net` looks at few lags and windows here: its graph is the same for each, and exported node by node."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mfbm_net, "LAGS", (1, 64))
        patch.setattr(mfbm_net, "WINDOWS", (64,))
        patch.setattr(hurst_gradient, "_AROUND", (16,))
        patch.setattr(hurst_gradient, "_TERMS", 2)
        yield


MEASURED = {"signals": {"1a": {"mae": 0.02, "paper": {"mae": 0.0277}}, "coverage": 0.95}}


@pytest.fixture(scope="module")
def shipped(once):
    """A folder with both tiny networks, published as `perrin train` does."""
    torch.set_num_threads(1)
    return once("shipped", make_networks)


def make_networks(folder):
    with pytest.MonkeyPatch.context() as patch:
        for text in (TINY, TINY_CNN):
            recipe = Recipe.parse(text)
            patch.setattr(type(recipe.stream()), "measure", lambda self, model: MEASURED)
            run = folder / f"run-{recipe.name}"
            train(recipe, run)
            publish(recipe, run, [run, folder])


@pytest.fixture
def net(shipped):
    return MfbmNet(model=str(shipped / "tiny.onnx"))


@pytest.fixture
def cnn(shipped):
    return MfbmCnn(model=str(shipped / "tiny-cnn.onnx"))


def test_manifest_card_and_file_agree(shipped):
    known = json.loads((shipped / "manifest.json").read_text())
    assert set(known) == {"tiny", "tiny-cnn"}
    for name, entry in known.items():
        file = shipped / entry["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == entry["sha256"]
        assert entry["parity"] < 1e-5
        text = (shipped / f"{name}.md").read_text()
        assert text == card.card(name, entry)
        assert "0.0277" in text
        assert "not finished" not in text
        assert entry["recipe"].strip() in text
    assert "began from the weights of `perrin train base`" in card.card("tiny", known["tiny"] | {"begins": "base"})
    assert "not finished" in card.card("tiny", known["tiny"] | {"run": known["tiny"]["run"] | {"steps": 3}})


def test_weights_are_stored_in_half_and_nothing_of_the_machine(shipped):
    model = onnx.load(shipped / "tiny.onnx")
    kinds = {t.data_type for t in model.graph.initializer if np.prod(t.dims) >= 256}
    assert kinds == {onnx.TensorProto.FLOAT16}
    assert b"site-packages" not in (shipped / "tiny.onnx").read_bytes()
    assert model.opset_import[0].version == 18
    assert not zipfile.is_zipfile(shipped / "tiny.onnx")


def test_another_network_is_no_parity(shipped):
    other = Recipe.parse(TINY).net().eval()
    with torch.no_grad():
        other.head.bias += 0.1
    with pytest.raises(PerrinError, match="differs"):
        check_parity(other, shipped / "tiny.onnx", other.examples()[:1])


def test_a_changed_file_is_not_run(shipped, tmp_path, monkeypatch):
    (tmp_path / "manifest.json").write_text((shipped / "manifest.json").read_text())
    monkeypatch.setattr(store, "folder", lambda: tmp_path)
    load.cache_clear()
    with pytest.raises(InputError, match="missing or damaged"):
        load("tiny")
    data = bytearray((shipped / "tiny.onnx").read_bytes())
    data[-1] ^= 1
    (tmp_path / "tiny.onnx").write_bytes(data)
    with pytest.raises(InputError, match="missing or damaged"):
        load("tiny")
    (tmp_path / "tiny.onnx").write_bytes((shipped / "tiny.onnx").read_bytes())
    assert load("tiny").about["file"] == "tiny.onnx"
    with pytest.raises(InputError, match=r"does not include the weights of.*perrin train"):
        load("nothing")
    load.cache_clear()


def test_what_is_no_network_is_said(tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"nothing")
    with pytest.raises(InputError, match="not a network"):
        _ = load(str(tmp_path / "x.onnx")).session
    with pytest.raises(InputError, match="does not exist"):
        load(str(tmp_path / "y.onnx"))


def test_networks_of_ones_own_keep_the_contract(net, cnn):
    check_estimator(net, examples=3, lengths=(32, 64))
    check_estimator(cnn, examples=3, lengths=(256, 260))


def test_axes_can_be_exchanged(net):
    plain = simulate_mfbm(2, 100, dimension=3, measurement=Measurement(sigma=0.3, missing=0.2), seed=1).tracks
    turned = replace(plain, positions=np.ascontiguousarray(plain.positions[:, [2, 0, 1]]))
    one, two = (net.estimate(t, rng=np.random.default_rng(0)).points["alpha"].to_numpy() for t in (plain, turned))
    np.testing.assert_allclose(one, two, rtol=1e-5)


def test_missing_frames_are_not_looked_at(net):
    """The network sees a mask: a track and the same track with other values in the gaps are one."""
    session = load(net.model).session
    rng = np.random.default_rng(0)
    positions = np.cumsum(rng.standard_normal((1, 1, 90)), axis=2).astype(np.float32)
    observed = np.ones((1, 90), dtype=np.float32)
    observed[0, 40:50] = 0
    noise = np.zeros((1, 1, 3), dtype=np.float32)
    found = []
    for value in (0.0, 5.0):
        positions[0, 0, 40:50] = value
        found.append(session.run(None, {"positions": positions, "observed": observed, "noise": noise})[1])
    np.testing.assert_array_equal(found[0], found[1])


def test_quantiles_never_cross_and_stay_inside(net):
    session = load(net.model).session
    rng = np.random.default_rng(1)
    for scale in (1e-3, 1.0, 1e4):
        feed = {
            "positions": (scale * rng.standard_normal((2, 2, 77)).cumsum(2)).astype(np.float32),
            "observed": np.ones((2, 77), dtype=np.float32),
            "noise": np.zeros((2, 2, 3), dtype=np.float32),
        }
        mean, quantiles, scales, *_ = session.run(None, feed)
        assert (np.diff(quantiles, axis=2) >= 0).all()
        assert (np.diff(scales, axis=1) >= 0).all()
        assert 0 < quantiles.min() <= quantiles.max() < 1
        assert 0 < mean.min() <= mean.max() < 1


def test_d_is_the_scale_in_the_units_of_time(net):
    tracks = simulate_fbm(3, 64, hurst=0.3, dt=0.02, seed=1).tracks
    found = net.estimate(tracks, rng=np.random.default_rng(0))
    alpha, d = (found.points[c].to_numpy().reshape(3, 64) for c in ("alpha", "D"))
    scale = 2 * d * 0.02**alpha
    np.testing.assert_allclose(scale, scale[:, :1].repeat(64, axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.tracks["D_frame"].to_numpy(), scale[:, 0] / (2 * 0.02), rtol=1e-9)
    assert (found.points["D_lo"] <= found.points["D"]).all()
    assert (found.points["D"] <= found.points["D_hi"]).all()


@pytest.mark.parametrize(
    ("times", "outcome", "word"),
    [
        (np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, 60)), status.NO_ESTIMATE, "irregular"),
        (np.arange(20.0), status.TOO_SHORT, "at least 32"),
        (3.0 * np.arange(60) + (np.arange(60) == 5), status.OUTSIDE_TRAINING_RANGE, "frames with 60 positions"),
        (np.arange(5001.0), status.OUTSIDE_TRAINING_RANGE, "cut the track"),
        (np.arange(60.0), status.OK, ""),
    ],
)
def test_what_the_network_does_not_know_it_does_not_answer(net, times, outcome, word):
    walk = np.cumsum(np.random.default_rng(1).standard_normal((len(times), 1)), axis=0)
    found = net.estimate(Tracks.from_arrays([walk], times=[times]), rng=np.random.default_rng(0))
    assert found.tracks["status"].to_list() == [outcome]
    assert word in found.tracks["advice"][0]
    assert set(found.points["status"]) == {outcome}


def test_numbers_beyond_all_measure_give_a_status(net):
    walk = np.random.default_rng(1).standard_normal((60, 1))
    walk[30] = 1e25
    found = net.estimate(Tracks.from_arrays([walk]), rng=np.random.default_rng(0))
    assert found.tracks["status"].to_list() == [status.FAILED]
    assert "too extreme" in found.tracks["advice"][0]
    assert found.points["alpha"].null_count() == 60


def test_settings_that_the_network_was_not_made_for_are_refused():
    with pytest.raises(InputError, match="not trained"):
        MfbmNet(min_length=8)
    with pytest.raises(InputError, match="not trained"):
        MfbmCnn(min_length=8)


def test_train_and_models_on_the_command_line(shipped, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    recipe = tmp_path / "tiny.toml"
    recipe.write_text(TINY.replace("steps = 12", "steps = 2"))
    monkeypatch.setattr("perrin.train.publish.publish", lambda recipe, run, targets: None)
    done = CliRunner().invoke(app, ["train", str(recipe), "-o", str(tmp_path / "run")], catch_exceptions=False)
    assert "step 2 of 2" in done.output
    monkeypatch.setattr(store, "folder", lambda: shipped)
    assert "tiny-cnn" in CliRunner().invoke(app, ["models"]).output
    assert "## Measured" in CliRunner().invoke(app, ["models", "tiny"]).output
    with pytest.raises(InputError, match="unknown network 'x'"):
        CliRunner().invoke(app, ["models", "x"], catch_exceptions=False)


def test_mfbm_cnn_learns():
    """120 batches of 16 signals of 48 points: a third of the variance of H that a constant leaves is explained.

    A loss that took the first signal for the first output would leave it all.
    """
    text = TINY_CNN.replace("signals = 2", "signals = 16").replace("steps = 6", "steps = 120")
    recipe = Recipe.parse(text)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    net, stream, loss = recipe.net(), recipe.stream(), recipe.loss()
    net.calibrate(stream)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    seen = []
    for step in range(120):
        batch = stream.batch(step)
        value = loss(net(torch.from_numpy(batch.inputs[0])), (torch.from_numpy(batch.targets[0]),))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        seen.append(value.item())
    assert np.mean(seen[-30:]) < 0.7 * np.mean(seen[:3])
