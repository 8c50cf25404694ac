"""A Dask cluster gives what this machine's cores give, and its losses are made good or told."""

import re
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perrin.errors import InputError, PerrinError
from perrin.tracks import Tracks
from tests.helpers.cluster import Cluster
from tests.helpers.interruptions import PATIENCE, await_chunk, command, completed, parquet, waiting

pytest.importorskip("distributed")

CHUNKS = 9
QUICK = ("--method", "tamsd")


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Path:
    rng = np.random.default_rng(5)
    tracks = Tracks.from_arrays([np.cumsum(rng.standard_normal((30, 2)), axis=0) for _ in range(2 * CHUNKS)])
    path = tmp_path_factory.mktemp("table") / "tracks.csv"
    tracks.to_polars().drop("source", "t").write_csv(path)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, table) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "out"
    completed(command(table, out, *QUICK, "--workers", "2"))
    return parquet(out)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory) -> Iterator[Cluster]:
    """One for all tests but that which takes it apart."""
    made = Cluster(tmp_path_factory.mktemp("cluster"), 2)
    yield made
    made.close()


@pytest.mark.cluster
def test_a_cluster_of_ones_own(tmp_path, table, undisturbed) -> None:
    completed(command(table, tmp_path / "out", *QUICK, "--dask", "local", "--workers", "1"))
    assert parquet(tmp_path / "out") == undisturbed


@pytest.mark.cluster
def test_simulation_and_test_on_a_cluster(perrin, tmp_path, cluster: Cluster) -> None:
    def done(*words: str) -> None:
        result = perrin(*words)
        assert (result.code, result.err) == (0, "")

    made = ("simulate", "fbm", "--tracks", "6000", "--length", "64", "--alpha", "0.5-1.5", "--missing", "0.1")
    done(*made, "-o", "one.parquet", "--workers", "1")
    done(*made, "-o", "cluster.parquet", "--dask", cluster.address)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "cluster.parquet").read_bytes()
    done("simulate", "fbm", "--tracks", "20", "--length", "64", "-o", "few.csv")
    tested = ("test", "few.csv", "--samples", "50", "--no-report")
    done(*tested, "-o", "one", "--workers", "1")
    done(*tested, "-o", "many", "--dask", cluster.address)
    for name in ("tests", "bands"):
        assert (tmp_path / "one" / f"{name}.parquet").read_bytes() == (
            tmp_path / "many" / f"{name}.parquet"
        ).read_bytes()


@pytest.mark.slow
def test_nobody_answers() -> None:
    from perrin.run import DaskCluster

    with pytest.raises(InputError, match=r"no Dask scheduler with workers responds at tcp://127\.0\.0\.1:9"):
        DaskCluster("tcp://127.0.0.1:9", patience=2.0).check(None)


class Losing:
    """A client whose scheduler is asked how many threads there are, and fails as it is told."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def nthreads(self) -> None:
        raise self.error

    def register_plugin(self, plugin, name) -> None: ...


@pytest.mark.parametrize(
    ("error", "told", "said"),
    [
        (
            OSError("Timed out trying to connect to tcp://127.0.0.1:9 after 20 s"),
            PerrinError,
            "stopped or has no workers left.*--resume",
        ),
        (TimeoutError("no answer"), PerrinError, "stopped or has no workers left.*--resume"),
        (OSError(28, "No space left on device"), OSError, "No space"),
    ],
)
def test_a_lost_connection_is_told_apart_from_a_full_disk(monkeypatch, error, told, said) -> None:
    from perrin.run import DaskCluster

    monkeypatch.setattr(DaskCluster, "_connected", lambda self: Losing(error))
    with pytest.raises(told, match=said):
        list(DaskCluster("tcp://127.0.0.1:9").map(lambda shared, item, index: item, None, [(0, 1)]))


@pytest.mark.cluster
def test_a_place_that_workers_do_not_see(tmp_path, cluster: Cluster) -> None:
    from perrin.run import DaskCluster
    from perrin.run.storage import RemoteStorage

    with DaskCluster(cluster.address) as executor, pytest.raises(InputError, match=r"cannot access memory://.*shared?"):
        executor.check(RemoteStorage("memory://somewhere"))


def test_without_dask_the_remedy_is_told(monkeypatch) -> None:
    from perrin.run import DaskCluster

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PerrinError, match=r"Dask is not installed. Install it with: pip install 'perrin\[dask\]'"):
        DaskCluster("local")


@pytest.mark.cluster
def test_a_worker_is_killed_then_the_scheduler(tmp_path, table, undisturbed) -> None:
    """The run goes on with the worker that is left; without a scheduler it ends and says so; --resume completes."""
    out = tmp_path / "out"
    cluster = Cluster(tmp_path, 2)
    process = command(table, out, *QUICK, "--dask", cluster.address, more={"DASK_PAUSE": "0.3"})
    await_chunk(process, out, 1)
    cluster.workers[0].send_signal(signal.SIGKILL)
    await_chunk(process, out, 5)
    assert process.poll() is None
    cluster.scheduler.send_signal(signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert re.match(r"perrin: the Dask (cluster at tcp://\S+|scheduler) stopped.*--resume\n$", err), err
    assert not out.exists()
    cluster.close()
    assert 3 <= len(waiting(out)) < CHUNKS
    completed(command(table, out, *QUICK, "--workers", "1", "--resume"))
    assert parquet(out) == undisturbed
