"""Room 4, what we found: results as tables, their files, their statuses and their summary."""

from perrin.result.decisions import Decisions, read_decisions
from perrin.result.estimates import (
    TABLES,
    TRACK_SCHEMA,
    Estimates,
    concatenate_estimates,
    point_schema,
    read_estimates,
)
from perrin.result.fingerprints import Fingerprints, read_fingerprints
from perrin.result.overview import Overview
from perrin.result.population import Population, PopulationFacts, read_population
from perrin.result.seen import seen
from perrin.result.summary import summarise

__all__ = [
    "TABLES",
    "TRACK_SCHEMA",
    "Decisions",
    "Estimates",
    "Fingerprints",
    "Overview",
    "Population",
    "PopulationFacts",
    "concatenate_estimates",
    "point_schema",
    "read_decisions",
    "read_estimates",
    "read_fingerprints",
    "read_population",
    "seen",
    "summarise",
]
