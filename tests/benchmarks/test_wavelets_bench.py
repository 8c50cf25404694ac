"""The benchmark of learning resumes cell by cell, and its figures need nothing but its JSON."""

import json
import shutil

import numpy as np
import pytest

from benchmarks import wavelets
from benchmarks.wavelets import ablation, beads, learner_runs, speed, table
from benchmarks.wavelets.previous_record import PreviousRecord
from perrin.features.wavelet import FilterBank


@pytest.fixture
def small(monkeypatch, tmp_path):
    for cached in (learner_runs._features, learner_runs._tracks):
        cached.cache_clear()
    monkeypatch.setattr(learner_runs, "FOLDER", tmp_path / "cells")
    monkeypatch.setattr(learner_runs, "TEST", 60)
    monkeypatch.setattr(learner_runs, "SIZES", (40, 80))
    monkeypatch.setattr(learner_runs, "SEEDS", (0,))
    monkeypatch.setattr(learner_runs, "BEST", ())
    monkeypatch.setattr(learner_runs, "CHALLENGED", ())
    monkeypatch.setattr(learner_runs, "LEARNERS", ("trees", "boosting", "linear"))
    monkeypatch.setattr(ablation, "_TRAIN", 40)
    monkeypatch.setattr(ablation, "BANKS", {"one": FilterBank(("mexh",), (1.0, 2.0))})
    yield
    for cached in (learner_runs._features, learner_runs._tracks):
        cached.cache_clear()


@pytest.mark.slow
def test_runs_resumes_and_draws(small, monkeypatch, tmp_path):
    monkeypatch.setattr(speed, "run", lambda: {})
    first = wavelets.run(tmp_path, minutes=0)
    assert first["cells still to run"] == 12
    assert first["curves"] == {"1-D": {}, "2-D": {}}
    result = json.loads(json.dumps(wavelets.run(tmp_path)))
    assert result["cells still to run"] == 0
    row = result["curves"]["2-D"]["trees"]["80"]
    assert row["alpha MAE"]["lo"] < row["alpha MAE"]["value"] < row["alpha MAE"]["hi"]
    assert result["ablation"]["one"]["numbers"] == 38
    assert "not run" in result["beads"]
    figures = wavelets.figures(result)
    assert len(figures["wavelets-alpha"].data) == 6
    files = sorted((tmp_path / "cells").glob("*.npz"))
    before = [file.stat().st_mtime_ns for file in files]
    assert wavelets.run(tmp_path)["curves"] == result["curves"]
    assert [file.stat().st_mtime_ns for file in files] == before


@pytest.mark.slow
def test_what_the_record_has_is_not_run_again_where_its_files_are_gone(small, monkeypatch, tmp_path):
    monkeypatch.setattr(speed, "run", lambda: {})
    record = json.loads(json.dumps(wavelets.run(tmp_path)))
    shutil.rmtree(learner_runs.FOLDER)
    monkeypatch.setattr(learner_runs, "_run", lambda cell: pytest.fail(f"{cell} was run again"))
    monkeypatch.setattr(ablation, "_measured", lambda *_: pytest.fail("a bank was run again"))
    assert wavelets.run(tmp_path, earlier=record) == record


def test_of_a_row_the_one_from_more_training_sets_counts():
    def curves(**seeds):
        return {"1-D": {name: {"route": "features", "100": {"seeds": count}} for name, count in seeds.items()}}

    record = PreviousRecord({"curves": curves(forest=3, linear=1)})
    told = record.curves(curves(forest=1, linear=2, boosting=1))["1-D"]
    assert {name: row["100"]["seeds"] for name, row in told.items()} == {"forest": 3, "linear": 2, "boosting": 1}
    assert record.has(learner_runs.LearnerRun(1, 100, 2, "forest"))
    assert not record.has(learner_runs.LearnerRun(1, 100, 0, "linear"))  # of three sets one: all are run again
    assert not record.has(learner_runs.LearnerRun(2, 100, 0, "forest"))


def test_every_cell_is_there_once():
    every = learner_runs.all_runs()
    assert len({cell.path for cell in every}) == len(every)
    sizes = [cell.size for cell in every if not cell.learner.endswith("-net")]
    assert list(dict.fromkeys(sizes)) == [1_000, 100, 300, 3_000, 10_000, 100_000]
    assert every[-1].learner == "recurrent-net"


def test_differences_of_errors_get_intervals():
    found = table._mean(np.tile([0.1, 0.2, 0.3, 0.4, 0.5], 100))
    assert found == {"value": 0.3, "lo": 0.3, "hi": 0.3}


def test_speed_is_measured_beside_pywavelets():
    found = speed.run(tracks=40, looped=2, rounds=1)
    assert found["times faster than PyWavelets, looped"] > 2


def test_beads_are_not_asked_for_where_there_is_no_time(tmp_path, small):
    assert "not run" in beads.run(tmp_path, None)


def test_a_learner_is_run_again_for_a_mean_that_the_record_has_not():
    def record(*names):
        return PreviousRecord({"curves": {"1-D": {name: {"100": {"seeds": 3}} for name in names}}})

    net, forest = learner_runs.LearnerRun(1, 100, 0, "wavelet-net"), learner_runs.LearnerRun(1, 100, 0, "forest")
    means = [name for name, members in table.MEANS.items() if "wavelet-net" in members]
    assert len(means) == 2
    assert record("wavelet-net", *means).has(net)
    assert not record("wavelet-net", means[0]).has(net)
    assert record("forest").has(forest)


def test_a_mean_of_which_a_member_does_not_run_at_that_size_is_not_waited_for():
    record = PreviousRecord({"curves": {"2-D": {"wavelet-net": {str(learner_runs.LARGEST): {"seeds": 1}}}}})
    assert "wavelet-trees" not in learner_runs.BEST
    assert record.has(learner_runs.LearnerRun(2, learner_runs.LARGEST, 0, "wavelet-net"))


def test_who_is_best_is_told_by_all_rows_and_a_pair_without_predictions_keeps_its_difference(small):
    def row(error):
        return {"500": {"alpha MAE": {"value": error}, "micro-F1": {"value": 1 - error}}}

    learners = {"wavelet-net": 0.2, "wavelet-trees": 0.3, "attention-net": 0.25, "recurrent-net": 0.4, "forest": 0.5}
    curves = {"1-D": {name: row(error) for name, error in learners.items()}, "2-D": {}}
    kept = "1-D, alpha: wavelet-net minus attention-net (trajectory)"
    earlier = {kept: {"value": -0.05}, "1-D, alpha: wavelet-net minus recurrent-net (trajectory)": {"value": -0.2}}
    assert table.verdicts(500, curves, earlier) == {kept: {"value": -0.05}}
    learner_runs.FOLDER.mkdir()
    alpha, kind = learner_runs.truth(1)
    for name, off in (("wavelet-net", 0.1), ("forest", 0.3)):
        right = np.eye(5)[kind]
        np.savez(learner_runs.LearnerRun(1, 500, 0, name).path, alpha=alpha + off, chance=right, seconds=1.0)
    found = table.verdicts(500, curves, earlier)
    assert found[kept] == {"value": -0.05}
    assert found["1-D, alpha: wavelet-net minus forest (features)"] == {"value": -0.2, "lo": -0.2, "hi": -0.2}
    assert found["1-D, class: wavelet-net minus forest (features)"]["value"] == 0
    assert len(found) == 3
