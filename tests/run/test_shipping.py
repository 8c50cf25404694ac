"""A model in the user's own file reaches workers that do not see that file."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from perrin.estimate.local.coeurjolly import Coeurjolly
from perrin.estimate.local.tamsd import Tamsd
from perrin.estimate.population import PopulationEstimator
from perrin.hurst_test import run_hurst_test
from perrin.result import Estimates
from perrin.run import Cores, DaskCluster, write_chunks
from perrin.run.local import for_workers
from perrin.run.result_chunks import ResultChunks
from perrin.run.storage import LocalStorage
from perrin.run.tasks import AnalysisJob, SampleShares
from perrin.tracks import Tracks
from perrin.weights import local_path, write_user_files

LocalCluster = pytest.importorskip("distributed").LocalCluster


@dataclass(frozen=True)
class Reading(Tamsd):  # type: ignore[misc]
    """Tamsd that must read a file first."""

    model: str = ""

    def files(self) -> tuple[str, ...]:
        return (self.model,)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        assert local_path(self.model).read_bytes() == b"weights"
        return super().estimate(tracks, rng=rng)


@dataclass(frozen=True)
class Curves(Coeurjolly):  # type: ignore[misc]
    """A method of H(t) that must read a file first."""

    model: str = ""

    def files(self) -> tuple[str, ...]:
        return (self.model,)

    def estimate(self, tracks: Tracks, *, rng: np.random.Generator) -> Estimates:
        if local_path(self.model) == Path(self.model):
            raise RuntimeError("it lies where the user has it")
        return super().estimate(tracks, rng=rng)


def where(job: AnalysisJob, _: None, index: int) -> str:
    """Task: where the model lies here."""
    return str(local_path(job.estimator.model))


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of one worker."""
    with for_workers():
        made = LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL)
    with made:
        yield made.scheduler_address


def test_a_file_is_shipped_under_its_name(tmp_path: Path) -> None:
    assert local_path("cells.onnx") == Path("cells.onnx")
    write_user_files({"cells.onnx": b"1"}, tmp_path)
    write_user_files({"cells.onnx": b"2"}, tmp_path)
    assert local_path("cells.onnx").read_bytes() == b"2"
    assert local_path("cells.onnx").suffix == ".onnx"


@pytest.mark.cluster
def test_each_worker_gets_it_once(tmp_path: Path, scheduler: str) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    walk = np.cumsum(np.ones((30, 2)), axis=0)
    shelf = write_chunks(LocalStorage(tmp_path / "shelf"), [Tracks.from_arrays([walk] * 4)], 30)
    population = PopulationEstimator()
    job = AnalysisJob(shelf, ResultChunks(LocalStorage(tmp_path / "kept")), Reading(model=str(model)), 0, population,
              SampleShares.of(shelf, population))  # fmt: skip
    items = [(index, None) for index in range(4)]
    with DaskCluster(scheduler) as cluster:
        found = set(dict(cluster.map(where, job, items)).values())
    assert str(model) not in found
    assert len(found) == 1
    with Cores(1) as cores:
        assert set(dict(cores.map(where, job, items)).values()) == {str(model)}, "here, it lies where it lies"


@pytest.mark.cluster
def test_the_monte_carlo_of_perrin_test_gets_it_too(tmp_path: Path, scheduler: str) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"weights")
    walks = np.cumsum(np.random.default_rng(1).standard_normal((3, 64, 2)), axis=1)
    tracks = Tracks.from_arrays(list(walks))
    there = run_hurst_test(tracks, method=Curves(model=str(model)), samples=40, executor=DaskCluster(scheduler))
    here = run_hurst_test(tracks, method=Coeurjolly(), samples=40)
    assert there.tests.equals(here.tests)
    assert there.bands.equals(here.bands)
