"""From Python, a side result that fails is a warning, and the tables are those of an undisturbed run."""

import numpy as np
import pytest

import perrin
from perrin.estimate.exact.estimator import Exact
from perrin.problems import Problem, Problems
from perrin.simulate import Measurement, simulate_fbm


@pytest.fixture(scope="module")
def tracks():
    return simulate_fbm(20, 16, D=0.3, measurement=Measurement(sigma=0.1), seed=3).tracks


def raises(*_, **__):
    raise ValueError("injected <fault>")


def test_the_shared_error(monkeypatch, tracks):
    with monkeypatch.context() as patch:
        patch.setattr(Exact, "prepare", lambda self, _: self)
        alone = perrin.analyze(tracks, window=8)
    monkeypatch.setattr(Exact, "prepare", raises)
    with pytest.warns(RuntimeWarning, match="error that all tracks share could not be made .*injected"):
        found = perrin.analyze(tracks, window=8)
    assert found.points.equals(alone.points)
    assert found.tracks.equals(alone.tracks)


def test_a_figure_of_the_report(monkeypatch, tracks, tmp_path):
    estimates = perrin.analyze(tracks, method="tamsd", window=8)
    monkeypatch.setattr("perrin.figures.gallery", raises)
    with pytest.warns(RuntimeWarning, match="The figure gallery could not be made"):
        perrin.write_report(tmp_path / "report.html", estimates, tracks)
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("The figure gallery could not be made (ValueError: injected &lt;fault&gt;)") == 2


def test_the_fit(monkeypatch, tracks):
    whole = perrin.analyze(tracks, sigma=0.1, window=8)
    monkeypatch.setattr("perrin.estimate.exact.whole_tracks.goodness_of_fit", raises)
    with pytest.warns(RuntimeWarning, match="The test of the fit could not be made"):
        found = perrin.analyze(tracks, sigma=0.1, window=8)
    assert found.points.equals(whole.points)
    assert found.tracks.drop("fit_p", "advice").equals(whole.tracks.drop("fit_p", "advice"))


def test_a_problem_says_what_and_why_and_what_to_do():
    problems = Problems()
    assert problems.attempt("it", lambda: 1 / 0, lambda problem: problem.cause) == "ZeroDivisionError: division by zero"
    assert problems.attempt("it", lambda: 2, lambda _: 0) == 2
    assert str(problems.found[0]) == (
        "it could not be made (ZeroDivisionError: division by zero). The tables are complete. Please report this and "
        "send problems.txt."
    )
    text = problems.details("perrin analyze a.csv")
    assert "numpy" in text
    assert "ZeroDivisionError" in text
    assert "memory" in Problem.of("it", MemoryError()).remedy
    with pytest.raises(KeyError):
        problems.attempt("it", lambda: {}[0], lambda _: None, unless=lambda error: isinstance(error, KeyError))
    assert len(Problem.of("it", ValueError("x" * 1000)).cause) < 250
    assert np.array(problems.as_json()).size == 1
