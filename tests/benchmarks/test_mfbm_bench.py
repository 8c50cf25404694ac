"""What the benchmark of multifractional motion measures, and that its figure is drawn from the JSON alone."""

import json

import numpy as np
import pytest

from benchmarks import mfbm
from benchmarks.mfbm.cost import simulation_speed
from benchmarks.mfbm.methods import available, signals
from benchmarks.mfbm.requirements import check_requirements
from benchmarks.mfbm.unseen import UNSEEN
from perrin.errors import InputError
from perrin.processes.hurst import LEAST, MOST
from perrin.result.scoring import scores
from perrin.simulate.mfbm_cases import TABLE_FOUR, TABLE_THREE
from perrin.weights import manifest

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


@pytest.mark.slow
def test_a_path_for_training_costs_a_third_of_a_factorisation_or_less():
    found = simulation_speed()
    assert found["one factorisation a path"] > 3 * found["spectral"]
    assert found["one factorisation a path"] > 3 * found["four paths a factorisation"]


def test_the_figure_is_drawn_from_the_json_alone():
    curve = {"t": [1, 512], "mean": [0.3, 0.3], "lo": [0.2, 0.2], "hi": [0.4, 0.4]}
    found = {"t": [1, 512], "truth": [0.2, 0.2], "mfbm-net": curve, "mfbm-net, error unknown": curve}
    band = {"t": [1, 512], "hurst": [0.2, 0.2], "lo": [0.1, 0.1], "median": [0.2, 0.2], "hi": [0.3, 0.3], "inside": 1.0}
    shown = {case: {"mfbm-net": band, "coeurjolly": band} for case in TABLE_FOUR}
    result = json.loads(json.dumps({"curves": dict.fromkeys(TABLE_FOUR, found), "bands": shown}))
    drawn = mfbm.figures(result)
    assert len(drawn["mfbm-bands"].data) == 3 * 2 * len(TABLE_FOUR)
    assert "100 % inside" in drawn["mfbm-bands"].layout.annotations[0].text
    figure = drawn["mfbm"]
    names = {trace.name for trace in figure.data}
    assert names == {"truth", "mfbm-net: mean", "mfbm-net: 95 % of estimates"}


@pytest.mark.slow
def test_signals_have_unit_steps():
    tracks = signals(TABLE_FOUR["1a"], n=400)
    steps = np.diff(tracks.positions.reshape(400, 512), axis=1)
    # steps at H = .2 are anticorrelated, so their mean square is known better than that of independent ones
    assert abs(np.mean(steps**2) - 1) < 4 * np.sqrt(2 / (400 * 511)) * 1.5


def test_raw_signals_need_weights():
    if "mfbm-cnn" in manifest():
        assert "mfbm-cnn, raw signals" in available(raw=True)
    else:
        with pytest.raises(InputError, match="no weights of mfbm-cnn"):
            available(raw=True)


def test_what_was_asked_is_judged_by_the_numbers():
    def row(mae):
        score = {"mae": mae, "coverage": 0.95, "MAE / paper's network": mae / 0.1, "RMSE / paper's network": mae / 0.1}
        return {"mfbm-net": score, "coeurjolly": {"mae": 0.2}, "local-variations": {"mae": 0.1},
                "the paper's Coeurjolly": {"mae": 0.2}}  # fmt: skip

    result = {
        "Table III": dict.fromkeys(TABLE_THREE, row(0.05)), "Table IV": dict.fromkeys(TABLE_FOUR, row(0.08)),
        "a shape in no training family": {"steps with a sine": row(0.05)},
        "tracks of 512 a second on one core": {"mfbm-net": 150.0},
        "milliseconds a path of 512": {"one factorisation a path": 12.0, "four paths a factorisation": 3.0},
    }  # fmt: skip
    met = {entry["asked"]: entry["met"] for entry in check_requirements(result)}
    assert [asked for asked, good in met.items() if not good] == [
        "mfbm-net: mean of the six MAE ratios of Table IV at most .70"
    ]
