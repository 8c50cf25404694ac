"""Room 4, what we found: results as tables, their files, their statuses and their summary."""

from perrin.result.analyzed import analyzed_tracks
from perrin.result.estimates import (
    TABLES,
    TRACK_SCHEMA,
    Estimates,
    concatenate_estimates,
    point_schema,
    read_estimates,
)
from perrin.result.estimator_info import EstimatorInfo
from perrin.result.fingerprints import Fingerprints, read_fingerprints
from perrin.result.hurst_test import HurstTest, read_hurst_test
from perrin.result.overview import Overview
from perrin.result.population import Population, PopulationFacts, read_population
from perrin.result.results import Results, read_results
from perrin.result.summary import summarize

__all__ = [
    "TABLES",
    "TRACK_SCHEMA",
    "Estimates",
    "EstimatorInfo",
    "Fingerprints",
    "HurstTest",
    "Overview",
    "Population",
    "PopulationFacts",
    "Results",
    "analyzed_tracks",
    "concatenate_estimates",
    "point_schema",
    "read_estimates",
    "read_fingerprints",
    "read_hurst_test",
    "read_population",
    "read_results",
    "summarize",
]
