"""Whatever becomes of population, report, figures, fit tests, shared error: the tables are there, and it is said."""

import json
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from perrin import cli
from perrin.cli import running
from perrin.estimate.exact.estimator import Exact
from perrin.estimate.exact.pooled_error import PooledError
from perrin.problems import Problems
from perrin.result import Population
from perrin.simulate import Measurement, simulate_fbm


def raises(*_, **__):
    raise ValueError("injected <fault>")


def runs_out_of_memory(*_, **__):
    raise MemoryError


def panics(*_, **__):
    """As a panic in Rust does, which is no Exception."""

    class PanicException(BaseException):
        pass

    raise PanicException("injected")


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    simulate_fbm(30, 24, D=0.3, measurement=Measurement(sigma=0.1), seed=3).write(path)
    return path


@pytest.fixture
def perrin(monkeypatch, capsys, tmp_path):
    """`perrin` in this process: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["perrin", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), *capsys.readouterr()

    return call


def tables(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.glob("*.parquet") if path.name != "population.parquet"}


def record(out: Path) -> dict:
    return json.loads((out / "run.json").read_text(encoding="utf-8"))


QUICK = ("--method", "tamsd", "--workers", "1")


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["perrin", "analyze", str(table), "-o", str(out), *QUICK, "--no-report"])
        with pytest.raises(SystemExit):
            cli.main()
    return tables(out)


def of_nan(found: Population) -> Population:
    laws = found.laws.with_columns(tracks=pl.lit(float("nan")))
    return Population(laws, found.modes, found.replicates, found.comparisons, found.units, found.facts)


def finds_no_file(*_, **__):
    raise FileNotFoundError(2, "No such file", "font.ttf")


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "what", "fault"), [
    ("perrin.report.write_report", "the report", finds_no_file),
    ("perrin.estimate.population.PopulationEstimator.estimate", "the population of all tracks", raises),
    ("perrin.estimate.population.PopulationEstimator.estimate", "the population of all tracks", runs_out_of_memory),
    ("perrin.estimate.population.PopulationEstimator.sample", "the population of all tracks", panics),
    ("perrin.result.Population.write", "the table of the population", raises),
    ("perrin.report.write_report", "the report", raises),
    ("perrin.report.write_report", "the report", runs_out_of_memory),
    ("perrin.figures.msd", "the figure msd", raises),
    ("perrin.figures.population", "the figure population", runs_out_of_memory),
])  # fmt: skip
def test_a_side_result_fails(perrin, monkeypatch, table, undisturbed, tmp_path, stage, what, fault):
    monkeypatch.setattr(stage, fault)
    code, out, err = perrin("analyze", table, "-o", "out", *QUICK)
    assert code == 0
    assert tables(tmp_path / "out") == undisturbed
    assert f"perrin: {what} could not be made" in err
    assert "Traceback" not in err + out
    assert [problem["what"] for problem in record(tmp_path / "out")["problems"]] == [what]
    details = (tmp_path / "out" / "problems.txt").read_text(encoding="utf-8")
    assert "Traceback" in details
    assert "perrin analyze" in details
    page = tmp_path / "out" / "report.html"
    assert page.exists() == (what != "the report")
    if page.exists():
        text = page.read_text(encoding="utf-8")
        assert f"{what[0].upper()}{what[1:]} could not be made" in text
        assert "injected <fault>" not in text, "what an error says is text, not HTML"


def test_a_population_of_nan_is_none(perrin, monkeypatch, table, undisturbed, tmp_path):
    from perrin.estimate.population import PopulationEstimator

    estimate = PopulationEstimator.estimate
    monkeypatch.setattr(PopulationEstimator, "estimate", lambda self, sample: of_nan(estimate(self, sample)))
    code, _, err = perrin("analyze", table, "-o", "out", *QUICK, "--no-report")
    assert code == 0
    assert "are not numbers" in err
    assert tables(tmp_path / "out") == undisturbed
    assert "are not numbers" in record(tmp_path / "out")["population"]["reason"]


def bare(out: Path) -> pl.DataFrame:
    """The tracks without what the fit alone says."""
    return pl.read_parquet(out / "tracks.parquet").drop("fit_p", "advice")


@pytest.mark.slow
@pytest.mark.parametrize("fault", [raises, runs_out_of_memory])
def test_the_fit_cannot_be_tested(perrin, monkeypatch, table, tmp_path, fault):
    words = ("--localization-error", "0.1", "--workers", "1", "--no-report")
    assert perrin("analyze", table, "-o", "whole", *words)[0] == 0
    monkeypatch.setattr("perrin.estimate.exact.whole_tracks.goodness_of_fit", fault)
    code, _, err = perrin("analyze", table, "-o", "out", *words)
    assert code == 0
    assert "perrin: the test of the fit could not be made (it failed on 30 of 30 tracks" in err
    assert bare(tmp_path / "out").equals(bare(tmp_path / "whole"))
    found = pl.read_parquet(tmp_path / "out" / "tracks.parquet")
    assert found["fit_p"].null_count() == found.height
    assert found["advice"].str.contains("the fit could not be tested").all()


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "fault"), [
    ("summarize", raises), ("prepare", raises), ("prepare", runs_out_of_memory),
    ("prepare", lambda *_: PooledError(np.nan, 0.0, 1.0)),
])  # fmt: skip
def test_the_shared_error_cannot_be_found(perrin, monkeypatch, table, tmp_path, stage, fault):
    words = ("--workers", "1", "--no-report")
    with monkeypatch.context() as patch:
        patch.setattr(Exact, "prepare", lambda self, _: self)
        assert perrin("analyze", table, "-o", "alone", *words)[0] == 0
    monkeypatch.setattr(Exact, stage, fault)
    code, _, err = perrin("analyze", table, "-o", "out", *words)
    assert code == 0
    assert "perrin: the estimate of the localization error that all tracks share could not be made" in err
    assert "--localization-error" in err
    assert tables(tmp_path / "out") == tables(tmp_path / "alone")


@pytest.mark.parametrize("fault", [raises, runs_out_of_memory])
@pytest.mark.parametrize(("stage", "what"), [
    ("perrin.report.write_hurst_test_report", "the report"), ("perrin.figures.bands", "the figure bands"),
])  # fmt: skip
def test_side_results_of_test(perrin, monkeypatch, tmp_path, stage, what, fault):
    simulate_fbm(3, 40, seed=1).write(tmp_path / "long.csv")
    words = ("long.csv", "--samples", "20", "--workers", "1")
    assert perrin("test", *words, "-o", "whole")[0] == 0
    monkeypatch.setattr(stage, fault)
    code, _, err = perrin("test", *words, "-o", "out")
    assert code == 0
    assert f"perrin: {what} could not be made" in err
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")
    assert record(tmp_path / "out")["problems"]


@pytest.mark.parametrize(("stage", "said"), [
    ("perrin.hurst_test.band.BandTest.regular", "its band could not be simulated"),
    ("perrin.estimate.local.coeurjolly.Coeurjolly.estimate", "no H(t) for this track"),
])  # fmt: skip
def test_the_calibrated_test_goes_on_without_the_band(perrin, monkeypatch, tmp_path, stage, said):
    simulate_fbm(3, 200, dimension=1, seed=1).write(tmp_path / "long.csv")
    words = ("long.csv", "--samples", "20", "--workers", "1", "--no-report")
    assert perrin("test", *words, "-o", "whole")[0] == 0
    monkeypatch.setattr(stage, raises)
    assert perrin("test", *words, "-o", "out")[0] == 0
    whole, found = (pl.read_parquet(tmp_path / name / "tests.parquet") for name in ("whole", "out"))
    assert found["p"].equals(whole["p"])
    assert found["advice"].str.contains(said, literal=True).all()


def test_a_track_that_cannot_be_tested_costs_that_track(perrin, monkeypatch, tmp_path):
    simulate_fbm(4, 40, seed=1).write(tmp_path / "long.csv")
    from perrin.hurst_test import tester

    true = tester._moving_axes

    def fails_on_the_third(tracks, row):
        if tracks.info["track"][row] == "2":
            raise ValueError("injected")
        return true(tracks, row)

    monkeypatch.setattr(tester, "_moving_axes", fails_on_the_third)
    words = ("--samples", "20", "--workers", "1", "--no-report")
    assert perrin("test", "long.csv", "-o", "out", *words)[0] == 0
    found = pl.read_parquet(tmp_path / "out" / "tests.parquet")
    assert found["status"].to_list() == ["ok", "ok", "failed", "ok"]
    assert "injected" in found["advice"][2]


def test_fingerprints_keep_their_tables(perrin, monkeypatch, tmp_path):
    for name, hurst in (("slow", 0.3), ("fast", 0.7)):
        simulate_fbm(12, 40, hurst=hurst, seed=2).write(tmp_path / f"{name}.csv")
    assert perrin("fingerprint", "slow.csv", "fast.csv", "-o", "whole")[0] == 0
    monkeypatch.setattr("perrin.figures.fingerprint.fingerprints", raises)
    code, _, err = perrin("fingerprint", "slow.csv", "fast.csv", "-o", "out")
    assert code == 0
    assert "perrin: the figure could not be made (ValueError: injected <fault>)" in err
    for name in ("fingerprint.csv", "distances.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert (tmp_path / "out" / "problems.txt").exists()


@pytest.mark.slow
def test_learning_goes_on_without_the_learning_curve(perrin, monkeypatch, tmp_path):
    simulated = simulate_fbm(24, 20, hurst=np.repeat([0.2, 0.8], 12), seed=2)
    simulated.write(tmp_path / "t.csv")
    simulated.table().group_by("track", maintain_order=True).agg(pl.first("alpha")).write_csv(tmp_path / "labels.csv")
    monkeypatch.setattr("perrin.learn.validate.learning_curve", raises)
    words = ("t.csv", "--target", "alpha", "--labels", "labels.csv", "--window", "20", "-o", "m.onnx")
    code, _, err = perrin("learn", *words)
    assert code == 0, err
    assert "perrin: the learning curve could not be made (ValueError: injected <fault>)" in err
    assert perrin("analyze", "t.csv", "-o", "out", "--method", "m.onnx", "--no-report")[0] == 0


@pytest.mark.parametrize("fault", [raises, panics])
def test_the_last_line_of_defence(perrin, monkeypatch, table, tmp_path, fault):
    """A mistake anywhere is one sentence, a file to send, exit code 1; finished chunks are kept."""
    with monkeypatch.context() as patch:
        patch.setattr("perrin.run.analysis._collected_digest", fault)
        code, _, err = perrin("analyze", table, "-o", "out", *QUICK, "--no-report")
    assert code == 1
    assert err.startswith("perrin: an error in perrin stopped the command (")
    assert err.count("\n") == 1
    assert "--resume" in err
    (file,) = tmp_path.glob("perrin-details-*.txt")
    assert str(file) in err
    assert "Traceback" in file.read_text(encoding="utf-8")
    assert list((tmp_path / ".out.partial" / "chunks").glob("*.json"))
    assert perrin("analyze", table, "-o", "out", *QUICK, "--no-report", "--resume")[0] == 0


def test_debugging_shows_the_traceback(monkeypatch, table, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PERRIN_DEBUG", "1")
    monkeypatch.setattr("perrin.run.analysis._collected_digest", raises)
    monkeypatch.setattr(sys, "argv", ["perrin", "analyze", str(table), "-o", "out", *QUICK])
    with pytest.raises(ValueError, match="injected"):
        cli.main()


@pytest.mark.slow
def test_the_main_result_is_no_side_result(perrin, monkeypatch, table, tmp_path):
    """A method that fails on every track gives statuses, not silence."""
    monkeypatch.setattr("perrin.estimate.local.tamsd.Tamsd.estimate", raises)
    code, out, _ = perrin("analyze", table, "-o", "out", *QUICK, "--no-report")
    assert code in (0, 3)
    assert "30 failed" in out
    found = pl.read_parquet(tmp_path / "out" / "tracks.parquet")
    assert found["advice"].str.contains("injected").all()


def test_ctrl_c_is_no_problem():
    with pytest.raises(KeyboardInterrupt):
        Problems().attempt("it", lambda: (_ for _ in ()).throw(KeyboardInterrupt), lambda _: None)
    assert running.REPORT == "report.html"
