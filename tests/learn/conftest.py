"""Tracks of two classes and two exponents, and a model of each kind, made once."""

import numpy as np
import pytest

from perrin.learn import learn_model
from perrin.learn.labels import Labels
from perrin.simulate import simulate_andi
from tests.helpers.trained_models import SMALL, labelled


@pytest.fixture(scope="session")
def alpha_lesson():
    tracks, alpha = labelled()
    return learn_model(tracks, Labels(alpha, (), "truth"), window=50, learner=SMALL)


@pytest.fixture(scope="session")
def class_lesson():
    simulation = simulate_andi(120, 60, models=["ctrw", "lw"], seed=2)
    kinds = np.array([float(name == "lw") for name in simulation.model])
    return learn_model(simulation.tracks, Labels(kinds, ("ctrw", "lw"), "truth"), window=50, learner=SMALL)


@pytest.fixture(scope="session")
def alpha_model(alpha_lesson, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "alpha.onnx"
    alpha_lesson.write(path)
    return str(path)


@pytest.fixture(scope="session")
def class_model(class_lesson, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "class.onnx"
    class_lesson.write(path)
    return str(path)
