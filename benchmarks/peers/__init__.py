"""Published packages to compare with, each in an environment of its own, run as a subprocess of one driver.

They ask for versions that exclude each other and perrin's, so `make peers` builds their environments beside the
checkout and nothing of them is imported here. What crosses the border is arrays in .npz files, never pickles. The
script of a peer times the peer's own calls inside its process, one thread, in processor time, after a warm-up: no
start of an interpreter, no import, no file and nobody else's work is in the seconds.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perrin.errors import InputError, PerrinError

SCRIPTS: Final = Path(__file__).parent / "scripts"


@dataclass(frozen=True)
class Peer:
    """A package, the environment it lives in (`.venv-peers-NAME`) and the script that speaks for it."""

    environment: str
    script: Path


@dataclass(frozen=True)
class PeerResult:
    """What a peer returned.

    `values` hold one row a call; `seconds_per_item` is the median over the repeats of all calls' time divided by the
    number of items; `warnings` is what the package said while it worked, each once.
    """

    values: Mapping[str, NDArray[Any]]
    seconds_per_item: float
    version: str
    warnings: tuple[str, ...]


class PeerError(PerrinError):
    """A peer failed, or took longer than it was given."""


PEERS: Final[Mapping[str, Peer]] = {
    "andi-datasets": Peer("old", SCRIPTS / "run_andi_datasets.py"),
    "bayesmsd": Peer("new", SCRIPTS / "run_bayesmsd.py"),
    "fbm": Peer("old", SCRIPTS / "run_fbm.py"),
    "fracbm": Peer("old", SCRIPTS / "run_fracbm.py"),
    "gemspa-spt": Peer("old", SCRIPTS / "run_gemspa_spt.py"),
    "hurst-estimators": Peer("old", SCRIPTS / "run_hurst_estimators.py"),
    "pytrackmate": Peer("new", SCRIPTS / "run_pytrackmate.py"),
    "saspt": Peer("old", SCRIPTS / "run_saspt.py"),
    "stochastic": Peer("old", SCRIPTS / "run_stochastic.py"),
    "torchfbm": Peer("torch", SCRIPTS / "run_torchfbm.py"),
    "trackpy": Peer("old", SCRIPTS / "run_trackpy.py"),
    "trait2d": Peer("old", SCRIPTS / "run_trait2d.py"),
    "whittlehurst": Peer("old", SCRIPTS / "run_whittlehurst.py"),
}


def run(
    name: str,
    task: str,
    arrays: Mapping[str, ArrayLike],
    *,
    repeats: int = 1,
    timeout: float | None = None,
    environments: Path = Path(),
) -> PeerResult:
    """Let the peer `name` do `task` on `arrays`; the functions in its script say what goes in and what comes out.

    Args:
        name: one of PEERS.
        task: one of the tasks at the end of the peer's script.
        arrays: what the task takes, by name; numbers and texts count as arrays.
        repeats: how often all calls are made for the timing; the values are those of the last time.
        timeout: seconds after which a PeerError is raised.
        environments: the folder that holds the `.venv-peers-…` folders.

    Raises InputError where the environment is missing, PeerError where the peer fails.
    """
    peer = PEERS[name]
    python = environments / f".venv-peers-{peer.environment}" / "bin" / "python"
    if not python.exists():
        raise InputError(f"the environment of {name} is not there", file=python, remedy="Build it: make peers")
    with TemporaryDirectory() as folder:
        given, returned = Path(folder) / "given.npz", Path(folder) / "returned.npz"
        np.savez(given, allow_pickle=False, **{"repeats": repeats, **arrays})
        _call([python.absolute(), peer.script, task, given, returned], f"{name} ({task})", timeout)
        with np.load(returned, allow_pickle=False) as stored:
            values = {key: stored[key] for key in stored.files}
    seconds, version, said = (values.pop(f"_{key}") for key in ("seconds_per_item", "version", "warnings"))
    return PeerResult(values, float(seconds), str(version), tuple(map(str, said)))


def _call(command: list[str | Path], what: str, timeout: float | None) -> None:
    """Run a script on one thread, without this interpreter's paths."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "PYTHONPATH": str(SCRIPTS), "PYTHONNOUSERSITE": "1"}
    try:
        done = subprocess.run(  # noqa: S603
            command, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired:
        raise PeerError(f"{what} took longer than {timeout:g} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise PeerError(f"{what} failed: {last}")
