"""`perrin simulate andi`, `learn`, `analyze --method MODEL.onnx`, `models` and `fingerprint`, as a user runs them."""

import json

import polars as pl
import pytest

from tests.helpers.forked import SMALL, forks


def run(folder, *words):
    return forks().call(words, folder, script=SMALL, loaded=["onnx", "sklearn.ensemble", "perrin.learn"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("learning")
    for name, seed, n in (("train", 1, 120), ("new", 2, 20)):
        done = run(place, "simulate", "andi", "-o", f"{name}.csv", "--tracks", n, "--length", 60, "--seed", seed)
        assert done.code == 0, done.err
    table = pl.read_csv(place / "train.csv", schema_overrides={"track": pl.String})
    table.group_by("track", maintain_order=True).agg(
        pl.col("alpha").first(), pl.col("model").first().alias("class")
    ).write_csv(place / "labels.csv")
    return place


@pytest.fixture(scope="module")
def model(folder):
    done = run(folder, "learn", "train.csv", "--labels", "labels.csv", "--target", "alpha", "-o", "m.onnx")
    assert done.code == 0, done.err
    assert done.err == "", "no progress in a pipe"
    assert "mean absolute error of alpha: 0." in done.out
    assert "coverage of the 90 % intervals: 0." in done.out
    assert "More tracks" in done.out
    return folder / "m.onnx"


@pytest.mark.slow
def test_learns_alpha_and_analyses(folder, model):
    done = run(folder, "analyze", "new.csv", "--method", model, "-o", "alpha", "--workers", 2)
    assert done.code == 0, done.err
    tracks = pl.read_parquet(folder / "alpha" / "tracks.parquet")
    assert (tracks["status"] == "ok").sum() > 15
    assert tracks["alpha"].drop_nulls().is_between(0, 2).all()
    record = json.loads((folder / "alpha" / "run.json").read_text())
    assert record["method"]["settings"]["interval"] == 0.9 if "method" in record else True
    report = (folder / "alpha" / "report.html").read_text()
    assert "90 % interval" in report
    assert "95 % interval of alpha" not in report
    card = run(folder, "models", model).out
    assert card.startswith("# Model of alpha")
    assert "## Accuracy on held-out tracks" in card


@pytest.mark.slow
def test_learns_classes_and_analyses(folder):
    done = run(folder, "learn", "train.csv", "--labels", "labels.csv", "--target", "class", "-o", "c.onnx")
    assert done.code == 0, done.err
    assert "micro-F1" in done.out
    done = run(folder, "analyze", "new.csv", "--method", "c.onnx", "-o", "class")
    assert done.code == 0, done.err
    tracks = pl.read_parquet(folder / "class" / "tracks.parquet")
    assert set(tracks["class"].drop_nulls()) <= {"attm", "ctrw", "fbm", "lw", "sbm"}
    assert "Most probable class of motion" in (folder / "class" / "report.html").read_text()
    done = run(folder, "convert", "class", "points.csv")
    assert done.code == 0, done.err


@pytest.mark.slow
def test_long_tracks_teach_without_labels(folder):
    run(folder, "simulate", "fbm", "-o", "long.csv", "--tracks", 30, "--length", 120, "--alpha", "0.2-1.8")
    done = run(folder, "learn", "long.csv", "--target", "alpha", "-o", "self.onnx", "--window", 40)
    assert done.code == 0, done.err
    assert "alpha of each whole track by exact" in done.out


@pytest.mark.slow
def test_says_what_is_wrong_in_one_line(folder, model):
    for words, message in (
        (("learn", "train.csv", "--target", "speed", "-o", "x.onnx"), "unknown target 'speed'"),
        (("learn", "train.csv", "--target", "alpha", "-o", "x.txt"), "must end in .onnx"),
        (("learn", "train.csv", "--target", "alpha", "-o", model), "already exists"),
        (
            ("learn", "train.csv", "--target", "alpha", "-o", "x.onnx", "--labels", "none.csv"),
            "none.csv: does not exist",
        ),
        (("learn", "train.csv", "--target", "class", "-o", "x.onnx"), "one file"),
        (("analyze", "new.csv", "--method", "none.onnx", "-o", "x"), "none.onnx: does not exist"),
        (("analyze", "new.csv", "--method", "labels.csv", "-o", "x"), "unknown method 'labels.csv'"),
        (("analyze", "new.csv", "--method", model, "-o", "x", "--window", 30), "uses windows of 50 positions, not 30"),
        (("simulate", "andi", "-o", "x.csv", "--model", "walk"), "unknown model 'walk'"),
    ):
        done = run(folder, *words)
        assert done.code == 2, words
        assert message in done.err
        assert done.err.count("\n") == 1
        assert not (folder / "x").exists()


@pytest.mark.slow
def test_fingerprints_of_files_and_of_models(folder):
    done = run(folder, "fingerprint", "train.csv", "--labels", "labels.csv", "-o", "prints")
    assert done.code == 0, done.err
    assert "ctrw – lw" in done.out
    spectra = pl.read_csv(folder / "prints" / "fingerprint.csv")
    assert spectra.group_by("class", "family").agg(pl.col("level").sum())["level"].is_between(0.999, 1.001).all()
    distances = pl.read_csv(folder / "prints" / "distances.csv")
    assert distances.height == 10
    near, far = (distances.filter((pl.col("class") == a) & (pl.col("other") == b))["distance"][0]
                 for a, b in (("attm", "sbm"), ("ctrw", "lw")))  # fmt: skip
    assert near < far
    assert "plotly" in (folder / "prints" / "fingerprint.html").read_text()[:5000000]
    assert "left out" not in done.out
    done = run(folder, "fingerprint", "train.csv", "--labels", "labels.csv", "--models", "-o", "named")
    assert "fbm – fbm, simulated" in done.out
    done = run(folder, "fingerprint", "new.csv", "--models", "-o", "both")
    assert done.code == 0, done.err
    assert "new.csv – lw" in done.out
