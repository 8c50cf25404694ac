"""`perrin bench`, which left: benchmarks are run from a checkout."""

from __future__ import annotations

from perrin.errors import PerrinError


def bench() -> None:
    """Say where the benchmarks are."""
    raise PerrinError("benchmarks moved: run `python -m benchmarks NAME` from a checkout of the repository")
