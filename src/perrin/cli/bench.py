"""`perrin bench`, which left: benchmarks are run from a checkout."""

from __future__ import annotations

from perrin.errors import PerrinError


def bench() -> None:
    """Say where the benchmarks are."""
    raise PerrinError("this command was removed: run `python -m benchmarks NAME` in a clone of the repository")
