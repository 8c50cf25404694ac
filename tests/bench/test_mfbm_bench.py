"""What the benchmark of multifractional motion measures, and that its figure is drawn from the JSON alone."""

import json

import numpy as np
import pytest

from perrin.bench import mfbm
from perrin.processes.hurst import LEAST, MOST
from perrin.result.scoring import scores
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE, UNSEEN

CASES = {**TABLE_FOUR, **TABLE_THREE, "unseen": UNSEEN}


def test_scores_are_what_they_are_called():
    truth = np.array([0.1, 0.2, 0.3, 0.4])
    value = np.array([0.2, 0.2, 0.1, np.nan])
    found = scores(truth, value, value - 0.15, value + 0.15)
    assert found["mae"] == pytest.approx(0.1)
    assert found["rmse"] == pytest.approx(np.sqrt(0.05 / 3))
    assert found["estimated"] == 0.75
    assert found["coverage"] == pytest.approx(2 / 3)
    assert found["width"] == pytest.approx(0.3)
    assert scores(truth, np.full(4, np.nan))["mae"] is None


@pytest.mark.parametrize("name", CASES)
def test_cases_are_the_papers(name):
    curve = CASES[name].curve()
    assert curve.shape == (CASES[name].length,)
    assert LEAST <= curve.min() <= curve.max() <= MOST
    ends = {"1a": (0.2, 0.2), "1b": (0.8, 0.8), "2": (0.2, 0.8), "3a": (0.2, 0.8), "3b": (0.2, 0.8), "4": (0.5, 0.34)}
    if name in ends:
        np.testing.assert_allclose(curve[[0, -1]], ends[name], atol=0.01)


def test_a_path_for_training_costs_a_third_of_a_factorisation_or_less():
    found = mfbm.simulation_speed()
    assert found["one factorisation a path"] > 3 * found["spectral"]
    assert found["one factorisation a path"] > 3 * found["four paths a factorisation"]


def test_the_figure_is_drawn_from_the_json_alone():
    curve = {"mean": [0.3, 0.3], "lo": [0.2, 0.2], "hi": [0.4, 0.4]}
    found = {"t": [1, 512], "truth": [0.2, 0.2], "mfbm-net": curve, "mfbm-net, error unknown": curve}
    result = json.loads(json.dumps({"curves": dict.fromkeys(TABLE_FOUR, found)}))
    figure = mfbm.figures(result)["mfbm"]
    names = {trace.name for trace in figure.data}
    assert names == {"truth", "mfbm-net: mean", "mfbm-net: 95 % of estimates"}


def test_signals_have_unit_steps():
    tracks = mfbm.signals(TABLE_FOUR["1a"], n=400)
    steps = np.diff(tracks.positions.reshape(400, 512), axis=1)
    # steps at H = .2 are anticorrelated, so their mean square is known better than that of independent ones
    assert abs(np.mean(steps**2) - 1) < 4 * np.sqrt(2 / (400 * 511)) * 1.5
