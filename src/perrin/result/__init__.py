"""Room 4, what we found: the two result tables, their statuses, their summary, and the population of all tracks."""

from perrin.result.estimates import (
    TABLES,
    TRACK_SCHEMA,
    Estimates,
    concatenate_estimates,
    point_schema,
    read_estimates,
)
from perrin.result.overview import Overview
from perrin.result.population import Population, PopulationFacts, read_population
from perrin.result.seen import seen
from perrin.result.summary import summarise

__all__ = [
    "TABLES",
    "TRACK_SCHEMA",
    "Estimates",
    "Overview",
    "Population",
    "PopulationFacts",
    "concatenate_estimates",
    "point_schema",
    "read_estimates",
    "read_population",
    "seen",
    "summarise",
]
