"""Every kind of result that is kept in Parquet files."""

from __future__ import annotations

from typing import Final

from perrin.result import decisions, estimates, population
from perrin.result.stored import ResultFormat

FORMATS: Final[tuple[ResultFormat, ...]] = (estimates.FORMAT, population.FORMAT, decisions.FORMAT)
