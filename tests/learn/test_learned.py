"""A learned model is an estimator like any other; it says where it does not know."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import polars as pl
import pytest

import perrin
from perrin.errors import InputError
from perrin.estimate.learned import LearnedEstimator, cut_on_frames, read_model, window_features
from perrin.features import frame_clock, window_starts
from perrin.learn import learn_model
from perrin.learn.labels import Labels
from perrin.simulate import simulate_andi, simulate_fbm
from perrin.testing import check_estimator
from perrin.tracks import Tracks
from tests.helpers.trained_models import SMALL, labelled


@pytest.mark.slow
def test_keeps_the_contract_with_alpha(alpha_model):
    check_estimator(LearnedEstimator(alpha_model), dimension=2, lengths=(40, 70), examples=5)


@pytest.mark.slow
def test_keeps_the_contract_with_classes(class_model):
    check_estimator(LearnedEstimator(class_model), dimension=2, lengths=(40, 70), examples=4)


def test_onnx_equals_the_trees(alpha_lesson, alpha_model):
    """The graph in onnxruntime gives what scikit-learn gives."""
    from perrin.learn.examples import examples

    tracks, alpha = labelled(40, seed=9)
    sample = examples(tracks, alpha, 50)
    train, labels = labelled()
    again = examples(train, labels, 50)
    seen = SMALL.features(again.windows)
    forest = SMALL.fit(seen, again.target, classes=0, weight=again.weight, seed=0)
    found = read_model(alpha_model).run(sample.windows)["value"]
    np.testing.assert_allclose(found, forest.predict(SMALL.features(sample.windows)), atol=2e-6)


def test_intervals_cover_new_tracks(alpha_model):
    tracks, alpha = labelled(300, seed=77)
    points = perrin.analyze(tracks, method=alpha_model).points.filter(pl.col("status") == "ok")
    truth = alpha[points["track"].cast(int).to_numpy()]
    inside = (points["alpha_lo"].to_numpy() <= truth) & (truth <= points["alpha_hi"].to_numpy())
    assert 0.83 < inside.mean() < 0.97
    assert np.abs(points["alpha"].to_numpy() - truth).mean() < 0.3


@pytest.mark.slow
def test_tells_the_classes_of_new_tracks(class_model):
    simulation = simulate_andi(60, 60, models=["ctrw", "lw"], seed=55)
    found = perrin.analyze(simulation.tracks, method=class_model)
    told = found.tracks["class"].to_list()
    known = [(a, b) for a, b in zip(told, simulation.model, strict=True) if a is not None]
    assert len(known) > 50
    assert np.mean([a == b for a, b in known]) > 0.85
    assert found.tracks["class_p"].drop_nulls().is_between(0.4, 1 + 1e-6).all()
    assert set(found.points["class"].drop_nulls()) <= {"ctrw", "lw"}
    assert found.settings["target"] == "class"


def bound_and_free(n, seed):
    """Half of the tracks are nothing but localisation error, which exact calls immobile; and which half."""
    rng = np.random.default_rng(seed)
    bound = np.arange(n) % 2 == 0
    error = 0.3 * rng.standard_normal((n, 60, 2))
    return Tracks.from_arrays(list(np.where(bound[:, None, None], 0, 1) * free_paths(rng, n) + error)), bound


def free_paths(rng, n):
    return np.cumsum(rng.standard_normal((n, 60, 2)), axis=1)


@pytest.mark.slow
def test_a_class_is_given_to_particles_that_do_not_move(tmp_path):
    tracks, bound = bound_and_free(80, seed=1)
    lesson = learn_model(tracks, Labels(bound.astype(float), ("free", "bound"), "truth"), window=50, learner=SMALL)
    lesson.write(tmp_path / "bound.onnx")
    new, bound = bound_and_free(40, seed=2)
    found = perrin.analyze(new, method=str(tmp_path / "bound.onnx")).tracks
    assert (found["status"] == "immobile").sum() > 5  # or this test shows nothing
    assert found.filter(found["status"] == "immobile")["alpha"].null_count() == (found["status"] == "immobile").sum()
    told = np.array([name == "bound" for name in found["class"].to_list()])
    assert found["class"].null_count() <= 2
    assert (told == bound).mean() > 0.9


def test_a_track_at_rest_is_not_called_irregular(alpha_model):
    walk = np.cumsum(np.random.default_rng(0).standard_normal((60, 2)), axis=0)
    found = perrin.analyze(Tracks.from_arrays([np.vstack([walk, np.tile(walk[-1], (150, 1))])]), method=alpha_model)
    assert found.tracks["status"].to_list() == ["no_estimate"]
    assert found.tracks["advice"][0] == "immobile in most windows; the model was trained on moving particles only"


def test_tracks_unlike_those_in_training_are_flagged(alpha_model):
    t = np.arange(60.0)
    rng = np.random.default_rng(0)
    circles = [np.column_stack([np.cos(t / 2), np.sin(t / 2)]) + 1e-3 * rng.standard_normal((60, 2)) for _ in range(10)]
    jumps = np.where(rng.random((10, 60, 2)) < 0.03, 50, 1) * rng.standard_normal((10, 60, 2))
    strange = Tracks.from_arrays(circles + list(np.cumsum(jumps, axis=1)))
    found = perrin.analyze(strange, method=alpha_model).tracks
    assert found["status"].to_list() == ["outside_training_range"] * 20
    assert found["alpha"].null_count() == 20
    assert "unlike the tracks" in found["advice"][0]
    usual = perrin.analyze(labelled(200, seed=5)[0], method=alpha_model).tracks
    assert (usual["status"] == "ok").mean() > 0.97


def test_short_irregular_and_gappy_tracks_get_a_status(alpha_model):
    rng = np.random.default_rng(0)
    walk = lambda n: np.cumsum(rng.standard_normal((n, 2)), axis=0)  # noqa: E731
    times = [
        np.arange(30.0),
        np.cumsum(rng.uniform(0.5, 1.5, 60)),
        np.sort(rng.choice(200, 60, replace=False)).astype(float),
    ]
    tracks = Tracks.from_arrays([walk(30), walk(60), walk(60)], times=times)
    found = perrin.analyze(tracks, method=alpha_model).tracks
    assert found["status"].to_list() == ["too_short", "no_estimate", "no_estimate"]
    assert "at least 50" in found["advice"][0]
    assert "--method exact" in found["advice"][1]


def test_diffusion_belongs_to_one_frame(alpha_model):
    tracks = simulate_fbm(40, 60, hurst=0.5, D=0.3, dimension=2, dt=0.1, seed=4).tracks
    found = perrin.analyze(tracks, method=alpha_model).tracks
    assert found["D_frame"].mean() == pytest.approx(0.3, rel=0.05)
    expected = found["D_frame"] * 0.1 / 0.1 ** found["alpha"]
    np.testing.assert_allclose(found["D"].to_numpy(), expected.to_numpy(), rtol=1e-9)


def test_other_dimensions_and_windows_are_refused(alpha_model):
    with pytest.raises(InputError, match="2-D tracks and cannot analyze 3-D"):
        perrin.analyze(simulate_fbm(5, 60, dimension=3, seed=0).tracks, method=alpha_model)
    with pytest.raises(InputError, match="uses windows of 50 positions, not 20"):
        LearnedEstimator(alpha_model, window=20)


def test_a_file_that_is_no_model_is_refused(tmp_path, alpha_model):
    with pytest.raises(InputError, match="does not exist"):
        LearnedEstimator(str(tmp_path / "none.onnx"))
    (tmp_path / "junk.onnx").write_bytes(b"not a model")
    with pytest.raises(InputError, match="not a network that perrin can run"):
        LearnedEstimator(str(tmp_path / "junk.onnx"))
    model = onnx.load(alpha_model)
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    with pytest.raises(InputError, match="does not contain a model that perrin learn wrote"):
        LearnedEstimator(str(tmp_path / "bare.onnx"))
    for text, message in (
        ('{"format": 99}', "version 99"),
        ('{"format": 2}', "lacks 'task'"),
        ("{", "does not contain a model"),
    ):
        del model.metadata_props[:]
        entry = model.metadata_props.add()
        entry.key, entry.value = "perrin.learned", text
        path = tmp_path / f"{len(text)}.onnx"
        onnx.save(model, path)
        with pytest.raises(InputError, match=message):
            read_model(path)


@pytest.mark.parametrize(
    "wrong", [{"window": "abc"}, {"dimension": 4}, {"classes": None}, {"interval": {}}, {"input": ["x"]}, {"task": "x"}]
)
def test_a_card_of_another_kind_is_refused(tmp_path, alpha_model, wrong):
    model = onnx.load(alpha_model)
    card = next(entry for entry in model.metadata_props if entry.key == "perrin.learned")
    card.value = json.dumps(json.loads(card.value) | wrong)
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(InputError, match="its card needs a feature that this version of perrin does not have"):
        LearnedEstimator(str(tmp_path / "other.onnx"))


@pytest.mark.slow
def test_prediction_needs_neither_scikit_learn_nor_torch(alpha_model):
    code = (
        "import sys, perrin; from perrin.simulate import simulate_fbm\n"
        "tracks = simulate_fbm(3, 60, seed=1).tracks\n"
        f"print(perrin.analyze(tracks, {alpha_model!r}).tracks['status'].to_list())\n"
        "print(sorted({'sklearn', 'torch', 'onnx', 'pywt', 'joblib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ok" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_windows_are_those_of_the_contract(alpha_model):
    """Rolling windows of n positions, in order; features of each equal those of the track cut by hand."""
    tracks, _ = labelled(2)
    first, track = window_starts(tracks.lengths, tracks.offsets, 50)
    windows = cut_on_frames(tracks, frame_clock(tracks), first, track, 50)
    found = window_features(("statistics",), windows)
    alone = Tracks.from_arrays([tracks[1].positions[3:53]])
    other = window_features(("statistics",), cut_on_frames(alone, frame_clock(alone), np.array([0]), np.array([0]), 50))
    np.testing.assert_allclose(found[11 + 3], other[0], rtol=1e-4, atol=1e-5)
    assert replace(LearnedEstimator(alpha_model)).window == 50
