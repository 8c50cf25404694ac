"""Room 4, what we found: the two result tables, their statuses, and the population in a few numbers."""

from perrin.result.estimates import (
    TRACK_SCHEMA,
    Estimates,
    concatenate_estimates,
    point_schema,
    read_estimates,
)
from perrin.result.population import summarise

__all__ = ["TRACK_SCHEMA", "Estimates", "concatenate_estimates", "point_schema", "read_estimates", "summarise"]
