"""The same tasks on a Dask cluster: one that is there already, or one of this machine's cores."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

from perrin.errors import InputError, PerrinError
from perrin.run.executor import CarriesFiles, Executor, S, T, Task, X
from perrin.run.local import THREADS, for_workers
from perrin.run.storage import Storage
from perrin.version import __version__
from perrin.weights import write_user_files

if TYPE_CHECKING:
    from distributed import Client, Future, LocalCluster

LOCAL: Final = "local"
_AHEAD: Final = 3
"""Tasks given out for each thread of the cluster, so that none waits."""
PATIENCE: Final = 60.0
_LOOK: Final = 2.0
_GO_ON: Final = "Finished work is kept. Run the same command with --resume"


@final
class DaskCluster(Executor):
    """A Dask cluster by the address of its scheduler, or `local`.

    What tasks share is registered with the scheduler, which hands it to each worker once, and to those that join
    later. Pickle is used on the way between processes and never on a disk.
    """

    def __init__(self, address: str, workers: int = 1, *, patience: float = PATIENCE) -> None:
        """Raises InputError where Dask is not installed.

        `workers` are started where the cluster is `local`; `patience` is for how many seconds the run goes on without
        any worker, or without the scheduler, before it gives up.
        """
        self._address, self._workers, self._patience = address, workers, patience
        self._client: Client | None = None
        self._cluster: LocalCluster | None = None
        try:
            import distributed  # noqa: F401
        except ImportError:
            raise InputError("Dask is not installed", remedy="Install it with: pip install 'perrin[dask]'") from None

    def map(self, task: Task[S, X, T], shared: S, items: Iterable[tuple[int, X]]) -> Generator[tuple[int, T]]:
        """Results in whatever order they finish.

        Raises PerrinError when the scheduler, or every worker, is lost, and whatever the task raises.
        """
        from distributed.comm import CommClosedError

        client = self._connected()
        key = f"perrin-{uuid.uuid4().hex}"
        client.register_plugin(_shared_plugin(shared), name=key)
        waiting = iter(items)
        running: dict[Future, int] = {}
        try:
            while True:
                room = _AHEAD * max(1, sum(client.nthreads().values())) - len(running)
                for index, item in islice(waiting, max(room, 0)):
                    running[client.submit(_carry_out, key, task, item, index, pure=False)] = index
                if not running:
                    return
                for future in self._finished(client, list(running)):
                    yield running.pop(future), _result(future)
        except (CommClosedError, ConnectionError, TimeoutError) as error:
            raise _lost_cluster(self._address) from error
        except OSError as error:
            if error.errno is not None:  # what a disk says has a number, what distributed says of a connection has none
                raise
            raise _lost_cluster(self._address) from error
        finally:
            with suppress(Exception):
                client.cancel(list(running))
                client.unregister_worker_plugin(name=key)

    def check(self, where: Storage) -> None:
        """Raise InputError where a worker does not see the folder of results, or is another perrin."""
        client = self._connected()
        token = f"seen-{uuid.uuid4().hex}"
        where.write(token, b"perrin")
        try:
            found = client.run(_worker_facts, where, token)
        finally:
            where.remove(token)
        for worker, (version, seen) in found.items():
            if version != __version__:
                raise InputError(
                    f"worker {worker} runs perrin {version}, but this computer runs perrin {__version__}",
                    remedy="Install the same version on the worker.",
                )
            if not seen:
                raise InputError(
                    f"worker {worker} cannot access {where}",
                    remedy="Choose -o on a disk that all computers share under the same path, or a URL such as "
                    "s3://bucket/name.",
                )

    def close(self) -> None:
        """Leave the cluster; end it where it was started here."""
        for part in (self._client, self._cluster):
            if part is not None:
                with suppress(Exception):
                    part.close()
        self._client = self._cluster = None

    def _connected(self) -> Client:
        if self._client is not None:
            return self._client
        from distributed import Client, LocalCluster

        for name in ("distributed", "distributed.client", "distributed.core"):  # they have levels of their own
            logging.getLogger(name).setLevel(logging.CRITICAL)
        if self._address == LOCAL:
            with for_workers():
                self._cluster = LocalCluster(
                    n_workers=self._workers, threads_per_worker=1, dashboard_address=None,
                    silence_logs=logging.CRITICAL, env=dict.fromkeys(THREADS, "1"),
                )  # fmt: skip
        try:
            self._client = Client(
                self._cluster or self._address, timeout=min(20.0, self._patience), set_as_default=False
            )
            self._client.wait_for_workers(1, timeout=self._patience)
        except (OSError, ValueError) as error:
            self.close()
            raise InputError(
                f"no Dask scheduler with workers responds at {self._address}",
                remedy="Start them (dask scheduler; dask worker ADDRESS --nthreads 1 --nworkers auto), then run again.",
            ) from error
        return self._client

    def _finished(self, client: Client, running: Sequence[Future]) -> list[Future]:
        """Those that have finished, once some have; raises PerrinError where nobody is left to finish any."""
        from distributed import wait

        alone_since: float | None = None
        while True:
            with suppress(TimeoutError), client.as_current():
                done: list[Future] = list(wait(running, timeout=_LOOK, return_when="FIRST_COMPLETED").done)
                return done
            if client.status == "running" and client.nthreads():
                alone_since = None
                continue
            alone_since = alone_since or time.monotonic()
            if client.status == "closed" or time.monotonic() - alone_since > self._patience:
                raise _lost_cluster(self._address)


def _shared_plugin(shared: Any) -> Any:
    """A plugin that carries what tasks share to a worker, and the files that they read."""
    from distributed import WorkerPlugin

    class Shared(WorkerPlugin):  # type: ignore[misc]
        """Holds it there."""

        def __init__(self) -> None:
            self.shared = shared
            self.files: dict[str, bytes] = shared.files() if isinstance(shared, CarriesFiles) else {}

        def setup(self, worker: Any) -> None:
            write_user_files(self.files, Path(worker.local_directory))

    return Shared()


def _carry_out(key: str, task: Task[Any, Any, Any], item: Any, index: int) -> Any:
    """On a worker: the task with what was handed to this worker before."""
    from distributed import get_worker

    try:
        return task(get_worker().plugins[key].shared, item, index)
    except OSError as error:
        # Told apart from a lost connection.
        raise WorkerDiskError(error.errno, error.strerror or str(error), error.filename) from error


class WorkerDiskError(PerrinError):
    """A worker could not read or write a file."""

    def __init__(self, number: int | None, message: str, name: object) -> None:
        super().__init__(number, message, name)
        self.number, self.message, self.name = number, message, name


def _worker_facts(where: Storage, token: str) -> tuple[str, bool]:
    """On a worker: the version of perrin, and whether it sees what lies in a place."""
    try:
        return __version__, where.read(token) == b"perrin"
    except OSError:
        return __version__, False


def _result(future: Future) -> Any:
    """What a task gave; raises what it raised, and PerrinError where it was lost."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker:
        raise PerrinError(
            f"the workers stopped repeatedly on the same part of the input (possible cause: out of memory). {_GO_ON} "
            "and give each worker more memory"
        ) from None
    except CancelledError:
        raise PerrinError(f"the Dask scheduler stopped. Start it again. {_GO_ON}") from None
    except WorkerDiskError as error:
        raise OSError(error.number or 0, error.message, error.name) from None


def _lost_cluster(address: str) -> PerrinError:
    return PerrinError(f"the Dask cluster at {address} stopped or has no workers left. Start it again. {_GO_ON}")
