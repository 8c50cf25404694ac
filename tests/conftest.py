"""What all tests share: one BLAS thread a process, no deadline an example, seeds, and `perrin` to be called."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import settings

from tests.helpers.forked import Result, forks

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

# examples are slow where the machine is busy, which says nothing about them
settings.register_profile("perrin", deadline=None)
settings.load_profile("perrin")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Callable[[str, Callable[[Path], None]], Path]:
    """A function that makes a folder which all test processes share: the first makes it, the others wait for it."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    def made(name: str, make: Callable[[Path], None]) -> Path:
        folder, draft = shared / name, own / f"{name}-draft"
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                draft.mkdir()
                make(draft)
                draft.rename(folder)
        return folder

    return made


@pytest.fixture(autouse=True)
def _the_same_numbers_in_any_order(request: pytest.FixtureRequest) -> None:
    """A module's generator RNG begins anew for each test: which tests ran before it, on which core, changes nothing."""
    generator = getattr(request.module, "RNG", None)
    if generator is not None:
        generator.bit_generator.state = np.random.PCG64(generator.bit_generator.seed_seq).state


@pytest.fixture
def perrin(tmp_path: Path) -> Callable[..., Result]:
    """A function that calls `perrin` in the folder tmp_path, with the largest size a file may have."""

    def call(*words: object, folder: Path = tmp_path, **how) -> Result:
        return forks().call(words, folder, **how)

    return call
