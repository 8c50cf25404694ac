"""What all tests share: one BLAS thread a process, no deadline an example, and `perrin` to be called."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.forked import Forks, Result

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# examples are slow where the machine is busy, which says nothing about them
settings.register_profile("perrin", deadline=None)
settings.load_profile("perrin")


@pytest.fixture(scope="session")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    """What `perrin` is forked from; its own where a test asks for `perrin`."""
    process = Forks(tmp_path_factory.mktemp("streams"))
    yield process
    process.close()


@pytest.fixture
def perrin(forks: Forks, tmp_path: Path) -> Callable[..., Result]:
    """A function that calls `perrin` in the folder tmp_path, with the largest size a file may have."""

    def call(*words: object, largest_file: int | None = None) -> Result:
        return forks.call(words, tmp_path, largest_file)

    return call
