"""A model in the user's own file reaches workers that do not see that file."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from perrin.decide import decide
from perrin.estimate.coeurjolly import Coeurjolly
from perrin.estimate.population import PopulationEstimator
from perrin.estimate.tamsd import Tamsd
from perrin.result import Estimates
from perrin.run import Cores, DaskCluster, fill
from perrin.run.job import Job, Share
from perrin.run.kept import Kept
from perrin.run.place import LocalPlace
from perrin.tracks import Tracks
from perrin.weights import located, ship

pytest.importorskip("distributed")


@dataclass(frozen=True)
class Reading(Tamsd):  # type: ignore[misc]
    """Tamsd that must read a file first."""

    model: str = ""

    def files(self) -> tuple[str, ...]:
        return (self.model,)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        assert located(self.model).read_bytes() == b"weights"
        return super().estimate(tracks, rng=rng)


@dataclass(frozen=True)
class Curves(Coeurjolly):  # type: ignore[misc]
    """A method of H(t) that must read a file first."""

    model: str = ""

    def files(self) -> tuple[str, ...]:
        return (self.model,)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        if located(self.model) == Path(self.model):
            raise RuntimeError("it lies where the user has it")
        return super().estimate(tracks, rng=rng)


def where(job: Job, _: None, index: int) -> str:
    """Task: where the model lies here."""
    return str(located(job.estimator.model))


def test_a_file_is_shipped_under_its_name(tmp_path: Path) -> None:
    assert located("cells.onnx") == Path("cells.onnx")
    ship({"cells.onnx": b"1"}, tmp_path)
    ship({"cells.onnx": b"2"}, tmp_path)
    assert located("cells.onnx").read_bytes() == b"2"
    assert located("cells.onnx").suffix == ".onnx"


def test_each_worker_gets_it_once(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    walk = np.cumsum(np.ones((30, 2)), axis=0)
    shelf = fill(LocalPlace(tmp_path / "shelf"), [Tracks.from_arrays([walk] * 4)], 30)
    population = PopulationEstimator()
    job = Job(shelf, Kept(LocalPlace(tmp_path / "kept")), Reading(model=str(model)), 0, population,
              Share.of(shelf, population))  # fmt: skip
    items = [(index, None) for index in range(4)]
    with DaskCluster("local", 1) as cluster:
        found = set(dict(cluster.map(where, job, items)).values())
    assert str(model) not in found
    assert len(found) == 1
    with Cores(1) as cores:
        assert set(dict(cores.map(where, job, items)).values()) == {str(model)}, "here, it lies where it lies"


def test_the_monte_carlo_of_perrin_test_gets_it_too(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    walks = np.cumsum(np.random.default_rng(1).standard_normal((3, 64, 2)), axis=1)
    tracks = Tracks.from_arrays(list(walks))
    there = decide(tracks, method=Curves(model=str(model)), samples=40, executor=DaskCluster("local", 1))
    here = decide(tracks, method=Coeurjolly(), samples=40)
    assert there.tests.equals(here.tests)
    assert there.bands.equals(here.bands)
