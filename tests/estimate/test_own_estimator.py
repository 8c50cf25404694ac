"""An estimator that nobody registered: given to `perrin.analyze`, it works to the end."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, final

import numpy as np
import pytest

import perrin
from perrin.app.analysis_view import AnalysisView
from perrin.estimate import Estimator, EstimatorInfo
from perrin.estimate.local.tamsd import Tamsd
from perrin.result import Estimates, read_results
from perrin.run import make_record
from perrin.testing import check_estimator
from perrin.tracks import Tracks


@final
@dataclass(frozen=True)
class Mine(Estimator):
    """TAMSD under another name."""

    lags: tuple[int, ...] = (1, 2)
    info: ClassVar[EstimatorInfo] = EstimatorInfo(
        "mine", "An estimator of one's own", "It does this.", "It cannot do that.", ("Nobody (2026)",),
        uncertainty=False,
    )  # fmt: skip

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        found = Tamsd(lags=self.lags, window=8).estimate(tracks, rng=rng)
        return Estimates(found.points, found.tracks, found.units, self.info.name, self.settings(), self.info)


@pytest.fixture(scope="module")
def tracks() -> Tracks:
    return perrin.simulate_fbm(30, 30, hurst=0.3, seed=2).tracks


def test_its_results_say_who_made_them(tracks: Tracks) -> None:
    found = perrin.analyze(tracks, Mine())
    assert (found.method, found.info, found.settings) == ("mine", Mine.info, {"lags": (1, 2)})
    assert set(found.tracks["status"]) == {"ok"}
    assert perrin.run_hurst_test(tracks, Mine(), samples=20).info == Mine.info


@final
@dataclass(frozen=True)
class Forgetful(Estimator):
    """It hands on the results of another one as they are."""

    info: ClassVar[EstimatorInfo] = EstimatorInfo("forgetful", "One that forgets", "", "", ())

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        return Tamsd().estimate(tracks, rng=rng)


def test_one_that_does_not_say_its_name_gets_it(tracks: Tracks) -> None:
    found = perrin.analyze(tracks, Forgetful())
    assert (found.method, found.info) == ("forgetful", Forgetful.info)
    with pytest.raises(AssertionError, match="results say who made them"):
        check_estimator(Forgetful(), examples=1)


def test_it_works_to_the_report_and_the_app(tracks: Tracks, tmp_path: Path) -> None:
    """The report ended with: there is no method 'mine'."""
    found = perrin.analyze(tracks, Mine(lags=(1, 2, 3)))
    made = make_record(tracks, found)
    assert made["method"]["title"] == "An estimator of one's own"
    assert made["method"]["citations"] == ["Nobody (2026)"]
    assert made["command"].endswith("with your own estimator 'mine'")
    perrin.write_report(tmp_path / "report.html", found, tracks)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "An estimator of one&#39;s own" in page
    assert "It cannot do that." in page
    found.write(tmp_path / "results")
    view = AnalysisView.open(tmp_path / "results")
    assert view.table()["rows"] == 30
    assert view.figure("alpha", None, {}).data
    again = read_results(tmp_path / "results").estimates
    assert (again.info, again.settings["lags"]) == (Mine.info, [1, 2, 3])


def test_the_call_in_a_record_can_be_called(tracks: Tracks) -> None:
    found = perrin.analyze(tracks, "exact", window=10, alpha=1)
    call = make_record(tracks, found)["command"]
    assert "pooled" not in call
    again = eval(call, {"perrin": perrin, "tracks": tracks})
    assert again.tracks.equals(found.tracks)


def test_it_keeps_the_contract() -> None:
    check_estimator(Mine(), examples=3)
