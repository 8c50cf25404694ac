"""Every kind of result that is kept in Parquet files."""

from __future__ import annotations

from typing import Final

from perrin.result import estimates, hurst_test, population
from perrin.result.stored import ResultFormat

FORMATS: Final[tuple[ResultFormat, ...]] = (estimates.FORMAT, population.FORMAT, hurst_test.FORMAT)
