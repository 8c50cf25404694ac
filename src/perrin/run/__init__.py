"""Plan, chunks, resume, record: how an analysis is carried out."""

from perrin.run.analysis import analyze, analyze_into, make_estimator, why_nothing
from perrin.run.folder import OutputFolder, disk_errors, write_text
from perrin.run.local import BLAS_THREADS
from perrin.run.population import population, population_estimator
from perrin.run.record import make_record

__all__ = [
    "BLAS_THREADS",
    "OutputFolder",
    "analyze",
    "analyze_into",
    "disk_errors",
    "make_estimator",
    "make_record",
    "population",
    "population_estimator",
    "why_nothing",
    "write_text",
]
